//! Rooms, who has read what, and bodies that are replaced.

use crate::support::Place;
use crate::support::entries::Chain;
use access::Access;
use protocol::Stream::{self, Data, Rooms};
use std::fs;
use store::{Entry, Location, RoomMuteRow, RoomReadRow, RoomRow, Store};

on_both!(
    rooms_are_read_as_they_were_written,
    a_position_only_rises,
    what_is_muted_is_recorded_until_the_room_is_removed,
    a_body_is_replaced_and_nothing_else,
    only_stored_messages_of_the_stream_are_replaced,
    what_expires_or_is_withdrawn_has_no_body,
);

fn room(id: &str, seq: u64, body: &str) -> RoomRow {
    let [id, body] = [id, body].map(str::to_owned);
    RoomRow { id, seq, body }
}

async fn rooms_are_read_as_they_were_written(place: &Place) {
    let store = place.open().await;
    let rooms = [room("r1", 0, "{}"), room("r2", 7, r#"{"name":"Ü \"a\""}"#)];
    for room in rooms.iter().rev() {
        store.put_room(room).await.unwrap();
    }
    assert_eq!(store.rooms().await.unwrap(), rooms);
    let renamed = room("r1", 9, r#"{"name":"b"}"#);
    store.put_room(&renamed).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.rooms().await.unwrap(), [renamed, rooms[1].clone()]);
}

async fn a_position_only_rises(place: &Place) {
    let store = place.open().await;
    let read = |room: &str, reader: &str, seq| {
        let [room, reader] = [room, reader].map(str::to_owned);
        RoomReadRow { room, reader, seq }
    };
    for row in [
        read("r1", "a", 5),
        read("r1", "b", 2),
        read("r2", "a", 3),
        read("r1", "a", 4),
        read("r2", "a", 8),
    ] {
        store.put_room_read(&row).await.unwrap();
    }
    assert_eq!(
        store.room_reads().await.unwrap(),
        [read("r1", "a", 5), read("r1", "b", 2), read("r2", "a", 8)]
    );
    for (room, reader) in [("r1", "a"), ("r2", "b")] {
        store.remove_room_read(room, reader).await.unwrap();
    }
    let left = store.room_reads().await.unwrap();
    assert_eq!(left, [read("r1", "b", 2), read("r2", "a", 8)]);
}

async fn what_is_muted_is_recorded_until_the_room_is_removed(place: &Place) {
    let store = place.open().await;
    let mute = |room: &str, reader: &str| {
        let [room, reader] = [room, reader].map(str::to_owned);
        RoomMuteRow { room, reader }
    };
    let rooms = [room("r1", 1, "{}"), room("r2", 2, "{}")];
    for row in &rooms {
        store.put_room(row).await.unwrap();
        let (room, reader) = (row.id.clone(), "a".to_owned());
        let read = RoomReadRow {
            room,
            reader,
            seq: 1,
        };
        store.put_room_read(&read).await.unwrap();
    }
    let all = [mute("r1", "a"), mute("r1", "b"), mute("r2", "a")];
    for mute in all.iter().chain(&all) {
        store.set_room_mute(mute, true).await.unwrap();
    }
    assert_eq!(store.room_mutes().await.unwrap(), all);
    store.set_room_mute(&all[1], false).await.unwrap();
    store.set_room_mute(&mute("r9", "a"), false).await.unwrap();
    store.remove_room("r1").await.unwrap();
    assert_eq!(store.rooms().await.unwrap(), rooms[1..]);
    assert_eq!(store.room_mutes().await.unwrap(), all[2..]);
    assert_eq!(store.room_reads().await.unwrap().len(), 1);
}

async fn all(store: &dyn Store) -> Vec<Entry> {
    let access = Access::server();
    store
        .after(&access, 0, &Stream::ALL, 1_000, usize::MAX)
        .await
        .unwrap()
}

async fn a_body_is_replaced_and_nothing_else(place: &Place) {
    let store = place.begin().await;
    let mut messages = Chain::default().messages(&[Rooms, Data, Rooms, Rooms]);
    store.commit(&messages).await.unwrap();
    let chains = [(Rooms, store::ChainSet::Public)];
    let before = store.chain_states(&chains).await.unwrap();
    let first_two = messages[0].body.len() + messages[2].body.len();
    for (index, body) in [(0, "x".repeat(9_000)), (2, "ä".into()), (0, "y".into())] {
        messages[index].body = body.clone();
        let seq = messages[index].seq;
        store.replace(&[(seq, body)]).await.unwrap();
        assert_eq!(all(&*store).await, messages);
    }
    assert_eq!(store.chain_states(&chains).await.unwrap(), before);
    let rooms = messages.iter().filter(|it| it.stream == Rooms);
    let bytes: usize = rooms.map(|it| it.body.len()).sum();
    // SQLite retains what the former bodies took.
    let blanks = match place.location() {
        Location::Sqlite(_) => first_two + 9_000,
        Location::Postgres(_) => 0,
    };
    let usage = async || store.usage().await.unwrap().streams[Rooms.index()];
    let before = usage().await;
    assert_eq!((before.rows, before.bytes), (3, (bytes + blanks) as u64));
    store.expire(Rooms, i64::MAX, 3).await.unwrap();
    let after = usage().await;
    assert_eq!((after.rows, after.bytes), (0, 0));
}

#[tokio::test]
async fn blanks_are_deleted_in_steps() {
    let place = Place::sqlite();
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Rooms; 3]);
    store.commit(&messages).await.unwrap();
    for message in &messages {
        for _ in 0..3 {
            let body = "x".repeat(1 << 20);
            store.replace(&[(message.seq, body)]).await.unwrap();
        }
    }
    let mut steps = Vec::new();
    for _ in 0..4 {
        steps.push(store.expire(Rooms, i64::MAX, 100).await.unwrap());
    }
    assert_eq!(steps, [1, 1, 1, 0]);
}

async fn only_stored_messages_of_the_stream_are_replaced(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Rooms, Data]);
    store.commit(&messages).await.unwrap();
    let others = [2, 3, u64::MAX].map(|seq| (seq, "x".to_owned()));
    store.replace(&others).await.unwrap();
    store.replace(&[]).await.unwrap();
    assert_eq!(all(&*store).await, messages);
}

/// Numbers without an order.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth, The Art of Computer Programming, volume 2, section 3.3.4: MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

async fn what_expires_or_is_withdrawn_has_no_body(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Rooms; 5]);
    store.commit(&messages).await.unwrap();
    store.commit(&messages).await.unwrap();
    assert_eq!(all(&*store).await, messages);
    store.withdraw(4..=5).await.unwrap();
    store.commit(&messages[3..]).await.unwrap();
    assert_eq!(store.expire(Rooms, i64::MAX, 2).await.unwrap(), 2);
    assert_eq!(all(&*store).await, messages[2..]);
    let bytes: usize = messages[2..].iter().map(|it| it.body.len()).sum();
    let usage = store.usage().await.unwrap().streams[Rooms.index()];
    assert_eq!((usage.rows, usage.bytes), (3, bytes as u64));
}

/// SQLite moves rows when one beside them grows. What they leave behind must go, too.
#[tokio::test]
async fn replaced_bodies_are_not_in_the_file() {
    const MESSAGES: u64 = 200;
    let place = Place::sqlite();
    let store = place.begin().await;
    let (mut chain, mut random) = (Chain::default(), Random(7));
    let mut text = |version: &mut u64| {
        *version += 1;
        let length = [10, 50, 300, 2_000][random.below(4) as usize];
        format!("secret-{version}-{}", "x".repeat(length))
    };
    let mut version = 0;
    // Retention removes what is beside them in the journal.
    let streams = [Rooms, Data].repeat(MESSAGES as usize);
    let mut messages = chain.messages(&streams);
    for message in messages.iter_mut().filter(|it| it.stream == Rooms) {
        message.body = text(&mut version);
    }
    for some in messages.chunks(7) {
        store.commit(some).await.unwrap();
    }
    let mut picks = Random(11);
    for _ in 0..1_000 {
        let seq = 1 + 2 * picks.below(MESSAGES);
        let body = text(&mut version);
        store.replace(&[(seq, body)]).await.unwrap();
    }
    while store.expire(Data, i64::MAX, 20).await.unwrap() > 0 {}
    let mut left: Vec<u64> = (0..MESSAGES).map(|it| 1 + 2 * it).collect();
    while !left.is_empty() {
        let seq = left.swap_remove(picks.below(left.len() as u64) as usize);
        store.replace(&[(seq, "gone".into())]).await.unwrap();
    }
    store.finish(2 * MESSAGES).await.unwrap();
    let Location::Sqlite(directory) = place.location() else {
        panic!("no file");
    };
    let file = fs::read(directory.join(Location::SQLITE_FILE)).unwrap();
    let found = file.windows(7).filter(|it| it == b"secret-").count();
    assert_eq!(found, 0, "of {version} texts");
}

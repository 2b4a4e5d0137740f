use super::*;
use protocol::{PersonKind, Timestamp};

const MINUTE_MS: i64 = 60_000;

fn person(name: &str) -> Person {
    Person {
        id: format!("g:{name}"),
        name: name.into(),
        kind: PersonKind::Guest,
    }
}

fn message(author: &str, action: RoomAction, at_ms: i64) -> RoomMessage {
    RoomMessage::new(Timestamp::from_unix_ms(at_ms), "r1", action, person(author))
}

fn said(seq: u64, author: &str, text: &str) -> RoomEntry {
    RoomEntry {
        seq,
        message: RoomMessage {
            text: Some(text.into()),
            ..message(author, RoomAction::Said, seq as i64 * MINUTE_MS)
        },
    }
}

fn edited(seq: u64, of: u64, text: &str) -> RoomMessage {
    RoomMessage {
        text: Some(text.into()),
        message_seq: Some(of),
        ..message("bo", RoomAction::Edited, seq as i64 * MINUTE_MS)
    }
}

fn deleted(seq: u64, of: u64) -> RoomMessage {
    RoomMessage {
        message_seq: Some(of),
        ..message("bo", RoomAction::Deleted, seq as i64 * MINUTE_MS)
    }
}

fn info(id: &str, read_seq: u64) -> RoomInfo {
    RoomInfo {
        id: id.into(),
        kind: RoomKind::Public,
        name: "General".into(),
        is_archived: false,
        can_manage: false,
        created_ms: 0,
        members: Vec::new(),
        former: Vec::new(),
        last: None,
        read_seq,
        unread: 0,
        mentions: 0,
        mention_seq: None,
        is_muted: false,
    }
}

/// One room, as seen by Ada.
fn rooms() -> Rooms {
    let mut rooms = Rooms::default();
    rooms.listed(RoomList {
        me: Some(person("ada")),
        has_private: false,
        rooms: vec![info("r1", 0)],
    });
    rooms
}

fn page(messages: Vec<RoomEntry>, before: Option<u64>) -> RoomPage {
    RoomPage {
        messages,
        next_before: before,
    }
}

fn seqs(rooms: &Rooms) -> Vec<u64> {
    let room = rooms.room("r1").unwrap();
    room.messages.iter().map(|entry| entry.seq).collect()
}

fn text(rooms: &Rooms, seq: u64) -> Option<String> {
    rooms.room("r1")?.said_at(seq)?.text.clone()
}

#[test]
fn a_message_may_arrive_twice_and_in_any_order() {
    let mut rooms = rooms();
    for entry in [said(9, "bo", "b"), said(8, "bo", "a"), said(9, "bo", "b")] {
        rooms.receive(entry.seq, entry.message, true);
    }
    let history = vec![said(7, "bo", "0"), said(8, "bo", "a"), said(9, "bo", "b")];
    rooms.page("r1", page(history, Some(7)));
    assert_eq!(seqs(&rooms), [7, 8, 9]);
    rooms.older("r1", 7, page(vec![said(5, "bo", "y")], None));
    assert_eq!(seqs(&rooms), [5, 7, 8, 9]);
    assert_eq!(rooms.room("r1").unwrap().before, None);
}

#[test]
fn a_late_page_of_earlier_messages_is_dropped() {
    let mut rooms = rooms();
    rooms.page("r1", page(vec![said(30, "bo", "x")], Some(30)));
    rooms.interrupted();
    rooms.page("r1", page(vec![said(90, "bo", "x")], Some(90)));
    // It precedes what was here when it was requested.
    rooms.older("r1", 30, page(vec![said(29, "bo", "x")], Some(29)));
    assert_eq!(seqs(&rooms), [90]);
    rooms.older("r1", 90, page(vec![said(89, "bo", "x")], Some(89)));
    assert_eq!(seqs(&rooms), [89, 90]);
    assert_eq!(rooms.room("r1").unwrap().before, Some(89));
}

#[test]
fn after_an_interruption_what_may_not_join_is_loaded_again() {
    let mut rooms = rooms();
    let newest = |rooms: &mut Rooms, seqs: &[u64], before| {
        let entries = seqs.iter().map(|seq| said(*seq, "bo", "x")).collect();
        rooms.page("r1", page(entries, before));
    };
    newest(&mut rooms, &[5, 6], None);
    rooms.interrupted();
    rooms.receive(21, said(21, "bo", "x").message, true);
    newest(&mut rooms, &[20, 21], Some(20));
    assert_eq!(seqs(&rooms), [20, 21], "something may be missing after 6");
    assert_eq!(rooms.room("r1").unwrap().before, Some(20));
    // What joins stays, and so does what is known about older ones.
    rooms.interrupted();
    newest(&mut rooms, &[21, 22], Some(21));
    assert_eq!(seqs(&rooms), [20, 21, 22]);
    assert_eq!(rooms.room("r1").unwrap().before, Some(20));
}

#[test]
fn a_moment_is_covered_by_a_message_before_it() {
    let room = |before| {
        let entries = page(vec![said(5, "bo", "x")], before);
        Room::at(info("r1", 0), entries)
    };
    assert!(room(Some(5)).covers(5 * MINUTE_MS));
    assert!(!room(Some(5)).covers(5 * MINUTE_MS - 1));
    assert!(room(None).covers(0), "nothing was said before");
}

#[test]
fn what_others_say_is_unread_until_it_is_read() {
    let mut rooms = rooms();
    let mut mention = said(5, "bo", "@ada look");
    mention.message.mentions = vec!["g:ada".into()];
    let effect = rooms.receive(5, mention.message.clone(), false);
    assert_eq!(
        effect,
        Effect::Said {
            seq: 5,
            room: "r1".into(),
            author: "bo".into(),
            text: "@ada look".into(),
            mentions_me: true,
            is_edit: false,
        }
    );
    assert_eq!(rooms.unread(), (1, 1));
    assert_eq!(rooms.receive(5, mention.message, false), Effect::Nothing);
    let mine = said(6, "ada", "yes").message;
    assert_eq!(rooms.receive(6, mine, false), Effect::Nothing);
    assert_eq!(rooms.unread(), (1, 1), "one's own is never unread");
    assert_eq!(rooms.read("r1"), Some(6));
    assert_eq!(rooms.unread(), (0, 0));
    assert_eq!(rooms.read("r1"), None, "nothing to report");
    rooms.receive(7, said(7, "bo", "ok").message, true);
    assert_eq!(rooms.unread(), (0, 0), "it is seen as it arrives");
}

#[test]
fn edits_and_deletions_apply_however_they_arrive() {
    let mut rooms = rooms();
    rooms.receive(5, said(5, "bo", "one").message, true);
    rooms.receive(7, edited(7, 5, "two"), true);
    assert_eq!(text(&rooms, 5).as_deref(), Some("two"));
    // A page that was on its way meanwhile has the text before.
    rooms.page("r1", page(vec![said(5, "bo", "one")], None));
    assert_eq!(text(&rooms, 5).as_deref(), Some("two"));
    // The message itself is on its way.
    rooms.receive(8, edited(8, 6, "four"), true);
    rooms.page("r1", page(vec![said(6, "bo", "three")], None));
    assert_eq!(text(&rooms, 6).as_deref(), Some("four"));
    rooms.receive(9, deleted(9, 5), true);
    assert_eq!(text(&rooms, 5), None);
    rooms.page("r1", page(vec![said(5, "bo", "one")], None));
    assert_eq!(text(&rooms, 5), None);
    assert_eq!(seqs(&rooms), [5, 6]);
}

#[test]
fn an_unknown_room_and_new_members_have_the_list_requested() {
    let mut rooms = rooms();
    let mut elsewhere = said(5, "bo", "hi").message;
    elsewhere.room = "r9".into();
    assert_eq!(rooms.receive(5, elsewhere, false), Effect::Reload);
    let joined = message("bo", RoomAction::Joined, 0);
    assert_eq!(rooms.receive(6, joined, false), Effect::Reload);
    let renamed = RoomMessage {
        name: Some("Disks".into()),
        ..message("bo", RoomAction::Renamed, 0)
    };
    assert_eq!(rooms.receive(7, renamed, false), Effect::Nothing);
    assert_eq!(rooms.room("r1").unwrap().info.name, "Disks");
}

#[test]
fn the_list_keeps_the_messages_of_rooms_that_are_still_there() {
    let mut rooms = rooms();
    rooms.page("r1", page(vec![said(5, "bo", "one")], None));
    let list = |rooms| RoomList {
        me: Some(person("ada")),
        has_private: true,
        rooms,
    };
    rooms.listed(list(vec![info("r2", 0), info("r1", 5)]));
    assert_eq!(seqs(&rooms), [5]);
    rooms.listed(list(vec![info("r2", 0)]));
    assert!(rooms.room("r1").is_none());
}

#[test]
fn a_list_does_not_undo_what_has_arrived_and_was_read_since() {
    let mut rooms = rooms();
    let before = |last_seq: u64, read_seq, unread| RoomInfo {
        last: Some(RoomLast {
            seq: last_seq,
            timestamp_ms: 0,
            author: person("bo"),
            text: "x".into(),
        }),
        unread,
        ..info("r1", read_seq)
    };
    let list = |info| RoomList {
        me: Some(person("ada")),
        has_private: false,
        rooms: vec![info],
    };
    let last = |rooms: &Rooms| rooms.room("r1")?.info.last.as_ref().map(|last| last.seq);
    for seq in [5, 6] {
        rooms.receive(seq, said(seq, "bo", "x").message, false);
    }
    let mut mention = said(7, "cy", "@ada").message;
    mention.mentions = vec!["g:ada".into()];
    rooms.receive(7, mention, false);
    rooms.listed(list(before(5, 0, 1)));
    assert_eq!((last(&rooms), rooms.unread()), (Some(7), (3, 1)));
    // The server does not know yet what was read.
    rooms.read("r1");
    rooms.listed(list(before(7, 0, 3)));
    assert_eq!((last(&rooms), rooms.unread()), (Some(7), (0, 0)));
    assert_eq!(rooms.read("r1"), Some(7), "it is reported again");
    // What was missed is in the list alone.
    rooms.listed(list(before(9, 7, 2)));
    assert_eq!((last(&rooms), rooms.unread()), (Some(9), (2, 0)));
}

#[test]
fn a_direct_conversation_is_called_by_the_others() {
    let rooms = rooms();
    let mut direct = RoomInfo {
        kind: RoomKind::Direct,
        members: vec![person("ada"), person("bo"), person("cy")],
        ..info("r3", 0)
    };
    assert_eq!(rooms.name(&direct), "bo, cy");
    direct.members.truncate(1);
    direct.former = vec![person("bo"), person("cy")];
    assert_eq!(rooms.name(&direct), "bo, cy (removed)");
}

fn list(rooms: Vec<RoomInfo>) -> RoomList {
    RoomList {
        me: Some(person("ada")),
        has_private: false,
        rooms,
    }
}

fn last(seq: u64) -> Option<RoomLast> {
    Some(RoomLast {
        seq,
        timestamp_ms: 0,
        author: person("bo"),
        text: "x".into(),
    })
}

#[test]
fn the_list_of_another_user_leaves_nothing_of_the_one_before() {
    let mut rooms = rooms();
    rooms.page("r1", page(vec![said(5, "bo", "one")], None));
    let of = |name: Option<&str>| RoomList {
        me: name.map(person),
        ..list(vec![info("r1", 0)])
    };
    assert!(!rooms.listed(of(Some("ada"))));
    assert_eq!(seqs(&rooms), [5]);
    // Without a name meanwhile.
    rooms.me = None;
    assert!(rooms.listed(of(Some("bo"))));
    assert_eq!(seqs(&rooms), [0; 0]);
    rooms.page("r1", page(vec![said(5, "bo", "one")], None));
    assert!(rooms.listed(of(None)));
    assert_eq!(seqs(&rooms), [0; 0]);
    assert!(!rooms.listed(of(Some("ada"))), "it was nobody's");
}

#[test]
fn the_first_message_of_a_new_room_is_told_once_the_list_has_it() {
    let mut rooms = rooms();
    let mut first = said(6, "bo", "hello").message;
    first.room = "r9".into();
    let created = RoomMessage {
        room: "r9".into(),
        ..message("bo", RoomAction::Created, 0)
    };
    assert_eq!(rooms.receive(5, created, false), Effect::Reload);
    assert_eq!(rooms.receive(6, first, false), Effect::Reload);
    rooms.listed(list(vec![info("r1", 0)]));
    assert_eq!(rooms.receive_waiting(), [], "the list was made before");
    let new = RoomInfo {
        last: last(6),
        unread: 1,
        ..info("r9", 0)
    };
    rooms.listed(list(vec![info("r1", 0), new]));
    let effects = rooms.receive_waiting();
    let [Effect::Said { seq: 6, room, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((room.as_str(), rooms.unread()), ("r9", (1, 0)));
    assert_eq!(rooms.receive_waiting(), []);
    // A list that was made between both.
    let mut second = said(8, "bo", "again").message;
    second.room = "r10".into();
    rooms.receive(8, second, false);
    let known = rooms.rooms.iter().map(|room| room.info.clone());
    let all = known.chain([info("r10", 0)]).collect();
    rooms.listed(list(all));
    assert_eq!(rooms.receive_waiting().len(), 1);
    assert_eq!(rooms.room("r10").unwrap().info.unread, 1);
}

#[test]
fn what_is_deleted_or_edited_is_counted_as_it_is_then() {
    let mut rooms = rooms();
    let mention = |of: RoomMessage| RoomMessage {
        mentions: vec!["g:ada".into()],
        ..of
    };
    rooms.receive(5, mention(said(5, "bo", "@ada").message), false);
    rooms.receive(6, said(6, "bo", "x").message, false);
    rooms.receive(7, mention(edited(7, 6, "@ada")), false);
    assert_eq!(rooms.unread(), (2, 2), "an edit mentions her");
    assert_eq!(rooms.receive(8, deleted(8, 5), false), Effect::Nothing);
    assert_eq!(rooms.unread(), (1, 1));
    rooms.receive(8, deleted(8, 5), false);
    assert_eq!(rooms.unread(), (1, 1), "once");
    rooms.receive(9, edited(9, 6, "nobody"), false);
    assert_eq!(rooms.unread(), (1, 0));
    assert_eq!(
        rooms.receive(10, deleted(10, 3), false),
        Effect::Reload,
        "only the server knows whether that was unread"
    );
    rooms.read("r1");
    rooms.receive(11, mention(edited(11, 6, "@ada")), false);
    assert_eq!(rooms.unread(), (0, 0), "it was read");
}

#[test]
fn what_is_read_elsewhere_is_read() {
    let mut rooms = rooms();
    for seq in [5, 6, 7] {
        rooms.receive(seq, said(seq, "bo", "x").message, false);
    }
    rooms.read_elsewhere("r1", 6);
    assert_eq!(rooms.unread(), (1, 0));
    rooms.read_elsewhere("r1", 5);
    rooms.read_elsewhere("r9", 5);
    assert_eq!(rooms.unread(), (1, 0));
    let known = RoomInfo {
        last: last(7),
        unread: 1,
        ..info("r1", 6)
    };
    rooms.listed(list(vec![known]));
    assert_eq!(rooms.unread(), (1, 0));
    rooms.read_elsewhere("r1", 7);
    assert_eq!(rooms.unread(), (0, 0));
}

#[test]
fn an_empty_page_removes_nothing_and_what_precedes_it_is_reachable() {
    let mut rooms = rooms();
    let before = |rooms: &Rooms| rooms.room("r1").unwrap().before;
    // Other rooms fill what the server has looked through.
    rooms.receive(990, said(990, "bo", "x").message, false);
    rooms.page("r1", page(Vec::new(), Some(900)));
    assert!(rooms.room("r1").unwrap().is_loaded);
    assert_eq!((seqs(&rooms), before(&rooms)), (vec![990], Some(900)));
    rooms.older("r1", 900, page(Vec::new(), Some(800)));
    assert_eq!((seqs(&rooms), before(&rooms)), (vec![990], Some(800)));
    rooms.older("r1", 800, page(vec![said(5, "bo", "y")], None));
    assert_eq!((seqs(&rooms), before(&rooms)), (vec![5, 990], None));
    rooms.interrupted();
    rooms.page("r1", page(Vec::new(), Some(2_000)));
    assert_eq!((seqs(&rooms), before(&rooms)), (vec![5, 990], None));
    // What follows 990 is not known yet: a page that does not reach it does not join.
    rooms.receive(3_000, said(3_000, "bo", "x").message, false);
    rooms.page("r1", page(vec![said(3_000, "bo", "x")], Some(3_000)));
    assert_eq!((seqs(&rooms), before(&rooms)), (vec![3_000], Some(3_000)));
}

#[test]
fn only_the_newest_messages_stay_in_memory() {
    let receive = |rooms: &mut Rooms, seqs: std::ops::RangeInclusive<u64>| {
        for seq in seqs {
            rooms.receive(seq, said(seq, "bo", "x").message, false);
            rooms.trim("r1");
        }
    };
    let here = |rooms: &Rooms| {
        let seqs = seqs(rooms);
        (seqs[0], seqs.len())
    };
    let mut rooms = rooms();
    receive(&mut rooms, 1..=1_000);
    assert_eq!(here(&rooms), (901, UNLOADED_MESSAGES_MAX));
    assert_eq!(rooms.unread(), (1_000, 0), "all of them are unread");
    let newest = (951..=1_000).map(|seq| said(seq, "bo", "x")).collect();
    rooms.page("r1", page(newest, Some(951)));
    assert_eq!(here(&rooms), (951, 50));
    receive(&mut rooms, 1_001..=2_000);
    assert_eq!(here(&rooms), (1_401, MESSAGES_MAX));
    assert_eq!(rooms.room("r1").unwrap().before, Some(1_401));
}

/// The rows of a room, one letter for each kind; a capital one begins a group.
fn drawn(room: &Room, change: impl FnOnce(&mut Shown<'_>)) -> String {
    drawn_with(room, &[], change)
}

fn drawn_with(room: &Room, pending: &[Pending], change: impl FnOnce(&mut Shown<'_>)) -> String {
    let me = person("ada");
    let mut shown = Shown {
        room,
        pending,
        me: Some(&me),
        unread_after: None,
        until_ms: None,
        offset_minutes: 0,
    };
    change(&mut shown);
    let mut drawn = String::new();
    for row in rows(&shown) {
        drawn.push(match row.kind {
            RowKind::Day { .. } => '-',
            RowKind::Unread => '!',
            RowKind::Said { is_first: true, .. } => 'S',
            RowKind::Said { .. } => 's',
            RowKind::Note { .. } => 'n',
            RowKind::Pending { is_first: true, .. } => 'P',
            RowKind::Pending { .. } => 'p',
        });
    }
    drawn
}

#[test]
fn messages_are_grouped_by_day_author_and_minute() {
    let mut rooms = rooms();
    let at = |seq: u64, author: &str, minute: i64, ms: i64| {
        let mut entry = said(seq, author, "x");
        entry.message.timestamp = Timestamp::from_unix_ms(minute * MINUTE_MS + ms);
        entry
    };
    let joined = RoomEntry {
        seq: 6,
        message: message("bo", RoomAction::Joined, 2 * MINUTE_MS + 9),
    };
    let history = vec![
        at(1, "bo", 1, 0),
        at(2, "bo", 1, 59_999),
        at(3, "bo", 2, 0),
        at(4, "ada", 2, 1),
        at(5, "bo", 2, 2),
        joined,
        at(7, "bo", 2, 10),
        at(8, "bo", 24 * 60, 0),
    ];
    rooms.page("r1", page(history, None));
    let room = rooms.room("r1").unwrap();
    assert_eq!(drawn(room, |_| ()), "-SsSSSnS-S");
    assert_eq!(
        drawn(room, |shown| shown.until_ms = Some(2 * MINUTE_MS)),
        "-SsS"
    );
    // Ada's own message is not what is unread.
    assert_eq!(
        drawn(room, |shown| shown.unread_after = Some(3)),
        "-SsSS!SnS-S"
    );
    // An hour further east the first messages are of the day after, too.
    let east = 24 * 60 - 2;
    assert_eq!(
        drawn(room, |shown| shown.offset_minutes = east),
        "-Ss-SSSnSS"
    );
}

#[test]
fn a_day_has_one_row_even_if_the_clock_was_set_back() {
    let mut rooms = rooms();
    let day = 24 * 60 * MINUTE_MS;
    let at = |seq: u64, at_ms: i64| {
        let mut entry = said(seq, "bo", "x");
        entry.message.timestamp = Timestamp::from_unix_ms(at_ms);
        entry
    };
    let history = vec![at(1, day - 1), at(2, day), at(3, day - 1), at(4, day)];
    rooms.page("r1", page(history, None));
    assert_eq!(drawn(rooms.room("r1").unwrap(), |_| ()), "-S-SSS");
}

#[test]
fn what_is_not_sent_is_at_the_end_and_a_row_changes_with_its_content() {
    let mut rooms = rooms();
    rooms.page("r1", page(vec![said(1, "ada", "x")], None));
    let mut outbox = Outbox::default();
    for (id, text, at_ms) in [("a", "y", MINUTE_MS + 5), ("b", "z", 2 * MINUTE_MS)] {
        outbox.push(id.into(), "r1".into(), person("ada"), text.into(), at_ms);
    }
    let pending: Vec<Pending> = outbox.of("r1").cloned().collect();
    let room = rooms.room("r1").unwrap();
    assert_eq!(drawn_with(room, &pending, |_| ()), "-SpP");
    let past = |shown: &mut Shown<'_>| shown.until_ms = Some(i64::MAX);
    assert_eq!(
        drawn(room, past),
        "-S",
        "at another moment nothing is on its way"
    );
    let keys = |room: &Room, pending: &[Pending]| {
        let shown = Shown {
            room,
            pending,
            me: None,
            unread_after: None,
            until_ms: None,
            offset_minutes: 0,
        };
        let rows = rows(&shown);
        rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    let before = keys(room, &pending);
    outbox.next();
    let sending: Vec<Pending> = outbox.of("r1").cloned().collect();
    let during = keys(room, &sending);
    assert_eq!(before[..2], during[..2]);
    assert_ne!(before[2], during[2], "another state is another row");
    rooms.receive(9, edited(9, 1, "w"), true);
    let after = keys(rooms.room("r1").unwrap(), &sending);
    assert_ne!(during[1], after[1], "an edit is another row");
}

#[test]
fn what_is_unread_in_a_muted_room_is_counted_there_only() {
    let mut rooms = rooms();
    rooms.listed(RoomList {
        me: Some(person("ada")),
        has_private: false,
        rooms: vec![info("r1", 0), info("r2", 0)],
    });
    for (seq, room) in [(1, "r1"), (2, "r2")] {
        let mut said = said(seq, "bo", "hello").message;
        said.room = room.into();
        rooms.receive(seq, said, false);
    }
    assert_eq!(rooms.unread(), (2, 0));
    rooms.mute("r2", true);
    assert_eq!(rooms.unread(), (1, 0));
    assert_eq!(rooms.room("r2").unwrap().info.unread, 1);
    rooms.mute("r2", false);
    assert_eq!(rooms.unread(), (2, 0));
}

/// An edit that mentions Ada where the message did not before.
fn mentioning(seq: u64, of: u64) -> RoomMessage {
    RoomMessage {
        mentions: vec!["g:ada".into()],
        people: vec![person("ada")],
        ..edited(seq, of, "@ada look")
    }
}

#[test]
fn an_edit_that_mentions_the_user_counts_though_the_message_was_read() {
    let mut rooms = rooms();
    for seq in [5, 6] {
        rooms.receive(seq, said(seq, "bo", "x").message, false);
    }
    assert_eq!(rooms.read("r1"), Some(6));
    let effect = rooms.receive(8, mentioning(8, 5), false);
    assert_eq!((effect, rooms.unread()), (effect_of_edit(8), (1, 1)));
    // It arrives again, and is edited once more, which the server counts.
    let again = rooms.receive(8, mentioning(8, 5), false);
    assert_eq!((again, rooms.unread()), (Effect::Reload, (1, 1)));
    let typo = RoomMessage {
        people: Vec::new(),
        ..mentioning(9, 5)
    };
    rooms.receive(9, typo, false);
    assert_eq!(rooms.unread(), (1, 1));
    assert_eq!(rooms.read("r1"), Some(8), "the edit is what was read");
    assert_eq!((rooms.unread(), rooms.read("r1")), ((0, 0), None));
    // Where the user looks, there is nothing to count, and it is reported all the same.
    rooms.receive(11, mentioning(11, 6), true);
    assert_eq!((rooms.unread(), rooms.read("r1")), ((0, 0), Some(11)));
}

/// What the user is told of an edit that mentions it.
fn effect_of_edit(seq: u64) -> Effect {
    Effect::Said {
        seq,
        room: "r1".into(),
        author: "bo".into(),
        text: "@ada look".into(),
        mentions_me: true,
        is_edit: true,
    }
}

#[test]
fn an_edit_that_mentions_the_user_is_told_for_an_unread_message_too() {
    let mut rooms = rooms();
    rooms.receive(5, said(5, "bo", "x").message, false);
    assert_eq!(rooms.unread(), (1, 0));
    let effect = rooms.receive(7, mentioning(7, 5), false);
    assert_eq!((effect, rooms.unread()), (effect_of_edit(7), (1, 1)));
    assert_eq!(rooms.read("r1"), Some(7));
}

#[test]
fn a_list_and_an_edit_that_mentions_the_user_are_counted_once() {
    let listed = |mention_seq, read_seq| {
        let count = u64::from(mention_seq > Some(read_seq));
        list(vec![RoomInfo {
            last: last(5),
            unread: count,
            mentions: count,
            mention_seq,
            ..info("r1", read_seq)
        }])
    };
    let mut rooms = rooms();
    rooms.receive(5, said(5, "bo", "x").message, false);
    rooms.read("r1");
    // The list was made before the edit, which arrives first.
    rooms.receive(8, mentioning(8, 5), false);
    rooms.listed(listed(None, 5));
    assert_eq!(rooms.unread(), (1, 1));
    rooms.listed(listed(Some(8), 5));
    assert_eq!(rooms.unread(), (1, 1));
    // It has the edit, which arrives after it.
    rooms.receive(8, mentioning(8, 5), false);
    assert_eq!(rooms.unread(), (1, 1));
    // Another tab has read the message, and then the edit.
    rooms.read_elsewhere("r1", 7);
    assert_eq!(rooms.unread(), (1, 1));
    rooms.read_elsewhere("r1", 8);
    assert_eq!(rooms.unread(), (0, 0));
    rooms.listed(listed(Some(8), 5));
    assert_eq!(rooms.unread(), (0, 0), "the server does not know yet");
}

#[test]
fn a_mention_by_an_edit_that_is_taken_back_does_not_count() {
    let listed = |unread| {
        list(vec![RoomInfo {
            last: last(5),
            unread,
            ..info("r1", 5 * u64::from(unread == 0))
        }])
    };
    for taken_back in [edited(9, 5, "y"), deleted(9, 5)] {
        let mut rooms = rooms();
        rooms.receive(5, said(5, "bo", "x").message, false);
        rooms.read("r1");
        rooms.receive(8, mentioning(8, 5), false);
        assert_eq!(rooms.unread(), (1, 1));
        assert_eq!(rooms.receive(9, taken_back, false), Effect::Reload);
        rooms.listed(listed(0));
        assert_eq!(rooms.unread(), (0, 0));
    }
    // Of an unread message the rest still counts.
    let mut unread = rooms();
    unread.receive(5, said(5, "bo", "x").message, false);
    unread.receive(8, mentioning(8, 5), false);
    assert_eq!(unread.unread(), (1, 1));
    let effect = unread.receive(9, edited(9, 5, "y"), false);
    assert_eq!((effect, unread.unread()), (Effect::Reload, (1, 0)));
    unread.listed(listed(1));
    assert_eq!(unread.unread(), (1, 0));
    // What changes another message takes nothing back.
    let mut other = rooms();
    for seq in [4, 5] {
        other.receive(seq, said(seq, "bo", "x").message, false);
    }
    other.read("r1");
    other.receive(8, mentioning(8, 5), false);
    other.receive(9, edited(9, 4, "y"), false);
    other.listed(listed(0));
    assert_eq!(other.unread(), (1, 1));
    // It was taken back while there was no connection.
    other.interrupted();
    other.listed(listed(0));
    assert_eq!(other.unread(), (0, 0));
}

#[test]
fn an_edit_of_ones_own_that_mentions_oneself_is_nothing_new() {
    let mut rooms = rooms();
    rooms.receive(5, said(5, "ada", "x").message, false);
    rooms.read("r1");
    let own = RoomMessage {
        author: person("ada"),
        ..mentioning(8, 5)
    };
    assert_eq!(rooms.receive(8, own, false), Effect::Nothing);
    assert_eq!((rooms.unread(), rooms.read("r1")), ((0, 0), None));
}

#[test]
fn an_edit_that_mentions_the_user_counts_before_the_message_is_reported_as_read() {
    let mut rooms = rooms();
    for seq in [5, 6] {
        rooms.receive(seq, said(seq, "bo", "x").message, true);
    }
    assert_eq!(rooms.unread(), (0, 0));
    rooms.receive(8, mentioning(8, 5), true);
    assert_eq!(rooms.unread(), (0, 0), "it is seen, too");
    let effect = rooms.receive(9, mentioning(9, 6), false);
    assert_eq!((effect, rooms.unread()), (effect_of_edit(9), (1, 1)));
}

#[test]
fn an_edit_is_not_read_before_the_messages_that_precede_it() {
    let mut rooms = rooms();
    rooms.page("r1", page(vec![said(5, "bo", "x")], None));
    rooms.interrupted();
    rooms.listed(list(vec![RoomInfo {
        last: last(7),
        unread: 2,
        mentions: 1,
        mention_seq: Some(8),
        ..info("r1", 4)
    }]));
    assert_eq!(rooms.read("r1"), Some(5));
    rooms.page("r1", page(vec![said(7, "bo", "x")], Some(5)));
    assert_eq!(rooms.read("r1"), Some(8));
}

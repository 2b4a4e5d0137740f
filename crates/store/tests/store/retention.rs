//! Retention deletes in small steps and raises the floor.

use crate::support::Place;
use crate::support::entries::{Chain, seqs};
use access::Access;
use protocol::Stream::{self, Data, Events};
use store::{Retention, Store, StoredChunk, StreamRetention};

on_both!(
    deleting_raises_the_floor,
    lost_messages_raise_the_floor,
    old_messages_are_deleted_in_steps,
    a_run_of_messages_from_the_future_blocks_nothing,
    a_stream_stays_within_its_limit,
    the_store_stays_within_its_cap,
    space_is_reused,
);

async fn deleting_raises_the_floor(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data, Events, Data, Data, Data]);
    store.commit(&messages).await.unwrap();
    assert_eq!(store.expire(Data, i64::MAX, 2).await.unwrap(), 2);
    let log = store.log_state().await.unwrap();
    let data = log.of(Data);
    assert_eq!(
        (data.newest_seq, data.floor_seq, data.oldest_seq),
        (5, 3, Some(4))
    );
    assert_eq!((data.oldest_at_ms, data.newest_at_ms), (Some(40), Some(50)));
    assert!(!log.is_recoverable(Data, 2) && log.is_recoverable(Data, 3));
    assert!(log.is_recoverable(Events, 0), "none of it was deleted");
    assert_eq!(store.expire(Data, i64::MAX, 9).await.unwrap(), 2);
    let log = store.log_state().await.unwrap();
    let data = log.of(Data);
    assert_eq!(
        (data.newest_seq, data.floor_seq, data.oldest_seq),
        (5, 5, None)
    );
    assert_eq!(log.newest_seq(), 5);
    assert_eq!(
        seqs(
            &store
                .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
                .await
                .unwrap()
        ),
        [2]
    );
}

async fn lost_messages_raise_the_floor(place: &Place) {
    let store = place.begin().await;
    store
        .commit(&Chain::default().messages(&[Data, Events]))
        .await
        .unwrap();
    store.mark_lost(&[(Data, 7)]).await.unwrap();
    let log = store.log_state().await.unwrap();
    assert_eq!((log.of(Data).newest_seq, log.of(Data).floor_seq), (7, 7));
    assert_eq!(
        (log.of(Events).newest_seq, log.of(Events).floor_seq),
        (2, 0)
    );
}

async fn old_messages_are_deleted_in_steps(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data; 600]);
    store.commit(&messages).await.unwrap();
    let mut retention = unlimited();
    retention.streams[Data.index()].age_ms = 1000;
    let now_ms = 5010;
    // Without a trusted clock nothing is too old.
    assert_eq!(retention.step(&*store, None).await.unwrap(), 0);
    let mut steps = 0;
    while retention.step(&*store, Some(now_ms)).await.unwrap() > 0 {
        steps += 1;
    }
    assert!(steps > 1, "all at once would delay commits");
    let oldest = store.log_state().await.unwrap().of(Data).oldest_at_ms;
    assert_eq!(oldest, Some(4010));
}

async fn a_run_of_messages_from_the_future_blocks_nothing(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let future = std::iter::repeat_n(9_999, 30);
    let times = future.chain(std::iter::repeat_n(10, 70)).chain([2_000]);
    let messages: Vec<_> = times.map(|at_ms| chain.next(Data, at_ms)).collect();
    store.commit(&messages).await.unwrap();
    let mut deleted = 0;
    loop {
        let some = store.expire(Data, 1_000, 20).await.unwrap();
        assert!(some <= 20);
        deleted += some;
        if some == 0 {
            break;
        }
    }
    assert_eq!(deleted, 100);
    let log = store.log_state().await.unwrap();
    assert_eq!(log.of(Data).oldest_at_ms, Some(2_000));
}

async fn a_stream_stays_within_its_limit(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data; 2000]);
    store.commit(&messages).await.unwrap();
    let mut retention = unlimited();
    retention.streams[Data.index()].bytes_max = 100_000;
    // In one step: more may come between two steps than a small deletion removes.
    retention.step(&*store, None).await.unwrap();
    let data = store.usage().await.unwrap().streams[Data.index()];
    assert!(data.bytes <= 100_000 && data.bytes > 50_000, "{data:?}");
    let read = store
        .after(&Access::server(), 0, &[Data], usize::MAX, usize::MAX)
        .await
        .unwrap();
    assert_eq!(u64::try_from(read.len()).unwrap(), data.rows);
    assert_eq!(
        read.iter()
            .map(|entry| entry.body.len() as u64)
            .sum::<u64>(),
        data.bytes
    );
    assert_eq!(read.last(), messages.last(), "the oldest were deleted");
}

async fn the_store_stays_within_its_cap(place: &Place) {
    let store = place.begin().await;
    put_chunks(&*store, 0..200).await;
    store
        .commit(&Chain::default().messages(&[Events; 10]))
        .await
        .unwrap();
    let before = store.usage().await.unwrap();
    assert!(before.disk_bytes >= before.used_bytes / 2, "{before:?}");
    let retention = Retention {
        store_bytes_max: before.used_bytes - 200_000,
        ..unlimited()
    };
    while retention.step(&*store, None).await.unwrap() > 0 {}
    let after = store.usage().await.unwrap();
    assert!(after.used_bytes <= retention.store_bytes_max, "{after:?}");
    assert!(after.tiers[0].size.rows < 200, "the largest part shrinks");
    assert_eq!(
        after.streams[Events.index()].rows,
        10,
        "the small one does not"
    );
}

async fn space_is_reused(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let mut largest = 0;
    for round in 0..8 {
        store.commit(&chain.messages(&[Data; 2000])).await.unwrap();
        while store.expire(Data, i64::MAX, 500).await.unwrap() > 0 {}
        let used = store.usage().await.unwrap().used_bytes;
        if round == 0 {
            largest = used;
        }
        assert!(
            used <= largest * 2,
            "{used} bytes in round {round}, {largest} in the first"
        );
    }
}

fn unlimited() -> Retention {
    let stream = StreamRetention {
        age_ms: i64::MAX,
        bytes_max: u64::MAX,
    };
    Retention {
        streams: [stream; Stream::COUNT],
        tiers: Vec::new(),
        store_bytes_max: u64::MAX,
    }
}

async fn put_chunks(store: &dyn Store, starts: std::ops::Range<i64>) {
    let series = store
        .series(&[super::series::name("cpu", None)])
        .await
        .unwrap()[0];
    let chunk = |start_ms| StoredChunk {
        series,
        resolution_ms: 1000,
        start_ms,
        end_ms: start_ms,
        count: 1,
        data: vec![7; 3000],
    };
    store
        .put_chunks(&starts.map(chunk).collect::<Vec<_>>())
        .await
        .unwrap();
}

//! What leaves, leaves in small steps and is remembered.

use crate::support::Place;
use crate::support::entries::{Chain, seqs};
use history::{Keep, Retention, Store, StoredChunk};
use protocol::Stream::{self, Data, Events};

on_both!(
    what_left_is_remembered,
    what_is_forgone_counts_as_gone,
    the_old_leave_in_steps,
    a_run_of_messages_from_the_future_holds_nothing_up,
    a_stream_keeps_to_its_budget,
    the_store_keeps_to_its_cap,
    room_is_used_again,
);

async fn what_left_is_remembered(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data, Events, Data, Data, Data]);
    store.commit(&messages).await.unwrap();
    assert_eq!(store.expire(Data, i64::MAX, 2).await.unwrap(), 2);
    let kept = store.streams().await.unwrap();
    let data = kept.of(Data);
    assert_eq!(
        (data.newest_seq, data.horizon_seq, data.oldest_seq),
        (5, 3, Some(4))
    );
    assert_eq!((data.oldest_at_ms, data.newest_at_ms), (Some(40), Some(50)));
    assert!(!kept.is_recoverable(Data, 2) && kept.is_recoverable(Data, 3));
    assert!(kept.is_recoverable(Events, 0), "nothing of it left");
    assert_eq!(store.expire(Data, i64::MAX, 9).await.unwrap(), 2);
    let kept = store.streams().await.unwrap();
    let data = kept.of(Data);
    assert_eq!(
        (data.newest_seq, data.horizon_seq, data.oldest_seq),
        (5, 5, None)
    );
    assert_eq!(kept.newest_seq(), 5);
    assert_eq!(seqs(&store.tail(9, usize::MAX).await.unwrap()), [2]);
}

async fn what_is_forgone_counts_as_gone(place: &Place) {
    let store = place.begin().await;
    store
        .commit(&Chain::default().messages(&[Data, Events]))
        .await
        .unwrap();
    store.forgo(&[(Data, 7)]).await.unwrap();
    let kept = store.streams().await.unwrap();
    assert_eq!(
        (kept.of(Data).newest_seq, kept.of(Data).horizon_seq),
        (7, 7)
    );
    assert_eq!(
        (kept.of(Events).newest_seq, kept.of(Events).horizon_seq),
        (2, 0)
    );
}

async fn the_old_leave_in_steps(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data; 600]);
    store.commit(&messages).await.unwrap();
    let mut retention = everything_stays();
    retention.streams[Data.index()].age_ms = 1000;
    let now_ms = 5010;
    // Where the clock cannot be believed, nothing is too old.
    assert_eq!(retention.step(&*store, None).await.unwrap(), 0);
    let mut steps = 0;
    while retention.step(&*store, Some(now_ms)).await.unwrap() > 0 {
        steps += 1;
    }
    assert!(steps > 1, "at once it would hold up commits");
    let oldest = store.streams().await.unwrap().of(Data).oldest_at_ms;
    assert_eq!(oldest, Some(4010));
}

async fn a_run_of_messages_from_the_future_holds_nothing_up(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let future = std::iter::repeat_n(9_999, 30);
    let times = future.chain(std::iter::repeat_n(10, 70)).chain([2_000]);
    let messages: Vec<_> = times.map(|at_ms| chain.next(Data, at_ms)).collect();
    store.commit(&messages).await.unwrap();
    let mut removed = 0;
    loop {
        let some = store.expire(Data, 1_000, 20).await.unwrap();
        assert!(some <= 20);
        removed += some;
        if some == 0 {
            break;
        }
    }
    assert_eq!(removed, 100);
    let kept = store.streams().await.unwrap();
    assert_eq!(kept.of(Data).oldest_at_ms, Some(2_000));
}

async fn a_stream_keeps_to_its_budget(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data; 2000]);
    store.commit(&messages).await.unwrap();
    let mut retention = everything_stays();
    retention.streams[Data.index()].bytes_max = 100_000;
    // At once: more than leaves in small steps may come between them.
    retention.step(&*store, None).await.unwrap();
    let data = store.fill().await.unwrap().streams[Data.index()];
    assert!(data.bytes <= 100_000 && data.bytes > 50_000, "{data:?}");
    let read = store
        .after(0, &[Data], usize::MAX, usize::MAX)
        .await
        .unwrap();
    assert_eq!(u64::try_from(read.len()).unwrap(), data.rows);
    assert_eq!(
        read.iter()
            .map(|entry| entry.body.len() as u64)
            .sum::<u64>(),
        data.bytes
    );
    assert_eq!(read.last(), messages.last(), "the oldest left");
}

async fn the_store_keeps_to_its_cap(place: &Place) {
    let store = place.begin().await;
    put_chunks(&*store, 0..200).await;
    store
        .commit(&Chain::default().messages(&[Events; 10]))
        .await
        .unwrap();
    let before = store.fill().await.unwrap();
    assert!(before.disk_bytes >= before.used_bytes / 2, "{before:?}");
    let retention = Retention {
        store_bytes_max: before.used_bytes - 200_000,
        ..everything_stays()
    };
    while retention.step(&*store, None).await.unwrap() > 0 {}
    let after = store.fill().await.unwrap();
    assert!(after.used_bytes <= retention.store_bytes_max, "{after:?}");
    assert!(after.tiers[0].share.rows < 200, "the largest part gave");
    assert_eq!(
        after.streams[Events.index()].rows,
        10,
        "the small one did not"
    );
}

async fn room_is_used_again(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let mut largest = 0;
    for round in 0..8 {
        store.commit(&chain.messages(&[Data; 2000])).await.unwrap();
        while store.expire(Data, i64::MAX, 500).await.unwrap() > 0 {}
        let used = store.fill().await.unwrap().used_bytes;
        if round == 0 {
            largest = used;
        }
        assert!(
            used <= largest * 2,
            "{used} bytes in round {round}, {largest} in the first"
        );
    }
}

fn everything_stays() -> Retention {
    let keep = Keep {
        age_ms: i64::MAX,
        bytes_max: u64::MAX,
    };
    Retention {
        streams: [keep; Stream::COUNT],
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

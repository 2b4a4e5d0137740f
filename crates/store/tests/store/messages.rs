//! What is committed is found again.

use crate::support::Place;
use crate::support::entries::{Chain, seqs};
use access::Access;
use protocol::Stream::{self, Alerts, Data, Events, Logs};
use store::{ChainSet, Entry, PageFilter, RangePage, Search, StoreError, search};

on_both!(
    committed_messages_are_read_byte_for_byte,
    streams_are_merged_by_number,
    reads_are_limited,
    pages_go_back_from_the_newest,
    at_returns_the_newest_before_a_time,
    a_time_range_is_read_in_pages,
    a_search_returns_the_next_position,
    committing_again_changes_nothing,
    a_dropped_commit_is_complete_or_absent,
    numbers_that_are_not_reserved_are_refused,
    what_is_withdrawn_was_never_there,
);

async fn committed_messages_are_read_byte_for_byte(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&Stream::ALL);
    store.commit(&messages).await.unwrap();
    assert_eq!(
        store
            .after(&Access::server(), 0, &Stream::ALL, 100, usize::MAX)
            .await
            .unwrap(),
        messages
    );
    assert_eq!(
        store
            .tail(&Access::server(), &Stream::ALL, 100, usize::MAX)
            .await
            .unwrap(),
        messages
    );
}

async fn streams_are_merged_by_number(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data, Events, Data, Logs, Data, Events]);
    store.commit(&messages).await.unwrap();
    let after = async |seq, streams: &[Stream]| {
        seqs(
            &store
                .after(&Access::server(), seq, streams, 100, usize::MAX)
                .await
                .unwrap(),
        )
    };
    assert_eq!(after(0, &[Data, Events]).await, [1, 2, 3, 5, 6]);
    assert_eq!(after(3, &[Data, Events]).await, [5, 6]);
    assert_eq!(after(0, &[Logs]).await, [4]);
    assert_eq!(after(6, &Stream::ALL).await, [0; 0]);
    assert_eq!(after(0, &[]).await, [0; 0]);
}

async fn reads_are_limited(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data; 2500]);
    store.commit(&messages).await.unwrap();
    let read = async |messages_max, bytes_max| {
        seqs(
            &store
                .after(&Access::server(), 0, &[Data], messages_max, bytes_max)
                .await
                .unwrap(),
        )
    };
    let all: Vec<u64> = (1..=2500).collect();
    assert_eq!(read(usize::MAX, usize::MAX).await, all);
    assert_eq!(read(1500, usize::MAX).await, all[..1500]);
    assert_eq!(read(0, usize::MAX).await, [0; 0]);
    assert_eq!(
        read(100, 1).await,
        [1],
        "the first is returned whatever its size"
    );
    let two = messages[0].body.len() + 1;
    assert_eq!(read(100, two).await, [1, 2]);
    let tail = store
        .tail(&Access::server(), &Stream::ALL, 1200, usize::MAX)
        .await
        .unwrap();
    assert_eq!(seqs(&tail), all[1300..]);
}

async fn pages_go_back_from_the_newest(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data, Events, Data, Data, Events]);
    store.commit(&messages).await.unwrap();
    let page = async |before, n| {
        seqs(
            &store
                .page(&Access::server(), Data, before, n)
                .await
                .unwrap(),
        )
    };
    assert_eq!(page(u64::MAX, 2).await, [4, 3]);
    assert_eq!(page(3, 2).await, [1]);
    assert_eq!(page(1, 2).await, [0; 0]);
}

async fn at_returns_the_newest_before_a_time(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    // The clock went back in between.
    let messages = [100, 300, 200, 400].map(|at_ms| chain.next(Data, at_ms));
    store.commit(&messages).await.unwrap();
    let at = async |at_ms, n| seqs(&store.at(&Access::server(), Data, at_ms, n).await.unwrap());
    assert_eq!(at(99, 5).await, [0; 0]);
    assert_eq!(at(100, 5).await, [1]);
    assert_eq!(at(250, 1).await, [3]);
    assert_eq!(at(300, 2).await, [2, 3]);
    assert_eq!(at(i64::MAX, 9).await, [4, 2, 3, 1]);
}

async fn a_time_range_is_read_in_pages(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let times = [100, 200, 200, 200, 300, 150, 400];
    let messages = times.map(|at_ms| chain.next(Data, at_ms));
    store.commit(&messages).await.unwrap();
    let mut page = RangePage {
        stream: Data,
        from_ms: 150,
        to_ms: 300,
        after: None,
        messages_max: 2,
    };
    let mut read: Vec<Entry> = Vec::new();
    loop {
        let entries = store.range(&Access::server(), &page).await.unwrap();
        let Some(last) = entries.last() else { break };
        page = page.behind(last);
        read.extend(entries);
    }
    assert_eq!(seqs(&read), [6, 2, 3, 4, 5]);
}

async fn a_search_returns_the_next_position(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Events; 45]);
    store.commit(&messages).await.unwrap();
    let errors = PageFilter {
        levels: Some(vec![protocol::Level::Error]),
        ..PageFilter::default()
    };
    let find = async |before_seq| {
        search(&*store, &Access::server(), Events, before_seq, 3, &errors)
            .await
            .unwrap()
    };
    let Search {
        entries,
        next_before_seq,
    } = find(u64::MAX).await;
    assert_eq!(
        (seqs(&entries), next_before_seq),
        (vec![40, 30, 20], Some(20))
    );
    let Search {
        entries,
        next_before_seq,
    } = find(20).await;
    assert_eq!((seqs(&entries), next_before_seq), (vec![10], None));
    let everything = PageFilter::default();
    let newest = search(&*store, &Access::server(), Events, u64::MAX, 3, &everything)
        .await
        .unwrap();
    assert_eq!(
        (seqs(&newest.entries), newest.next_before_seq),
        (vec![45, 44, 43], Some(43))
    );
}

async fn committing_again_changes_nothing(place: &Place) {
    let store = place.begin().await;
    let messages = Chain::default().messages(&[Data, Data, Alerts]);
    store.commit(&messages[..2]).await.unwrap();
    store.commit(&messages).await.unwrap();
    store.commit(&messages).await.unwrap();
    assert_eq!(
        store
            .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
            .await
            .unwrap(),
        messages
    );
    let usage = store.usage().await.unwrap();
    let rows = usage.streams.map(|size| size.rows);
    assert_eq!(rows.iter().sum::<u64>(), 3, "each is counted once");
}

async fn a_dropped_commit_is_complete_or_absent(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    for round in 0_u32..40 {
        let batch = chain.messages(&[Data; 20]);
        let timeout = std::time::Duration::from_micros(u64::from(round) * 50);
        let committed = tokio::time::timeout(timeout, store.commit(&batch))
            .await
            .is_ok();
        let from = batch[0].seq - 1;
        if committed {
            assert_eq!(
                store
                    .after(&Access::server(), from, &[Data], 99, usize::MAX)
                    .await
                    .unwrap(),
                batch
            );
        }
        store.commit(&batch).await.unwrap();
        assert_eq!(
            store
                .after(&Access::server(), from, &[Data], 99, usize::MAX)
                .await
                .unwrap(),
            batch
        );
    }
    let usage = store.usage().await.unwrap();
    assert_eq!(usage.streams[Data.index()].rows, 800);
}

async fn numbers_that_are_not_reserved_are_refused(place: &Place) {
    let store = place.open().await;
    store.start().await.unwrap();
    store.reserve(2).await.unwrap();
    let messages = Chain::default().messages(&[Data; 3]);
    let refused = store.commit(&messages).await.unwrap_err();
    assert!(matches!(refused, StoreError::Faulty(_)), "{refused}");
    assert_eq!(
        store
            .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
            .await
            .unwrap(),
        []
    );
    store.reserve(3).await.unwrap();
    store.commit(&messages).await.unwrap();
}

async fn what_is_withdrawn_was_never_there(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    store
        .commit(&chain.messages(&[Data, Events]))
        .await
        .unwrap();
    let (usage, state) = (
        store.usage().await.unwrap(),
        store.log_state().await.unwrap(),
    );
    store.withdraw(3..=9).await.unwrap();
    assert_eq!(
        store.log_state().await.unwrap(),
        state,
        "nothing to withdraw"
    );

    let unknown = chain.messages(&[Data, Logs, Data]);
    store.commit(&unknown).await.unwrap();
    for _ in 0..2 {
        store.withdraw(3..=5).await.unwrap();
        assert_eq!(
            seqs(
                &store
                    .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
                    .await
                    .unwrap()
            ),
            [1, 2]
        );
        assert_eq!(store.log_state().await.unwrap(), state);
        assert_eq!(store.usage().await.unwrap().streams, usage.streams);
        let own = |stream| (stream, ChainSet::Hosts(vec![None]));
        let chains = store.chain_states(&[own(Data), own(Logs)]).await.unwrap();
        let newest: Vec<_> = chains.iter().map(|chain| chain.newest_seq).collect();
        assert_eq!(newest, [1, 0]);
    }

    store.mark_lost(&[(Logs, 7)]).await.unwrap();
    let newest = || async { store.log_state().await.unwrap().of(Logs).newest_seq };
    store.withdraw(3..=7).await.unwrap();
    assert_eq!(newest().await, 7, "it was published");
    assert_eq!(
        seqs(
            &store
                .tail(&Access::server(), &Stream::ALL, 9, usize::MAX)
                .await
                .unwrap()
        ),
        [1, 2]
    );
}

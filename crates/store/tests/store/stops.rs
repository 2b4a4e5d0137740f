//! How the log continues after a stop. Kills are tested in `kill.rs`.

use crate::support::Place;
use crate::support::entries::Chain;
use access::Access;
use protocol::Stream::{self, Data, Events};
use store::{Jump, OpenError, Start, StoreError};

on_both!(
    a_new_store_begins_at_one,
    a_clean_stop_wastes_no_number,
    an_unclean_stop_reports_a_jump,
    a_jump_that_was_not_used_grows,
    numbers_allocated_but_not_committed_are_a_jump,
    a_finished_store_refuses_everything,
    a_second_process_is_refused,
);

async fn a_new_store_begins_at_one(place: &Place) {
    let store = place.open().await;
    let Start {
        epoch,
        next_seq,
        was_clean,
        jumped,
        log,
    } = store.start().await.unwrap();
    assert_eq!(
        (next_seq, was_clean, jumped, log.newest_seq()),
        (1, true, None, 0)
    );
    assert_eq!(epoch.len(), 16);
    store.ping().await.unwrap();
}

async fn a_clean_stop_wastes_no_number(place: &Place) {
    let store = place.begin().await;
    let epoch = store.start().await.unwrap().epoch;
    store
        .commit(&Chain::default().messages(&[Data, Events]))
        .await
        .unwrap();
    store.finish(2).await.unwrap();
    drop(store);
    let start = place.open().await.start().await.unwrap();
    assert_eq!(
        (start.next_seq, start.was_clean, start.jumped),
        (3, true, None)
    );
    assert_eq!(start.epoch, epoch);
    assert_eq!(
        (
            start.log.of(Data).newest_seq,
            start.log.of(Events).newest_seq
        ),
        (1, 2)
    );
}

async fn an_unclean_stop_reports_a_jump(place: &Place) {
    let store = place.open().await;
    store.start().await.unwrap();
    store.reserve(50).await.unwrap();
    store
        .commit(&Chain::default().messages(&[Data, Events]))
        .await
        .unwrap();
    drop(store);
    let store = place.open().await;
    let start = store.start().await.unwrap();
    let jump = Jump {
        after: 2,
        up_to: 50,
    };
    assert_eq!(
        (start.next_seq, start.was_clean, start.jumped),
        (51, false, Some(jump))
    );
    assert_eq!(start.log.jumps, [jump]);
    store.reserve(100).await.unwrap();
    let mut chain = Chain::from(51, [0; Stream::COUNT]);
    store.commit(&chain.messages(&[Data])).await.unwrap();
    store.finish(51).await.unwrap();
    drop(store);
    let start = place.open().await.start().await.unwrap();
    assert_eq!(
        (start.next_seq, start.was_clean, start.jumped),
        (52, true, None)
    );
    assert_eq!(start.log.jumps, [jump], "still not recoverable from within");
}

async fn a_jump_that_was_not_used_grows(place: &Place) {
    for (up_to, next_seq) in [(50, 51), (90, 91)] {
        let store = place.open().await;
        store.start().await.unwrap();
        store.reserve(up_to).await.unwrap();
        drop(store);
        let start = place.open().await.start().await.unwrap();
        assert_eq!(start.next_seq, next_seq);
        assert_eq!(start.log.jumps, [Jump { after: 0, up_to }]);
    }
}

async fn numbers_allocated_but_not_committed_are_a_jump(place: &Place) {
    let store = place.begin().await;
    store
        .commit(&Chain::default().messages(&[Data, Data]))
        .await
        .unwrap();
    store.finish(5).await.unwrap();
    drop(store);
    let start = place.open().await.start().await.unwrap();
    assert_eq!((start.next_seq, start.was_clean), (6, true));
    assert_eq!(start.jumped, Some(Jump { after: 2, up_to: 5 }));
}

async fn a_finished_store_refuses_everything(place: &Place) {
    let store = place.begin().await;
    store.finish(0).await.unwrap();
    let refused = [
        store
            .commit(&Chain::default().messages(&[Data]))
            .await
            .unwrap_err(),
        store
            .tail(&Access::server(), &Stream::ALL, 1, 1)
            .await
            .unwrap_err(),
        store.ping().await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, StoreError::Unreachable(_)), "{error}");
    }
}

async fn a_second_process_is_refused(place: &Place) {
    let store = place.begin().await;
    let refused = place
        .try_open()
        .await
        .err()
        .expect("a second one is refused");
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    store
        .commit(&Chain::default().messages(&[Data]))
        .await
        .unwrap();
    store.finish(1).await.unwrap();
    drop(store);
    place.open().await;
}

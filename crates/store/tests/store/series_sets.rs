//! Sets of series, and up to where samples are in chunks.

use crate::support::Place;
use crate::support::entries::Chain;
use protocol::Stream;
use store::{CommitExtras, SeriesSetRow, Store};

on_both!(
    a_set_is_stored_with_its_message,
    an_ended_set_is_deleted_with_its_last_message,
    messages_are_deleted_once_their_samples_are_sealed,
);

fn set(id: &str, last_seq: Option<u64>) -> SeriesSetRow {
    SeriesSetRow {
        id: id.to_owned(),
        series: format!(r#"{{"source":"{id}","series":[]}}"#),
        last_seq,
    }
}

fn extras(sets: &[SeriesSetRow]) -> CommitExtras {
    CommitExtras {
        sets: sets.to_vec(),
        ..CommitExtras::default()
    }
}

async fn ids(store: &dyn Store) -> Vec<String> {
    let sets = store.series_sets().await.unwrap();
    sets.into_iter().map(|set| set.id).collect()
}

async fn a_set_is_stored_with_its_message(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let entry = chain.next(Stream::Samples, 10);
    let a = set("a", None);
    let both = [a.clone(), set("b", None)];
    let with_both = extras(&both);
    let committed = store.commit_with(std::slice::from_ref(&entry), &with_both);
    committed.await.unwrap();
    // Its fate may have been unknown.
    let with_a = extras(std::slice::from_ref(&a));
    let again = store.commit_with(std::slice::from_ref(&entry), &with_a);
    again.await.unwrap();
    assert_eq!(ids(&*store).await, ["a", "b"]);
    assert_eq!(store.series_set("a").await.unwrap(), Some(a));
    assert_eq!(store.series_set("c").await.unwrap(), None);
    // A commit that fails leaves no set.
    let mut beyond = chain.next(Stream::Samples, 10);
    beyond.seq = 1 << 40;
    let failed = store
        .commit_with(&[beyond], &extras(&[set("c", None)]))
        .await;
    assert!(failed.is_err());
    assert_eq!(store.series_set("c").await.unwrap(), None);
}

async fn an_ended_set_is_deleted_with_its_last_message(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let entries: Vec<_> = (0..4).map(|_| chain.next(Stream::Samples, 10)).collect();
    let sets = ["a", "b", "c"].map(|id| set(id, None));
    store.commit_with(&entries, &extras(&sets)).await.unwrap();
    let ended = ["a".to_owned(), "b".to_owned()];
    store.end_series_sets(&ended, entries[1].seq).await.unwrap();
    assert_eq!(store.expire_series_sets().await.unwrap(), 0);
    store.expire(Stream::Samples, i64::MAX, 1).await.unwrap();
    assert_eq!(store.expire_series_sets().await.unwrap(), 0);
    // One that is used again stays.
    let next = chain.next(Stream::Samples, 10);
    let used_again = extras(&[set("b", None)]);
    store.commit_with(&[next], &used_again).await.unwrap();
    store.expire(Stream::Samples, i64::MAX, 1).await.unwrap();
    assert_eq!(store.expire_series_sets().await.unwrap(), 1);
    assert_eq!(ids(&*store).await, ["b", "c"]);
}

async fn messages_are_deleted_once_their_samples_are_sealed(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let streams = [
        Stream::Metrics,
        Stream::Data,
        Stream::Samples,
        Stream::Events,
    ];
    let entries: Vec<_> = (0..8)
        .map(|number| chain.next(streams[number % 4], 10))
        .collect();
    store.commit(&entries).await.unwrap();
    assert_eq!(store.sealed_seq().await.unwrap(), None);
    store.set_sealed_seq(entries[3].seq).await.unwrap();
    assert_eq!(store.sealed_seq().await.unwrap(), Some(entries[3].seq));
    for stream in streams {
        let deleted = store.expire(stream, i64::MAX, 10).await.unwrap();
        let expected = if stream == Stream::Events { 2 } else { 1 };
        assert_eq!(deleted, expected, "{stream}");
    }
    store.set_sealed_seq(entries[7].seq).await.unwrap();
    for stream in [Stream::Metrics, Stream::Data, Stream::Samples] {
        assert_eq!(store.expire(stream, i64::MAX, 10).await.unwrap(), 1);
    }
}

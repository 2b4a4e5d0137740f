//! Keys of requests, which are stored with the messages of these.

use crate::support::Place;
use crate::support::entries::Chain;
use protocol::Stream;
use store::{
    CommitExtras, Entry, ForgottenKey, IdempotencyKeyRow, Retention, Store, StreamRetention,
};

on_both!(
    a_key_is_stored_with_its_messages,
    a_commit_that_fails_leaves_no_key,
    what_is_withdrawn_leaves_no_key,
    a_key_is_forgotten_unless_it_is_of_another_request,
    old_keys_are_deleted_in_steps,
    a_key_of_another_owner_is_another_key,
);

const STORED_MS: i64 = Retention::IDEMPOTENCY_KEY_STORED_MS;

/// A key of the request with this message.
fn key(owner: &str, key: &str, at_ms: i64, entry: &Entry) -> IdempotencyKeyRow {
    IdempotencyKeyRow {
        owner: owner.to_owned(),
        key: key.to_owned(),
        digest: [u8::try_from(entry.seq).unwrap_or_default(); 32],
        at_ms,
        accepted: 1,
        rejected: 2,
        seq: entry.seq,
    }
}

/// Commits a message with the key of its request, and returns the row.
async fn commit(
    store: &dyn Store,
    chain: &mut Chain,
    (owner, name): (&str, &str),
    at_ms: i64,
) -> IdempotencyKeyRow {
    let entry = chain.next(Stream::Events, at_ms);
    let row = key(owner, name, at_ms, &entry);
    let extras = CommitExtras {
        keys: vec![row.clone()],
        ..CommitExtras::default()
    };
    store.commit_with(&[entry], &extras).await.unwrap();
    row
}

async fn a_key_is_stored_with_its_messages(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let later = commit(&*store, &mut chain, ("token:7", "\"later\""), 20).await;
    let earlier = commit(&*store, &mut chain, ("user:1", "%'~"), 10).await;
    let expected = [earlier, later];
    assert_eq!(store.idempotency_keys().await.unwrap(), expected);
    store.finish(chain.head()).await.unwrap();
    drop(store);
    let store = place.open().await;
    assert_eq!(store.idempotency_keys().await.unwrap(), expected);
}

async fn a_commit_that_fails_leaves_no_key(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let before = commit(&*store, &mut chain, ("none", "a"), 10).await;
    let entry = chain.next(Stream::Events, 20);
    let extras = CommitExtras {
        keys: vec![key("none", "b", 20, &entry)],
        forgotten: vec![ForgottenKey {
            owner: before.owner.clone(),
            key: before.key.clone(),
            at_ms: before.at_ms,
        }],
        ..CommitExtras::default()
    };
    // Messages come after keys in the transaction.
    place.execute("ALTER TABLE {}journal RENAME TO away").await;
    assert!(store.commit_with(&[entry], &extras).await.is_err());
    assert_eq!(store.idempotency_keys().await.unwrap(), [before]);
}

async fn what_is_withdrawn_leaves_no_key(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let before = commit(&*store, &mut chain, ("none", "a"), 10).await;
    let withdrawn = commit(&*store, &mut chain, ("none", "b"), 10).await;
    let seqs = withdrawn.seq..=withdrawn.seq;
    store.withdraw(seqs).await.unwrap();
    assert_eq!(store.idempotency_keys().await.unwrap(), [before]);
}

async fn a_key_is_forgotten_unless_it_is_of_another_request(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    for name in ["a", "b"] {
        commit(&*store, &mut chain, ("none", name), 10).await;
    }
    // Its time is over, and it is used again.
    let again = commit(&*store, &mut chain, ("none", "b"), 30).await;
    let entry = chain.next(Stream::Events, 40);
    let new = key("none", "c", 40, &entry);
    let forgotten = ["a", "b", "unknown"].map(|key| ForgottenKey {
        owner: "none".to_owned(),
        key: key.to_owned(),
        at_ms: 10,
    });
    let extras = CommitExtras {
        keys: vec![new.clone()],
        forgotten: forgotten.to_vec(),
        ..CommitExtras::default()
    };
    store.commit_with(&[entry], &extras).await.unwrap();
    let left = store.idempotency_keys().await.unwrap();
    assert_eq!(left, [again.clone(), new.clone()]);

    let of = |row: &IdempotencyKeyRow, at_ms| ForgottenKey {
        owner: row.owner.clone(),
        key: row.key.clone(),
        at_ms,
    };
    let forgotten = [of(&again, again.at_ms), of(&new, 10)];
    store.forget_idempotency_keys(&forgotten).await.unwrap();
    store.forget_idempotency_keys(&[]).await.unwrap();
    assert_eq!(store.idempotency_keys().await.unwrap(), [new]);
}

async fn old_keys_are_deleted_in_steps(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let entry = chain.next(Stream::Events, 0);
    let keys = (0..1_200).map(|at_ms| key("none", &format!("k{at_ms}"), at_ms, &entry));
    let extras = CommitExtras {
        keys: keys.collect(),
        ..CommitExtras::default()
    };
    store.commit_with(&[entry], &extras).await.unwrap();
    let forever = StreamRetention {
        age_ms: i64::MAX,
        bytes_max: u64::MAX,
    };
    let retention = Retention {
        streams: [forever; Stream::COUNT],
        tiers: Vec::new(),
        store_bytes_max: u64::MAX,
    };
    // Without a trusted clock nothing is too old.
    assert_eq!(retention.step(&*store, None).await.unwrap(), 0);
    assert_eq!(retention.step(&*store, Some(STORED_MS)).await.unwrap(), 0);
    let mut steps = 0;
    let later = Some(STORED_MS + 1_199);
    while retention.step(&*store, later).await.unwrap() > 0 {
        steps += 1;
    }
    assert!(steps > 1, "all at once would delay commits");
    let left = store.idempotency_keys().await.unwrap();
    let left: Vec<_> = left.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(left, ["k1199"]);
}

async fn a_key_of_another_owner_is_another_key(place: &Place) {
    let store = place.begin().await;
    let mut chain = Chain::default();
    let one = commit(&*store, &mut chain, ("token:1", "a"), 10).await;
    let other = commit(&*store, &mut chain, ("token:2", "a"), 20).await;
    assert_eq!(store.idempotency_keys().await.unwrap(), [one, other]);
}

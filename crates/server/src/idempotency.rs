//! Repeated requests are recognised by their keys (`Idempotency-Key`), so that what they report is stored once.
//!
//! The book in memory decides, with a store or without one. With one, a key is committed in the transaction of its
//! request's messages, and the book has it only once that is done; at the start it is read back.

mod book;
mod key;

pub(crate) use book::Remembered;
pub(crate) use key::{Id, InvalidKey, Key, Owner};

use crate::accounts::Accounts;
use crate::intake::KeyChange;
use book::{Book, Limits, Step};
use protocol::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::{ForgottenKey, IdempotencyKeyRow, Store, StoreError};
use tokio::sync::watch;

/// The longest that a request waits for another one with its key, which takes a second to be committed or refused.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Keys that are deleted with one request at most. It has two forgotten at most, so that what is left over shrinks; and a
/// commit, which has many requests, remains quick.
const FORGOTTEN_PER_REQUEST: usize = 4;

/// Keys that are deleted at a time at the start.
const FORGOTTEN_PER_STEP: usize = 1_000;

/// The keys of requests that were stored. Cheap to clone.
#[derive(Clone)]
pub(crate) struct IdempotencyKeys(Arc<Mutex<Book>>);

/// What becomes of a request with a key.
pub(crate) enum Claim {
    /// It is the first with this key.
    First(Reservation),
    /// It repeats one that was stored.
    Repeat(Remembered),
    /// The key is that of a request with another body.
    OtherBody,
    /// Another request with the key is still being stored.
    Busy,
}

impl IdempotencyKeys {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Book::new(Limits::DEFAULT))))
    }

    /// Continues with the keys of an earlier run. Those of owners that are no more are deleted before anybody can send
    /// something: an id may be given again.
    pub(crate) async fn load(
        &self,
        store: &dyn Store,
        accounts: &Accounts,
    ) -> Result<(), StoreError> {
        let rows = store.idempotency_keys().await?;
        let (users, tokens) = accounts.ids();
        let exists = |owner| match owner {
            Owner::Nobody => true,
            Owner::User(id) => users.contains(&id),
            Owner::Token(id) => tokens.contains(&id),
        };
        let mut orphaned = Vec::new();
        {
            let mut book = self.book();
            for row in rows {
                orphaned.extend(book.load(row, Timestamp::now(), Instant::now(), exists));
            }
        }
        for keys in orphaned.chunks(FORGOTTEN_PER_STEP) {
            store.forget_idempotency_keys(keys).await?;
        }
        Ok(())
    }

    /// Decides what becomes of a request. Waits for another one with the same key.
    pub(crate) async fn claim(&self, id: Id, digest: [u8; 32]) -> Claim {
        let deadline = tokio::time::Instant::now() + WAIT_MAX;
        loop {
            let mut pending = match self.step(&id, digest) {
                Ok(claim) => return claim,
                Err(pending) => pending,
            };
            // It has an error when the other request is decided, which is what this waits for.
            let decided = tokio::time::timeout_at(deadline, pending.changed()).await;
            if decided.is_err() {
                return Claim::Busy;
            }
        }
    }

    fn step(&self, id: &Id, digest: [u8; 32]) -> Result<Claim, watch::Receiver<()>> {
        match self.book().claim(id, digest, Instant::now()) {
            Step::First(pending) => Ok(Claim::First(Reservation {
                keys: self.clone(),
                id: id.clone(),
                digest,
                at: Timestamp::now(),
                forgotten: Vec::new(),
                _pending: pending,
            })),
            Step::Repeat(remembered) => Ok(Claim::Repeat(remembered)),
            Step::OtherBody => Ok(Claim::OtherBody),
            Step::Wait(pending) => Err(pending),
        }
    }

    /// How many are remembered, and how many may be.
    pub(crate) fn fill(&self) -> (usize, usize) {
        self.book().fill()
    }

    /// Forgets keys whose time is over.
    pub(crate) fn expire(&self) {
        self.book().expire(Instant::now());
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to store the request of a key. Others with the key wait until it is dropped; unless it was
/// [stored](Reservation::stored), nothing is remembered then.
pub(crate) struct Reservation {
    keys: IdempotencyKeys,
    id: Id,
    digest: [u8; 32],
    at: Timestamp,
    /// What the commit deletes.
    forgotten: Vec<ForgottenKey>,
    /// Dropped after everything else.
    _pending: watch::Sender<()>,
}

impl Reservation {
    /// The time of the request.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// What is committed with the messages of the request.
    pub(crate) fn change(&mut self, accepted: u64, rejected: u64) -> KeyChange {
        let mut book = self.keys.book();
        self.forgotten
            .extend(book.take_forgotten(FORGOTTEN_PER_REQUEST));
        drop(book);
        KeyChange {
            added: IdempotencyKeyRow {
                owner: self.id.owner.to_string(),
                key: self.id.key.as_str().to_owned(),
                digest: self.digest,
                at_ms: self.at.unix_ms(),
                accepted,
                rejected,
                seq: 0,
            },
            forgotten: self.forgotten.clone(),
        }
    }

    /// The messages are committed, and the key with them.
    pub(crate) fn stored(mut self, accepted: u64, rejected: u64) {
        self.forgotten.clear();
        let remembered = Remembered {
            digest: self.digest,
            at: self.at,
            accepted,
            rejected,
        };
        let mut book = self.keys.book();
        book.remember(&self.id, remembered, Instant::now());
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut book = self.keys.book();
        book.release(&self.id);
        book.put_forgotten(std::mem::take(&mut self.forgotten));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(key: &str) -> Id {
        Id {
            owner: Owner::Token(7),
            key: Key::parse(key.as_bytes()).unwrap(),
        }
    }

    async fn first(keys: &IdempotencyKeys, key: &str) -> Reservation {
        match keys.claim(id(key), [1; 32]).await {
            Claim::First(reservation) => reservation,
            _ => panic!("`{key}` was claimed before"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_the_other_with_its_key() {
        let keys = IdempotencyKeys::new();
        let one = first(&keys, "a").await;
        assert!(matches!(keys.claim(id("a"), [1; 32]).await, Claim::Busy));
        let (repeat, ()) = tokio::join!(keys.claim(id("a"), [1; 32]), async {
            one.stored(3, 1);
        });
        match repeat {
            Claim::Repeat(remembered) => {
                assert_eq!((remembered.accepted, remembered.rejected), (3, 1));
            }
            _ => panic!("it is not recognised"),
        }
        let other = keys.claim(id("a"), [2; 32]).await;
        assert!(matches!(other, Claim::OtherBody));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_stored_leaves_its_key_to_the_next() {
        let keys = IdempotencyKeys::new();
        let mut one = first(&keys, "a").await;
        one.change(1, 0);
        let (next, ()) = tokio::join!(keys.claim(id("a"), [2; 32]), async {
            drop(one);
        });
        assert!(matches!(next, Claim::First(_)));
    }
}

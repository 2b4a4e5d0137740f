use super::key::{Id, Key, Owner};
use protocol::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};
use store::{ForgottenKey, IdempotencyKeyRow, Retention};
use tokio::sync::watch;

/// How long a key is remembered.
const AGE_MS: u64 = Retention::IDEMPOTENCY_KEY_AGE_MS.unsigned_abs();

/// How many keys are remembered. Beyond, the oldest are forgotten early.
pub(super) struct Limits {
    /// Of one owner.
    pub(super) of_owner: usize,
    /// In all: beyond, those of the owner with the most are forgotten.
    pub(super) all: usize,
}

impl Limits {
    /// They take about 15 MB of memory.
    pub(super) const DEFAULT: Self = Self {
        of_owner: 10_000,
        all: 50_000,
    };
}

/// What it takes to respond to a repeated request as to the first: the entries of an equal body at the same time have the
/// same outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The SHA-256 of its body.
    pub(crate) digest: [u8; 32],
    /// When the request was stored.
    pub(crate) at: Timestamp,
    /// How many entries were stored.
    pub(crate) accepted: u64,
    /// How many were not.
    pub(crate) rejected: u64,
}

/// What becomes of a request now.
pub(super) enum Step {
    /// It is the first with its key. Others wait until this is dropped, after [`Book::release`].
    First(watch::Sender<()>),
    Repeat(Remembered),
    OtherBody,
    /// Another one with its key is being stored; once this is closed, that is decided.
    Wait(watch::Receiver<()>),
}

/// Which keys there are. It neither waits nor reads a clock.
///
/// The age is measured by a clock that never jumps: with one that is wrong for a while, repeated requests would be stored
/// twice.
pub(super) struct Book {
    limits: Limits,
    owners: HashMap<Owner, Keys>,
    /// How many keys all owners have.
    count: usize,
    /// Requests that are being stored. There are few: each has a permit.
    pending: HashMap<Id, watch::Receiver<()>>,
    /// What the store still has.
    forgotten: VecDeque<ForgottenKey>,
}

/// The keys of an owner.
#[derive(Default)]
struct Keys {
    by_key: HashMap<Key, (Remembered, Instant)>,
    /// All of them, by when their time is over.
    order: VecDeque<Key>,
}

impl Keys {
    fn remove_oldest(&mut self) -> Option<(Key, Remembered)> {
        let key = self.order.pop_front()?;
        let (remembered, _) = self.by_key.remove(&key)?;
        Some((key, remembered))
    }

    /// Returns how many are removed.
    fn expire(&mut self, now: Instant) -> usize {
        let before = self.order.len();
        while let Some((_, expires)) = self.order.front().and_then(|it| self.by_key.get(it))
            && *expires <= now
        {
            self.remove_oldest();
        }
        before - self.order.len()
    }
}

impl Book {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            owners: HashMap::new(),
            count: 0,
            pending: HashMap::new(),
            forgotten: VecDeque::new(),
        }
    }

    /// Adds a key of an earlier run, unless its time is over. They come in the order of their times. Returns one that
    /// nobody has any more.
    pub(super) fn load(
        &mut self,
        row: IdempotencyKeyRow,
        at: Timestamp,
        now: Instant,
        exists: impl Fn(Owner) -> bool,
    ) -> Option<ForgottenKey> {
        let owner = row.owner.parse().ok().filter(|owner| exists(*owner));
        let (Some(owner), Ok(key)) = (owner, Key::parse(row.key.as_bytes())) else {
            return Some(ForgottenKey {
                owner: row.owner,
                key: row.key,
                at_ms: row.at_ms,
            });
        };
        let remembered = Remembered {
            digest: row.digest,
            at: Timestamp::from_unix_ms(row.at_ms),
            accepted: row.accepted,
            rejected: row.rejected,
        };
        let age_ms = at.unix_ms().saturating_sub(row.at_ms).max(0).unsigned_abs();
        let left = Duration::from_millis(AGE_MS.saturating_sub(age_ms));
        if !left.is_zero() {
            self.insert(&Id { owner, key }, remembered, now + left, now);
        }
        None
    }

    pub(super) fn claim(&mut self, id: &Id, digest: [u8; 32], now: Instant) -> Step {
        if let Some(pending) = self.pending.get(id) {
            return Step::Wait(pending.clone());
        }
        if let Some(keys) = self.owners.get_mut(&id.owner) {
            self.count -= keys.expire(now);
            match keys.by_key.get(&id.key) {
                Some((first, _)) if first.digest == digest => return Step::Repeat(first.clone()),
                Some(_) => return Step::OtherBody,
                None => {}
            }
        }
        let (sender, receiver) = watch::channel(());
        self.pending.insert(id.clone(), receiver);
        Step::First(sender)
    }

    /// The request with this key is stored.
    pub(super) fn remember(&mut self, id: &Id, remembered: Remembered, now: Instant) {
        let expires = now + Duration::from_millis(AGE_MS);
        self.insert(id, remembered, expires, now);
    }

    /// The request with this key is decided.
    pub(super) fn release(&mut self, id: &Id) {
        self.pending.remove(id);
    }

    /// How many are remembered, and how many may be.
    pub(super) fn fill(&self) -> (usize, usize) {
        (self.count, self.limits.all)
    }

    /// Forgets keys whose time is over. The store deletes them by itself.
    pub(super) fn expire(&mut self, now: Instant) {
        for keys in self.owners.values_mut() {
            self.count -= keys.expire(now);
        }
        self.owners.retain(|_, keys| !keys.order.is_empty());
    }

    /// Keys that the store is to delete, at most so many.
    pub(super) fn take_forgotten(&mut self, count: usize) -> impl Iterator<Item = ForgottenKey> {
        let count = count.min(self.forgotten.len());
        self.forgotten.drain(..count)
    }

    /// The store has not deleted them.
    pub(super) fn put_forgotten(&mut self, forgotten: Vec<ForgottenKey>) {
        self.forgotten.extend(forgotten);
    }

    fn insert(&mut self, id: &Id, remembered: Remembered, expires: Instant, now: Instant) {
        let keys = self.owners.entry(id.owner).or_default();
        keys.by_key.insert(id.key.clone(), (remembered, expires));
        keys.order.push_back(id.key.clone());
        self.count += 1;
        if keys.order.len() > self.limits.of_owner {
            self.forget_oldest(id.owner);
        }
        if self.count > self.limits.all {
            self.expire(now);
        }
        while self.count > self.limits.all {
            let largest = self.owners.iter().max_by_key(|(_, it)| it.order.len());
            let Some(owner) = largest.map(|(owner, _)| *owner) else {
                return;
            };
            self.forget_oldest(owner);
        }
    }

    fn forget_oldest(&mut self, owner: Owner) {
        let oldest = self.owners.get_mut(&owner).and_then(Keys::remove_oldest);
        if let Some((key, remembered)) = oldest {
            self.count -= 1;
            self.forgotten.push_back(ForgottenKey {
                owner: owner.to_string(),
                key: key.as_str().to_owned(),
                at_ms: remembered.at.unix_ms(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const NOW_MS: i64 = 1_768_473_000_000;
    const HOUR_MS: i64 = 3_600_000;

    struct Scene {
        book: Book,
        start: Instant,
    }

    impl Scene {
        fn new(of_owner: usize, all: usize) -> Self {
            Self {
                book: Book::new(Limits { of_owner, all }),
                start: Instant::now(),
            }
        }

        /// Stores a request so long after the start.
        fn store(&mut self, owner: Owner, key: &str, after: Duration) {
            let (id, now) = (id(owner, key), self.start + after);
            let step = self.book.claim(&id, [1; 32], now);
            assert!(matches!(step, Step::First(_)), "{key} is known");
            self.book.remember(&id, remembered(), now);
            self.book.release(&id);
        }

        fn is_known(&mut self, owner: Owner, key: &str, after: Duration) -> bool {
            let id = id(owner, key);
            match self.book.claim(&id, [1; 32], self.start + after) {
                Step::Repeat(_) => true,
                Step::First(_) => {
                    self.book.release(&id);
                    false
                }
                Step::OtherBody | Step::Wait(_) => panic!("neither of both"),
            }
        }

        /// Returns whether nobody has it any more.
        fn load(&mut self, owner: &str, key: &str, at_ms: i64) -> bool {
            let row = IdempotencyKeyRow {
                owner: owner.into(),
                key: key.into(),
                digest: [1; 32],
                at_ms,
                accepted: 1,
                rejected: 0,
                seq: 1,
            };
            let now = Timestamp::from_unix_ms(NOW_MS);
            let exists = |owner| owner != Owner::Token(9);
            self.book.load(row, now, self.start, exists).is_some()
        }

        /// Which keys the store is to delete.
        fn forgotten(&mut self) -> Vec<String> {
            let forgotten = self.book.take_forgotten(100);
            forgotten.map(|it| it.key).collect()
        }
    }

    fn id(owner: Owner, key: &str) -> Id {
        let key = Key::parse(key.as_bytes()).unwrap();
        Id { owner, key }
    }

    fn remembered() -> Remembered {
        Remembered {
            digest: [1; 32],
            at: Timestamp::from_unix_ms(NOW_MS),
            accepted: 1,
            rejected: 0,
        }
    }

    #[test]
    fn a_key_is_known_for_a_day() {
        let mut scene = Scene::new(10, 10);
        scene.store(Owner::Nobody, "a", Duration::ZERO);
        scene.store(Owner::Nobody, "b", HOUR);
        let almost = 24 * HOUR - Duration::from_millis(1);
        assert!(scene.is_known(Owner::Nobody, "a", almost));
        assert!(!scene.is_known(Owner::User(1), "a", almost));
        assert!(!scene.is_known(Owner::Nobody, "a", 24 * HOUR));
        assert!(scene.is_known(Owner::Nobody, "b", 24 * HOUR));
        scene.store(Owner::Nobody, "a", 24 * HOUR);
        scene.book.expire(scene.start + 25 * HOUR);
        assert!(scene.is_known(Owner::Nobody, "a", 25 * HOUR));
        scene.book.expire(scene.start + 48 * HOUR);
        assert_eq!((scene.book.count, scene.book.owners.len()), (0, 0));
        assert_eq!(scene.forgotten(), Vec::<String>::new(), "by its time");
    }

    #[test]
    fn beyond_a_limit_the_oldest_are_forgotten() {
        let mut scene = Scene::new(3, 5);
        for key in ["a", "b", "c", "d"] {
            scene.store(Owner::Token(1), key, Duration::ZERO);
        }
        assert_eq!(scene.forgotten(), ["a"]);
        for key in ["x", "y", "z"] {
            scene.store(Owner::Token(2), key, Duration::ZERO);
        }
        // Who has the most pays for it.
        scene.store(Owner::User(1), "new", Duration::ZERO);
        assert!(scene.is_known(Owner::User(1), "new", Duration::ZERO));
        assert_eq!((scene.book.count, scene.forgotten().len()), (5, 2));
        for owner in [Owner::Token(1), Owner::Token(2)] {
            assert_eq!(scene.book.owners[&owner].order.len(), 2);
        }
    }

    #[test]
    fn keys_of_an_earlier_run_are_as_old_as_they_are() {
        let mut scene = Scene::new(10, 10);
        assert!(!scene.load("nobody", "yesterday", NOW_MS - 25 * HOUR_MS));
        assert!(scene.load("token:9", "revoked", NOW_MS - HOUR_MS));
        assert!(!scene.load("token:1", "recent", NOW_MS - HOUR_MS));
        // The clock was ahead.
        assert!(!scene.load("token:1", "later", NOW_MS + 100 * HOUR_MS));
        assert_eq!(scene.book.count, 2);
        assert!(!scene.is_known(Owner::Nobody, "yesterday", Duration::ZERO));
        assert!(!scene.is_known(Owner::Token(9), "revoked", Duration::ZERO));
        assert!(scene.is_known(Owner::Token(1), "recent", 22 * HOUR));
        assert!(!scene.is_known(Owner::Token(1), "recent", 23 * HOUR));
        assert!(scene.is_known(Owner::Token(1), "later", 23 * HOUR));
        assert!(!scene.is_known(Owner::Token(1), "later", 24 * HOUR));
    }

    #[test]
    fn what_the_store_has_not_deleted_is_deleted_later() {
        let mut scene = Scene::new(1, 10);
        for key in ["a", "b", "c"] {
            scene.store(Owner::Nobody, key, Duration::ZERO);
        }
        let taken: Vec<_> = scene.book.take_forgotten(1).collect();
        scene.book.put_forgotten(taken);
        assert_eq!(scene.forgotten(), ["b", "a"]);
    }
}

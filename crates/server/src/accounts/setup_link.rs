use accounts::{Digest, Secret};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a setup link is valid.
const VALID_FOR: Duration = Duration::from_secs(30 * 60);

/// The key that entitles its bearer to create the first user, once.
#[derive(Default)]
pub(super) struct SetupLink(Mutex<Option<(Digest, Instant)>>);

impl SetupLink {
    /// A new key; those before it are void.
    pub(super) fn renew(&self, now: Instant) -> Secret {
        let key = Secret::random("");
        *self.current() = Some((key.digest(), now + VALID_FOR));
        key
    }

    /// Whether the key is the current one.
    pub(super) fn accepts(&self, key: &Secret, now: Instant) -> bool {
        let current = *self.current();
        current.is_some_and(|(digest, until)| digest == key.digest() && now < until)
    }

    /// Makes the key void.
    pub(super) fn clear(&self) {
        *self.current() = None;
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<(Digest, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_key_counts_and_not_for_long() {
        let (link, now) = (SetupLink::default(), Instant::now());
        let first = link.renew(now);
        assert!(link.accepts(&first, now));
        let second = link.renew(now);
        assert!(!link.accepts(&first, now) && link.accepts(&second, now));
        assert!(!link.accepts(&Secret::new(String::new()), now));
        assert!(!link.accepts(&second, now + VALID_FOR));
        link.clear();
        assert!(!link.accepts(&second, now));
    }
}

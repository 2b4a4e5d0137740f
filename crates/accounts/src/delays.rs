use crate::Digest;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// So many failures have no consequence: people mistype.
const FREE_FAILURES: u32 = 3;

/// The longest delay. It is no lockout, with which anybody could keep others out.
const DELAY_MAX: Duration = Duration::from_secs(60);

/// A key without failures for so long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(15 * 60);

/// Exponential backoff of failed sign-ins: after the third failure of a key, 1 s, 2 s, 4 s … until the next attempt is
/// looked at, and at most a minute. A key is an account or an address, one [`Delays`] each.
#[derive(Debug)]
pub struct Delays {
    /// By digest: a client chooses how long the names are that it tries, but not how much memory they take.
    entries: HashMap<Digest, Failures>,
    entries_max: usize,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
    /// The one before the last.
    before: Instant,
}

impl Delays {
    /// For so many keys; beyond that, one of those that failed least often is forgotten. So many new keys do not push out
    /// one that is being tried.
    pub fn new(entries_max: usize) -> Self {
        Self {
            entries: HashMap::new(),
            entries_max: entries_max.max(1),
        }
    }

    /// How long until the key may try; zero if it may now.
    pub fn wait(&self, key: &str, now: Instant) -> Duration {
        let Some(failures) = self.entries.get(&Digest::of(key)) else {
            return Duration::ZERO;
        };
        let passed = now.saturating_duration_since(failures.last);
        failures.delay().saturating_sub(passed)
    }

    /// An attempt of the key failed.
    pub fn failed(&mut self, key: &str, now: Instant) {
        let key = Digest::of(key);
        let previous = self.entries.remove(&key);
        if self.entries.len() >= self.entries_max {
            self.make_room(now);
        }
        let previous = previous.filter(|failures| !failures.is_forgotten(now));
        let count = previous.map_or(0, |failures| failures.count);
        let failures = Failures {
            count: count.saturating_add(1),
            last: now,
            before: previous.map_or(now, |failures| failures.last),
        };
        self.entries.insert(key, failures);
    }

    /// The last failure of the key was none, and those before still count.
    pub fn withdraw(&mut self, key: &str) {
        let key = Digest::of(key);
        if let Some(failures) = self.entries.get_mut(&key) {
            failures.count = failures.count.saturating_sub(1);
            failures.last = failures.before;
            if failures.count == 0 {
                self.entries.remove(&key);
            }
        }
    }

    /// An attempt of the key succeeded, so its failures are forgotten.
    pub fn succeeded(&mut self, key: &str) {
        self.entries.remove(&Digest::of(key));
    }

    /// It reads through all entries, which is little compared with verifying a password.
    fn make_room(&mut self, now: Instant) {
        self.entries
            .retain(|_, failures| !failures.is_forgotten(now));
        if self.entries.len() < self.entries_max {
            return;
        }
        let entries = self.entries.iter();
        let least = entries.min_by_key(|(_, failures)| (failures.count, failures.last));
        if let Some((&least, _)) = least {
            self.entries.remove(&least);
        }
    }
}

impl Failures {
    fn delay(self) -> Duration {
        let Some(doublings) = self.count.checked_sub(FREE_FAILURES + 1) else {
            return Duration::ZERO;
        };
        let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        Duration::from_secs(seconds).min(DELAY_MAX)
    }

    fn is_forgotten(self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= FORGET_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_delay_doubles_from_the_fourth_failure_up_to_a_minute() {
        let now = Instant::now();
        let mut delays = Delays::new(10);
        let mut waits = Vec::new();
        for _ in 0..12 {
            delays.failed("anna", now);
            waits.push(delays.wait("anna", now).as_secs());
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        for _ in 0..100 {
            delays.failed("anna", now);
        }
        assert_eq!(delays.wait("anna", now), DELAY_MAX);
        assert_eq!(delays.wait("bert", now), Duration::ZERO);
    }

    #[test]
    fn a_delay_passes_and_a_success_ends_it() {
        let now = Instant::now();
        let mut delays = Delays::new(10);
        for _ in 0..6 {
            delays.failed("anna", now);
        }
        assert_eq!(delays.wait("anna", now + SECOND), 3 * SECOND);
        assert_eq!(delays.wait("anna", now + 4 * SECOND), Duration::ZERO);
        delays.succeeded("anna");
        assert_eq!(delays.wait("anna", now), Duration::ZERO);
        delays.failed("anna", now);
        assert_eq!(delays.wait("anna", now), Duration::ZERO);
    }

    #[test]
    fn a_withdrawn_failure_leaves_those_before() {
        let now = Instant::now();
        let mut delays = Delays::new(10);
        for _ in 0..5 {
            delays.failed("anna", now);
        }
        let later = now + 10 * SECOND;
        delays.failed("anna", later);
        assert_eq!(delays.wait("anna", later), 4 * SECOND);
        delays.withdraw("anna");
        assert_eq!(delays.wait("anna", now), 2 * SECOND);
        assert_eq!(delays.wait("anna", later), Duration::ZERO);
        delays.failed("bert", now);
        delays.withdraw("bert");
        delays.withdraw("carl");
        assert_eq!(delays.entries.len(), 1);
    }

    #[test]
    fn failures_are_forgotten_after_a_quarter_of_an_hour() {
        let now = Instant::now();
        let mut delays = Delays::new(10);
        for _ in 0..6 {
            delays.failed("anna", now);
        }
        let almost = now + FORGET_AFTER - SECOND;
        delays.failed("anna", almost);
        assert_eq!(delays.wait("anna", almost), 8 * SECOND);
        let later = almost + FORGET_AFTER;
        delays.failed("anna", later);
        assert_eq!(delays.wait("anna", later), Duration::ZERO);
    }

    #[test]
    fn only_so_many_keys_are_remembered_and_the_one_with_the_fewest_failures_goes() {
        let now = Instant::now();
        let mut delays = Delays::new(2);
        for key in ["anna", "bert"] {
            for _ in 0..4 {
                delays.failed(key, now);
            }
        }
        delays.failed("anna", now + SECOND);
        delays.failed("carl", now + SECOND);
        assert_eq!(delays.wait("anna", now + SECOND), 2 * SECOND);
        assert_eq!(delays.wait("bert", now), Duration::ZERO);
        let later = now + SECOND;
        for number in 0..1000 {
            delays.failed(&number.to_string(), later);
        }
        assert_eq!(delays.entries.len(), 2);
        assert_eq!(delays.wait("anna", later), 2 * SECOND, "it stays");
    }
}

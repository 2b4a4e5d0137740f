use boards::BOARDS_MAX;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Of all boards, those in the trash included, what one user has created.
pub(super) const BOARDS_OF_ONE_MAX: usize = 50;

/// Private boards of all, which only their owners can delete: the rest is for those that everybody sees.
pub(super) const PRIVATE_BOARDS_MAX: usize = BOARDS_MAX / 5 * 4;

/// Versions of a board that are stored.
pub(super) const VERSIONS_MAX: u32 = 50;

/// The least time between two of them, unless everything is replaced.
pub(super) const VERSION_EVERY_MS: i64 = 10 * 60 * 1_000;

/// Changes that one sender may make within [`WINDOW`].
pub(super) const EDITS_MAX: usize = 20;

/// What all guests of one address may, since they can take any name.
pub(super) const GUEST_EDITS_MAX: usize = 60;

const WINDOW: Duration = Duration::from_secs(1);

/// What one sender may write within [`BYTES_WINDOW`].
const BYTES_MAX: usize = 4 << 20;

const BYTES_WINDOW: Duration = Duration::from_secs(10);

/// When each sender, or address, has changed something lately, and how many bytes that took. Pure: the time is a parameter.
#[derive(Debug, Default)]
pub(super) struct Rates {
    changes: HashMap<String, VecDeque<(Instant, usize)>>,
}

impl Rates {
    /// Counts a change; an error says in which time there will be room for it.
    pub(super) fn take(
        &mut self,
        who: &str,
        bytes: usize,
        edits_max: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        let age = |at: Instant| now.saturating_duration_since(at);
        self.changes.retain(|_, changes| {
            let is_old = |at: &Instant| age(*at) >= BYTES_WINDOW;
            while changes.pop_front_if(|(at, _)| is_old(at)).is_some() {}
            !changes.is_empty()
        });
        let changes = self.changes.entry(who.to_owned()).or_default();
        let sum: usize = changes.iter().map(|(_, bytes)| bytes).sum();
        if let Some((first, _)) = changes.front().filter(|_| sum + bytes > BYTES_MAX) {
            return Err(BYTES_WINDOW.saturating_sub(age(*first)));
        }
        // The one that has to be over before the next.
        let limiting = changes.iter().rev().nth(edits_max.saturating_sub(1));
        if let Some((at, _)) = limiting.filter(|(at, _)| age(*at) < WINDOW) {
            return Err(WINDOW.saturating_sub(age(*at)));
        }
        changes.push_back((now, bytes));
        Ok(())
    }

    /// The newest change was refused, and does not count.
    pub(super) fn give_back(&mut self, who: &str) {
        if let Some(changes) = self.changes.get_mut(who) {
            changes.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_changes_in_a_second() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for number in 0..20 {
            assert_eq!(rates.take("a", 1, EDITS_MAX, at(number * 10)), Ok(()));
        }
        let wait = rates.take("a", 1, EDITS_MAX, at(400));
        assert_eq!(wait, Err(Duration::from_millis(600)));
        assert_eq!(rates.take("b", 1, EDITS_MAX, at(400)), Ok(()), "by itself");
        rates.give_back("a");
        assert_eq!(rates.take("a", 1, EDITS_MAX, at(400)), Ok(()));
        assert!(rates.take("a", 1, EDITS_MAX, at(999)).is_err());
        assert_eq!(rates.take("a", 1, EDITS_MAX, at(1_000)), Ok(()));
        assert!(rates.take("a", 1, EDITS_MAX, at(1_005)).is_err());
        assert_eq!(rates.take("c", 1, EDITS_MAX, at(20_000)), Ok(()));
        assert_eq!(rates.changes.len(), 1, "others are forgotten");
    }

    #[test]
    fn bytes_are_limited_too() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let mut take = |bytes, second| {
            let at = start + Duration::from_secs(second);
            rates.take("a", bytes, EDITS_MAX, at)
        };
        assert_eq!(take(BYTES_MAX - 1, 0), Ok(()));
        assert_eq!(take(2, 3), Err(Duration::from_secs(7)));
        assert_eq!(take(1, 3), Ok(()));
        assert_eq!(take(BYTES_MAX - 1, 10), Ok(()));
    }
}

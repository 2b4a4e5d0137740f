use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Public and private rooms that are not archived.
pub(super) const ROOMS_MAX: usize = 500;

/// Of these what one person has created; guests are one, since they can take any name.
pub(super) const ROOMS_OF_ONE_MAX: usize = 50;

/// Direct conversations, which cannot be archived.
pub(super) const DIRECTS_MAX: usize = 2_000;

/// Of these what one person has begun.
pub(super) const DIRECTS_OF_ONE_MAX: usize = 200;

/// All of these and the archived ones, since each is in memory.
pub(super) const ALL_MAX: usize = 10_000;

/// Of these what one person has created.
pub(super) const ALL_OF_ONE_MAX: usize = 2_000;

/// Members of one room.
pub(super) const MEMBERS_MAX: usize = 200;

/// Edits of one message: SQLite retains as many bytes for each as the former text had.
pub(super) const EDITS_MAX: usize = 50;

/// People whom one text can mention.
pub(super) const MENTIONS_MAX: usize = 50;

/// What one person may write within [`WINDOW`].
pub(super) const MESSAGES_MAX: usize = 10;

/// What all guests of one address may write, since they can take any name.
pub(super) const GUEST_MESSAGES_MAX: usize = 30;

/// In bytes of texts, for each of these limits.
const BYTES_MAX: usize = 64 << 10;

const WINDOW: Duration = Duration::from_secs(10);

/// When each person, or address, has written something lately, and how many bytes. Pure: the time is a parameter.
#[derive(Debug, Default)]
pub(super) struct Rates {
    written: HashMap<String, VecDeque<(Instant, usize)>>,
}

impl Rates {
    /// Counts a message; an error says in which time there will be room for it.
    pub(super) fn take(
        &mut self,
        who: &str,
        bytes: usize,
        messages_max: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        self.written.retain(|_, written| {
            let is_old = |at: &Instant| now.saturating_duration_since(*at) >= WINDOW;
            while written.pop_front_if(|(at, _)| is_old(at)).is_some() {}
            !written.is_empty()
        });
        let written = self.written.entry(who.to_owned()).or_default();
        let sum: usize = written.iter().map(|(_, bytes)| bytes).sum();
        let is_full = written.len() >= messages_max || sum + bytes > BYTES_MAX;
        if let Some((first, _)) = written.front().filter(|_| is_full) {
            return Err((*first + WINDOW).saturating_duration_since(now));
        }
        written.push_back((now, bytes));
        Ok(())
    }

    /// The newest message was refused, and does not count.
    pub(super) fn give_back(&mut self, who: &str) {
        if let Some(written) = self.written.get_mut(who) {
            written.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With messages of one byte.
    #[derive(Default)]
    struct Counted(Rates);

    impl Counted {
        fn take(&mut self, who: &str, now: Instant) -> Result<(), Duration> {
            self.0.take(who, 1, MESSAGES_MAX, now)
        }
    }

    #[test]
    fn bytes_are_limited_too() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let mut take = |bytes, second| {
            let at = start + Duration::from_secs(second);
            rates.take("a", bytes, MESSAGES_MAX, at)
        };
        assert_eq!(take(BYTES_MAX - 1, 0), Ok(()));
        assert_eq!(take(2, 3), Err(Duration::from_secs(7)));
        assert_eq!(take(1, 3), Ok(()));
        assert_eq!(take(BYTES_MAX - 1, 10), Ok(()));
    }

    #[test]
    fn ten_messages_in_ten_seconds() {
        let (mut rates, start) = (Counted::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..10 {
            assert_eq!(rates.take("a", at(second / 2)), Ok(()));
        }
        assert_eq!(rates.take("a", at(5)), Err(Duration::from_secs(5)));
        assert_eq!(rates.take("b", at(5)), Ok(()), "each person by itself");
        rates.0.give_back("a");
        assert_eq!(rates.take("a", at(5)), Ok(()));
        assert!(rates.take("a", at(5)).is_err());
        assert_eq!(rates.take("a", at(10)), Ok(()));
        assert_eq!(rates.take("a", at(10)), Ok(()));
        assert_eq!(rates.take("a", at(10)), Err(Duration::from_secs(1)));
        assert_eq!(rates.take("c", at(100)), Ok(()));
        assert_eq!(rates.0.written.len(), 1, "others are forgotten");
    }
}

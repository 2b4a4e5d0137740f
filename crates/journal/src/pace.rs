use std::collections::BTreeMap;

/// Beyond so many other hosts, those that come later are held back as one.
const HOSTS_MAX: usize = 4_096;

/// At most one message of each host in an interval, always its newest.
///
/// All hosts have the same beat: what is held back goes together and in order, since a viewer takes a message
/// that comes after a later one of its stream for a duplicate.
///
/// Times are milliseconds of any clock that only goes forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pace {
    interval_ms: u64,
    due_ms: u64,
    /// When a message last went, 0 for never.
    sent_ms: u64,
    /// The newest message of the own host that was held back, 0 for none.
    held_own: u64,
    /// The same of each other host that has one.
    held: BTreeMap<Box<str>, u64>,
    /// What is held up to here goes with the last beat: not all of it may have been written yet.
    beat_until: u64,
}

impl Pace {
    /// The first message goes at once.
    pub(crate) fn new(interval_ms: u64) -> Self {
        Self {
            interval_ms,
            due_ms: 0,
            sent_ms: 0,
            held_own: 0,
            held: BTreeMap::new(),
            beat_until: 0,
        }
    }

    /// The same with another interval; what is held back stays held. With 0 it goes at once, and
    /// then the pace is over.
    pub(crate) fn with_interval(self, interval_ms: u64) -> Self {
        let due_ms = if self.sent_ms == 0 {
            0
        } else {
            self.sent_ms + interval_ms
        };
        Self {
            interval_ms,
            due_ms,
            ..self
        }
    }

    /// Whether messages are held back no more.
    pub(crate) fn is_over(&self) -> bool {
        self.interval_ms == 0
    }

    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms <= now_ms
    }

    /// Holds back a message in place of the one before it of its host.
    pub(crate) fn hold(&mut self, other_host: Option<&str>, seq: u64) {
        let Some(host) = other_host else {
            self.held_own = seq;
            return;
        };
        if let Some(held) = self.held.get_mut(host) {
            *held = seq;
        } else if self.held.len() < HOSTS_MAX {
            self.held.insert(host.into(), seq);
        } else {
            self.held.insert("".into(), seq);
        }
    }

    fn all_held(&self) -> impl Iterator<Item = u64> {
        let own = (self.held_own != 0).then_some(self.held_own);
        own.into_iter().chain(self.held.values().copied())
    }

    /// The messages that are held back and may now go, in no order.
    pub(crate) fn due(&self, now_ms: u64) -> impl Iterator<Item = u64> {
        let is_due = self.is_due(now_ms);
        let may_go = move |seq: &u64| is_due || *seq <= self.beat_until;
        self.all_held().filter(may_go)
    }

    /// When a message that is held back may go.
    pub(crate) fn due_at(&self) -> Option<u64> {
        let is_late = self.all_held().any(|seq| seq <= self.beat_until);
        let at_ms = if is_late { self.sent_ms } else { self.due_ms };
        self.all_held().next().map(|_| at_ms)
    }

    /// The beat is kept as long as messages come in time, so that a sampler's jitter does not push
    /// it back a little each time.
    pub(crate) fn sent(&mut self, seq: u64, now_ms: u64) {
        if seq > self.beat_until {
            self.sent_ms = now_ms;
            let next = self.due_ms + self.interval_ms;
            let in_time = self.due_ms != 0 && next > now_ms;
            self.due_ms = if in_time {
                next
            } else {
                now_ms + self.interval_ms
            };
            self.beat_until = self.all_held().max().unwrap_or(0).max(seq);
        }
        self.forget_up_to(seq);
    }

    /// These messages have left the log, and newer ones will come; or a later one went, and they would come
    /// out of order.
    pub(crate) fn forget_up_to(&mut self, seq: u64) {
        if self.held_own <= seq {
            self.held_own = 0;
        }
        self.held.retain(|_, held| *held > seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(pace: &Pace, now_ms: u64) -> Vec<u64> {
        let mut due: Vec<_> = pace.due(now_ms).collect();
        due.sort_unstable();
        due
    }

    #[test]
    fn one_an_interval_and_the_beat_is_kept() {
        let mut pace = Pace::new(1000);
        assert!(pace.is_due(5000));
        pace.sent(6, 5000);
        pace.hold(None, 7);
        pace.hold(None, 8);
        assert_eq!((due(&pace, 5999), pace.due_at()), (vec![], Some(6000)));
        assert_eq!(due(&pace, 6003), [8]);
        pace.sent(8, 6003);
        assert_eq!((due(&pace, 9000), pace.due_at()), (vec![], None));
        pace.hold(None, 9);
        assert_eq!(pace.due_at(), Some(7000), "not 7003");
    }

    #[test]
    fn each_hosts_newest_goes_with_the_beat() {
        let mut pace = Pace::new(1000);
        pace.sent(1, 5000);
        pace.hold(Some("b"), 2);
        pace.hold(None, 3);
        pace.hold(Some("c"), 4);
        pace.hold(Some("b"), 5);
        assert_eq!(due(&pace, 5999), [0_u64; 0]);
        assert_eq!(due(&pace, 6000), [3, 4, 5]);
        pace.sent(3, 6000);
        // The socket took no more than that. What came meanwhile waits for the next beat.
        pace.hold(None, 6);
        assert_eq!((due(&pace, 6001), pace.due_at()), (vec![4, 5], Some(6000)));
        pace.sent(4, 6001);
        pace.sent(5, 6002);
        assert_eq!((due(&pace, 6999), pace.due_at()), (vec![], Some(7000)));
        assert_eq!(due(&pace, 7000), [6]);
    }
}

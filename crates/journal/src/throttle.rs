use crate::chain::{ByChain, Chain};

/// More chains than this share one entry.
const CHAINS_MAX: usize = 4_096;

/// Lets through at most one message of each chain per interval, always its newest.
///
/// Held messages of all chains are released together and in order, since a viewer takes a message
/// that arrives after a later one of its stream for a duplicate.
///
/// Times are milliseconds of any monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Throttle {
    interval_ms: u64,
    due_ms: u64,
    /// When a message was last sent, 0 for never.
    sent_ms: u64,
    /// The newest held message of each chain that has one; 0 for none.
    held: ByChain<u64>,
    /// Held messages up to here were released with the last message sent, but may not be written yet.
    batch_until: u64,
}

impl Throttle {
    /// The first message is sent at once.
    pub(crate) fn new(interval_ms: u64) -> Self {
        Self {
            interval_ms,
            due_ms: 0,
            sent_ms: 0,
            held: ByChain::default(),
            batch_until: 0,
        }
    }

    /// The same with another interval; held messages stay held. With 0 they are due at once, and the
    /// throttle is off.
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

    /// Whether new messages are no longer held back.
    pub(crate) fn is_off(&self) -> bool {
        self.interval_ms == 0
    }

    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms <= now_ms
    }

    /// Holds a message back; it replaces the held one of the same chain.
    pub(crate) fn hold(&mut self, chain: Chain<'_>, seq: u64) {
        if let Some(held) = self.held.get_mut(chain) {
            *held = seq;
        } else if self.held.others_len() < CHAINS_MAX {
            self.held.insert(chain, seq);
        } else {
            self.held.insert(Chain::Host(""), seq);
        }
    }

    fn all_held(&self) -> impl Iterator<Item = u64> {
        self.held.values().copied().filter(|seq| *seq != 0)
    }

    /// The held messages that may be sent now, in no order.
    pub(crate) fn due(&self, now_ms: u64) -> impl Iterator<Item = u64> {
        let is_due = self.is_due(now_ms);
        let may_go = move |seq: &u64| is_due || *seq <= self.batch_until;
        self.all_held().filter(may_go)
    }

    /// When the next held message may be sent.
    pub(crate) fn due_at(&self) -> Option<u64> {
        let is_late = self.all_held().any(|seq| seq <= self.batch_until);
        let at_ms = if is_late { self.sent_ms } else { self.due_ms };
        self.all_held().next().map(|_| at_ms)
    }

    /// Due times stay at multiples of the interval as long as messages arrive in time, so that a
    /// sampler's jitter does not accumulate.
    pub(crate) fn sent(&mut self, seq: u64, now_ms: u64) {
        if seq > self.batch_until {
            self.sent_ms = now_ms;
            let next = self.due_ms + self.interval_ms;
            let in_time = self.due_ms != 0 && next > now_ms;
            self.due_ms = if in_time {
                next
            } else {
                now_ms + self.interval_ms
            };
            self.batch_until = self.all_held().max().unwrap_or(0).max(seq);
        }
        self.release_up_to(seq);
    }

    /// Drops held messages that have left the log, or that would be out of order after a later one.
    pub(crate) fn release_up_to(&mut self, seq: u64) {
        let own = self.held.own_mut();
        if *own <= seq {
            *own = 0;
        }
        self.held.retain(|_, held| *held > seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(throttle: &Throttle, now_ms: u64) -> Vec<u64> {
        let mut due: Vec<_> = throttle.due(now_ms).collect();
        due.sort_unstable();
        due
    }

    #[test]
    fn one_message_per_interval_without_drift() {
        let mut throttle = Throttle::new(1000);
        assert!(throttle.is_due(5000));
        throttle.sent(6, 5000);
        throttle.hold(Chain::Own, 7);
        throttle.hold(Chain::Own, 8);
        assert_eq!(
            (due(&throttle, 5999), throttle.due_at()),
            (vec![], Some(6000))
        );
        assert_eq!(due(&throttle, 6003), [8]);
        throttle.sent(8, 6003);
        assert_eq!((due(&throttle, 9000), throttle.due_at()), (vec![], None));
        throttle.hold(Chain::Own, 9);
        assert_eq!(throttle.due_at(), Some(7000), "not 7003");
    }

    #[test]
    fn each_hosts_newest_is_released_together() {
        let mut throttle = Throttle::new(1000);
        throttle.sent(1, 5000);
        throttle.hold(Chain::Host("b"), 2);
        throttle.hold(Chain::Own, 3);
        throttle.hold(Chain::Host("c"), 4);
        throttle.hold(Chain::Host("b"), 5);
        assert_eq!(due(&throttle, 5999), [0_u64; 0]);
        assert_eq!(due(&throttle, 6000), [3, 4, 5]);
        throttle.sent(3, 6000);
        // The socket took no more than that. A new message waits for the next interval.
        throttle.hold(Chain::Own, 6);
        assert_eq!(
            (due(&throttle, 6001), throttle.due_at()),
            (vec![4, 5], Some(6000))
        );
        throttle.sent(4, 6001);
        throttle.sent(5, 6002);
        assert_eq!(
            (due(&throttle, 6999), throttle.due_at()),
            (vec![], Some(7000))
        );
        assert_eq!(due(&throttle, 7000), [6]);
    }
}

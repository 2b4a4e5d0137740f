/// At most one message an interval, always the newest.
///
/// Times are milliseconds of any clock that only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    interval_ms: u64,
    due_ms: u64,
    /// When a message last went, 0 for never.
    sent_ms: u64,
    /// The newest message that was held back, 0 for none.
    held: u64,
}

impl Pace {
    /// The first message goes at once.
    pub(crate) fn new(interval_ms: u64) -> Self {
        Self {
            interval_ms,
            due_ms: 0,
            sent_ms: 0,
            held: 0,
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

    pub(crate) fn hold(&mut self, seq: u64) {
        self.held = seq;
    }

    /// The message that is held back and may now go.
    pub(crate) fn due(&self, now_ms: u64) -> Option<u64> {
        (self.held != 0 && self.is_due(now_ms)).then_some(self.held)
    }

    /// When the message that is held back may go.
    pub(crate) fn due_at(&self) -> Option<u64> {
        (self.held != 0).then_some(self.due_ms)
    }

    /// The beat is kept as long as messages come in time, so that a sampler's jitter does not push
    /// it back a little each time.
    pub(crate) fn sent(&mut self, now_ms: u64) {
        self.sent_ms = now_ms;
        let next = self.due_ms + self.interval_ms;
        let in_time = self.due_ms != 0 && next > now_ms;
        self.due_ms = if in_time {
            next
        } else {
            now_ms + self.interval_ms
        };
        self.held = 0;
    }

    /// The held message has left the log, and a newer one will come.
    pub(crate) fn forget(&mut self) {
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_an_interval_and_the_beat_is_kept() {
        let mut pace = Pace::new(1000);
        assert!(pace.is_due(5000));
        pace.sent(5000);
        pace.hold(7);
        pace.hold(8);
        assert_eq!((pace.due(5999), pace.due_at()), (None, Some(6000)));
        assert_eq!(pace.due(6003), Some(8));
        pace.sent(6003);
        assert_eq!((pace.due(9000), pace.due_at()), (None, None));
        pace.hold(9);
        assert_eq!(pace.due_at(), Some(7000), "not 7003");
    }
}

use protocol::Position;

/// What `prev` of one stream's next message may be.
///
/// A stream's messages are chained: each names its predecessor's `seq` in `prev`. What is known about the
/// predecessor narrows the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    /// Messages up to here were seen, or named as lost.
    seen: u64,
    prev_min: u64,
    prev_max: u64,
}

/// How a message relates to its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionStatus {
    Next,
    Duplicate,
    Broken,
}

impl Chain {
    /// Nothing is known: any message may be the first.
    pub(super) const UNKNOWN: Self = Self {
        seen: 0,
        prev_min: 0,
        prev_max: u64::MAX,
    };

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes all up to a message as seen: the page came with it, and left out some before it.
    pub(super) fn saw(&mut self, seq: u64) {
        if seq > self.seen {
            *self = Self {
                seen: seq,
                prev_min: seq,
                prev_max: seq,
            };
        }
    }

    /// Classifies a message, and follows it unless the chain is broken.
    pub(super) fn follow(&mut self, position: Position) -> ConnectionStatus {
        let Position { seq, prev, .. } = position;
        if seq <= self.seen {
            return ConnectionStatus::Duplicate;
        }
        if prev < self.prev_min || prev > self.prev_max {
            return ConnectionStatus::Broken;
        }
        self.saw(seq);
        ConnectionStatus::Next
    }

    /// Skips to `before`: a gap says that everything below is lost to this viewer.
    pub(super) fn skip_to(&mut self, before: u64) {
        let lost = before.saturating_sub(1);
        *self = Self {
            seen: self.seen.max(lost),
            prev_min: 0,
            prev_max: lost.max(self.prev_max),
        };
    }

    /// Everything after `position` follows: of a stream never seen, the predecessor is not beyond.
    pub(super) fn resume(&mut self, position: u64) {
        if self.seen == 0 {
            self.prev_max = position;
        }
    }

    /// Forgets the predecessor but not what was seen: the subscription starts afresh.
    pub(super) fn restart(&mut self) {
        self.prev_min = 0;
        self.prev_max = u64::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Stream;

    fn at(seq: u64, prev: u64) -> Position {
        Position {
            seq,
            prev,
            stream: Stream::Metrics,
        }
    }

    #[test]
    fn each_message_names_its_predecessor() {
        let mut chain = Chain::UNKNOWN;
        assert_eq!(chain.follow(at(7, 5)), ConnectionStatus::Next);
        assert_eq!(chain.follow(at(9, 7)), ConnectionStatus::Next);
        assert_eq!(chain.follow(at(9, 7)), ConnectionStatus::Duplicate);
        assert_eq!(chain.follow(at(8, 7)), ConnectionStatus::Duplicate);
        assert_eq!(chain.follow(at(12, 11)), ConnectionStatus::Broken);
        assert_eq!(chain.follow(at(11, 9)), ConnectionStatus::Next);
    }

    #[test]
    fn what_the_page_leaves_out_is_not_missing() {
        let mut chain = Chain::UNKNOWN;
        for seq in [3, 9, 20] {
            chain.saw(seq);
        }
        assert_eq!(chain.follow(at(20, 19)), ConnectionStatus::Duplicate);
        assert_eq!(chain.follow(at(21, 20)), ConnectionStatus::Next);
    }

    #[test]
    fn a_named_gap_is_no_break() {
        let mut chain = Chain::UNKNOWN;
        chain.follow(at(7, 5));
        chain.skip_to(20);
        assert_eq!(chain.follow(at(19, 7)), ConnectionStatus::Duplicate);
        assert_eq!(chain.follow(at(20, 19)), ConnectionStatus::Next);
        assert_eq!(chain.follow(at(25, 21)), ConnectionStatus::Broken);
    }

    #[test]
    fn a_gap_that_ends_at_the_head_is_followed_by_whatever_comes_next() {
        let mut chain = Chain::UNKNOWN;
        chain.follow(at(7, 5));
        chain.skip_to(20);
        assert_eq!(chain.follow(at(31, 15)), ConnectionStatus::Next);
    }

    #[test]
    fn the_first_message_of_a_resumed_stream_must_not_skip_any() {
        let mut chain = Chain::UNKNOWN;
        chain.resume(10);
        assert_eq!(chain.follow(at(15, 12)), ConnectionStatus::Broken);
        assert_eq!(chain.follow(at(12, 3)), ConnectionStatus::Next);
    }

    #[test]
    fn a_restart_still_ignores_duplicates() {
        let mut chain = Chain::UNKNOWN;
        chain.follow(at(7, 5));
        chain.restart();
        assert_eq!(chain.follow(at(6, 5)), ConnectionStatus::Duplicate);
        assert_eq!(chain.follow(at(12, 11)), ConnectionStatus::Next);
    }
}

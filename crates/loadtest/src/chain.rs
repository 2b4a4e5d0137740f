use protocol::{Gap, GapReason, Position, Stream};

/// A viewer's chain records at most this many; more would add nothing to a report.
const MISSING_RANGES_MAX: usize = 1_000;

/// One viewer's position in the log; detects lost, duplicated and reordered messages.
///
/// A message's `prev` names the message before it in its stream. As long as each `prev` is the last
/// `seq` seen in that stream, nothing is missing, wherever the connection broke in between.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// The highest `seq` seen or skipped: the position to resume from.
    position: u64,
    next: [Next; Stream::COUNT],
    missing: Vec<MissingRange>,
}

/// What is known of a stream's next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Any message may be the first.
    Any,
    /// None arrived yet: the next message's `prev` is at most this.
    After(u64),
    /// Its `prev` is this.
    Exactly(u64),
    /// The epoch changed, so the server must report a gap first.
    GapExpected,
}

/// Messages of one stream that did not arrive; both bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingRange {
    pub(crate) stream: Stream,
    pub(crate) after: u64,
    pub(crate) before: u64,
    /// The reason, if the server reported a gap.
    pub(crate) reported: Option<GapReason>,
    /// At least so many are missing, even if no other viewer saw them.
    pub(crate) at_least: u64,
}

/// What a message does to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    New,
    /// It is new, but a message before it is missing.
    Lost,
    /// It arrived before.
    Duplicate,
    /// It fills an earlier missing range.
    Reordered,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self {
            position: 0,
            next: [Next::Any; Stream::COUNT],
            missing: Vec::new(),
        }
    }

    /// The highest `seq` seen; 0 if none.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn missing(&self) -> &[MissingRange] {
        &self.missing
    }

    /// The `seq` up to which a stream is accounted for; none if it never began.
    pub(crate) fn reached(&self, stream: Stream) -> Option<u64> {
        match self.next[stream.index()] {
            Next::After(seq) | Next::Exactly(seq) => Some(seq),
            Next::Any | Next::GapExpected => None,
        }
    }

    /// Handles `subscribed` for a first subscription: every message after `head` will arrive, and
    /// before it only the requested backlog.
    pub(crate) fn subscribed(&mut self, head: u64, backlog: bool) {
        for next in &mut self.next {
            if *next == Next::Any {
                *next = Next::After(head);
            }
        }
        if !backlog {
            self.position = self.position.max(head);
        }
    }

    /// The server's journal has a new epoch: numbering starts again.
    pub(crate) fn new_epoch(&mut self) {
        self.position = 0;
        for next in &mut self.next {
            if *next != Next::Any {
                *next = Next::GapExpected;
            }
        }
    }

    /// The server reported a gap.
    pub(crate) fn gap(&mut self, gap: &Gap) {
        let reached = self.reached(gap.stream);
        if let (Some(reached), Some(after)) = (reached, gap.after) {
            // Messages between the last one and the reported gap are lost.
            if after > reached {
                self.add_missing(gap.stream, reached, after + 1, None, 0);
            }
        }
        let after = gap.after.or(reached).unwrap_or(0);
        self.add_missing(gap.stream, after, gap.before, Some(gap.reason), 0);
        self.next[gap.stream.index()] = Next::After(gap.before.saturating_sub(1));
    }

    /// Checks a durable message.
    pub(crate) fn message(&mut self, position: Position) -> Verdict {
        let Position { seq, prev, stream } = position;
        if seq <= self.position {
            return self.on_old_message(seq, stream);
        }
        self.position = seq;
        let next = std::mem::replace(&mut self.next[stream.index()], Next::Exactly(seq));
        let reached = match next {
            Next::Any => return Verdict::New,
            Next::After(reached) if seq <= reached || prev <= reached => return Verdict::New,
            Next::Exactly(last) if prev == last => return Verdict::New,
            Next::After(reached) | Next::Exactly(reached) => reached,
            Next::GapExpected => 0,
        };
        self.add_missing(stream, reached, seq, None, 1);
        Verdict::Lost
    }

    /// Checks only the order: with an interval the server skips messages on purpose.
    pub(crate) fn unchained_message(&mut self, position: Position) -> Verdict {
        if position.seq <= self.position {
            return Verdict::Duplicate;
        }
        self.position = position.seq;
        Verdict::New
    }

    fn on_old_message(&mut self, seq: u64, stream: Stream) -> Verdict {
        let range = self.missing.iter_mut().find(|range| {
            range.reported.is_none()
                && range.stream == stream
                && range.after < seq
                && seq < range.before
        });
        match range {
            Some(range) => {
                let rest = MissingRange {
                    after: seq,
                    at_least: 0,
                    ..*range
                };
                range.before = seq;
                range.at_least = 0;
                self.missing.push(rest);
                Verdict::Reordered
            }
            None => Verdict::Duplicate,
        }
    }

    fn add_missing(
        &mut self,
        stream: Stream,
        after: u64,
        before: u64,
        reported: Option<GapReason>,
        at_least: u64,
    ) {
        if self.missing.len() < MISSING_RANGES_MAX {
            self.missing.push(MissingRange {
                stream,
                after,
                before,
                reported,
                at_least,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(chain: &mut Chain, seq: u64, prev: u64) -> Verdict {
        let stream = Stream::Data;
        chain.message(Position { seq, prev, stream })
    }

    fn event(chain: &mut Chain, seq: u64, prev: u64) -> Verdict {
        let stream = Stream::Events;
        chain.message(Position { seq, prev, stream })
    }

    fn gap(after: impl Into<Option<u64>>, before: u64) -> Gap {
        Gap {
            channel: None,
            stream: Stream::Data,
            after: after.into(),
            before,
            reason: GapReason::Slow,
        }
    }

    #[test]
    fn each_stream_has_its_own_chain() {
        let mut chain = Chain::new();
        chain.subscribed(10, false);
        assert_eq!(data(&mut chain, 11, 8), Verdict::New);
        assert_eq!(event(&mut chain, 12, 10), Verdict::New);
        assert_eq!(data(&mut chain, 14, 11), Verdict::New);
        assert_eq!(event(&mut chain, 15, 12), Verdict::New);
        assert_eq!(chain.position(), 15);
        assert_eq!(chain.missing(), []);
    }

    #[test]
    fn a_loss_breaks_the_chain() {
        let mut chain = Chain::new();
        chain.subscribed(10, false);
        data(&mut chain, 11, 10);
        assert_eq!(data(&mut chain, 13, 12), Verdict::Lost);
        assert_eq!(data(&mut chain, 14, 13), Verdict::New);
        let [range] = chain.missing() else { panic!() };
        assert_eq!((range.after, range.before, range.at_least), (11, 13, 1));
    }

    #[test]
    fn a_loss_right_after_subscribing_is_seen() {
        let mut chain = Chain::new();
        chain.subscribed(10, false);
        assert_eq!(data(&mut chain, 12, 11), Verdict::Lost);
    }

    #[test]
    fn a_backlog_may_begin_anywhere() {
        let mut chain = Chain::new();
        chain.subscribed(10, true);
        assert_eq!(data(&mut chain, 6, 5), Verdict::New);
        assert_eq!(data(&mut chain, 9, 6), Verdict::New);
        assert_eq!(data(&mut chain, 11, 9), Verdict::New);
    }

    #[test]
    fn a_repeated_message_is_a_duplicate() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        data(&mut chain, 2, 1);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Duplicate);
        assert_eq!(data(&mut chain, 1, 0), Verdict::Duplicate);
        assert_eq!(data(&mut chain, 3, 2), Verdict::New);
    }

    #[test]
    fn a_message_that_fills_a_missing_range_is_reordered() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        assert_eq!(data(&mut chain, 3, 2), Verdict::Lost);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Reordered);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Duplicate);
        assert!(chain.missing().iter().all(|range| range.at_least == 0));
    }

    #[test]
    fn a_reported_gap_is_no_loss() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        chain.gap(&gap(1, 10));
        assert_eq!(data(&mut chain, 10, 9), Verdict::New);
        assert!(chain.missing().iter().all(|range| range.reported.is_some()));
    }

    #[test]
    fn a_gap_excuses_only_its_own_range() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        chain.gap(&gap(5, 10));
        assert_eq!(data(&mut chain, 12, 11), Verdict::Lost);
        let unreported: Vec<_> = chain
            .missing()
            .iter()
            .filter(|range| range.reported.is_none())
            .map(|range| (range.after, range.before))
            .collect();
        assert_eq!(unreported, [(1, 6), (9, 12)]);
    }

    #[test]
    fn a_new_epoch_needs_a_gap() {
        let mut chain = Chain::new();
        data(&mut chain, 100, 99);
        chain.new_epoch();
        let mut reported = chain.clone();
        reported.gap(&gap(None, 3));
        assert_eq!(data(&mut reported, 3, 2), Verdict::New);
        assert_eq!(data(&mut chain, 3, 2), Verdict::Lost);
    }

    #[test]
    fn an_interval_skips_but_keeps_the_order() {
        let mut chain = Chain::new();
        let mut message = |seq| {
            chain.unchained_message(Position {
                seq,
                prev: 0,
                stream: Stream::Data,
            })
        };
        assert_eq!(message(4), Verdict::New);
        assert_eq!(message(9), Verdict::New);
        assert_eq!(message(8), Verdict::Duplicate);
    }
}

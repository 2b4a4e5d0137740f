use protocol::{Gap, GapReason, Position, Stream};

/// Beyond this many holes a viewer's chain is so broken that more tell nothing.
const HOLES_MAX: usize = 1_000;

/// One viewer's place in the log, which tells whether anything was lost, doubled or reordered.
///
/// A message's `prev` names the message before it in its stream. As long as each `prev` is the last
/// `seq` seen in that stream, nothing is missing, wherever the connection broke in between.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// The highest `seq` seen or known to be behind us: what to resume after.
    position: u64,
    next: [Next; Stream::COUNT],
    holes: Vec<Hole>,
}

/// What is known of a stream's next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing: any message may be the first.
    Any,
    /// Nothing came yet: beyond this position the next message's `prev` does not lie.
    After(u64),
    /// Its `prev` is this.
    Exactly(u64),
    /// The epoch changed, so a gap has to be named first.
    GapOwed,
}

/// Messages of one stream that did not come; both bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) stream: Stream,
    pub(crate) after: u64,
    pub(crate) before: u64,
    /// Why, if the server said so.
    pub(crate) named: Option<GapReason>,
    /// At least so many are missing, even if no other viewer saw them.
    pub(crate) at_least: u64,
}

/// What a message does to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    New,
    /// It is new, but something before it never came.
    Lost,
    /// It came before.
    Duplicate,
    /// It belongs into an earlier hole.
    Reordered,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self {
            position: 0,
            next: [Next::Any; Stream::COUNT],
            holes: Vec::new(),
        }
    }

    /// The highest `seq` seen; 0 if none.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// Up to where a stream is accounted for; nothing if it never began.
    pub(crate) fn reached(&self, stream: Stream) -> Option<u64> {
        match self.next[stream.index()] {
            Next::After(seq) | Next::Exactly(seq) => Some(seq),
            Next::Any | Next::GapOwed => None,
        }
    }

    /// A first subscription was answered: everything beyond `head` will come, and before it only
    /// what was asked for.
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

    /// The server counts from another beginning.
    pub(crate) fn new_epoch(&mut self) {
        self.position = 0;
        for next in &mut self.next {
            if *next != Next::Any {
                *next = Next::GapOwed;
            }
        }
    }

    /// The server owns up to a loss.
    pub(crate) fn gap(&mut self, gap: &Gap) {
        let reached = self.reached(gap.stream);
        if let (Some(reached), Some(after)) = (reached, gap.after) {
            // What lies between our last message and the named gap is not excused by it.
            if after > reached {
                self.hole(gap.stream, reached, after + 1, None, 0);
            }
        }
        let after = gap.after.or(reached).unwrap_or(0);
        self.hole(gap.stream, after, gap.before, Some(gap.reason), 0);
        self.next[gap.stream.index()] = Next::After(gap.before.saturating_sub(1));
    }

    /// A durable message came.
    pub(crate) fn message(&mut self, position: Position) -> Verdict {
        let Position { seq, prev, stream } = position;
        if seq <= self.position {
            return self.late(seq, stream);
        }
        self.position = seq;
        let next = std::mem::replace(&mut self.next[stream.index()], Next::Exactly(seq));
        let reached = match next {
            Next::Any => return Verdict::New,
            Next::After(reached) if seq <= reached || prev <= reached => return Verdict::New,
            Next::Exactly(last) if prev == last => return Verdict::New,
            Next::After(reached) | Next::Exactly(reached) => reached,
            Next::GapOwed => 0,
        };
        self.hole(stream, reached, seq, None, 1);
        Verdict::Lost
    }

    /// With an interval the server skips on purpose, so only the order is checked.
    pub(crate) fn unchained_message(&mut self, position: Position) -> Verdict {
        if position.seq <= self.position {
            return Verdict::Duplicate;
        }
        self.position = position.seq;
        Verdict::New
    }

    fn late(&mut self, seq: u64, stream: Stream) -> Verdict {
        let hole = self.holes.iter_mut().find(|hole| {
            hole.named.is_none() && hole.stream == stream && hole.after < seq && seq < hole.before
        });
        match hole {
            Some(hole) => {
                let rest = Hole {
                    after: seq,
                    at_least: 0,
                    ..*hole
                };
                hole.before = seq;
                hole.at_least = 0;
                self.holes.push(rest);
                Verdict::Reordered
            }
            None => Verdict::Duplicate,
        }
    }

    fn hole(
        &mut self,
        stream: Stream,
        after: u64,
        before: u64,
        named: Option<GapReason>,
        at_least: u64,
    ) {
        if self.holes.len() < HOLES_MAX {
            self.holes.push(Hole {
                stream,
                after,
                before,
                named,
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
            stream: Stream::Data,
            after: after.into(),
            before,
            reason: GapReason::Slow,
        }
    }

    #[test]
    fn streams_have_chains_of_their_own() {
        let mut chain = Chain::new();
        chain.subscribed(10, false);
        assert_eq!(data(&mut chain, 11, 8), Verdict::New);
        assert_eq!(event(&mut chain, 12, 10), Verdict::New);
        assert_eq!(data(&mut chain, 14, 11), Verdict::New);
        assert_eq!(event(&mut chain, 15, 12), Verdict::New);
        assert_eq!(chain.position(), 15);
        assert_eq!(chain.holes(), []);
    }

    #[test]
    fn a_loss_breaks_the_chain() {
        let mut chain = Chain::new();
        chain.subscribed(10, false);
        data(&mut chain, 11, 10);
        assert_eq!(data(&mut chain, 13, 12), Verdict::Lost);
        assert_eq!(data(&mut chain, 14, 13), Verdict::New);
        let [hole] = chain.holes() else { panic!() };
        assert_eq!((hole.after, hole.before, hole.at_least), (11, 13, 1));
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
    fn what_came_before_is_a_duplicate() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        data(&mut chain, 2, 1);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Duplicate);
        assert_eq!(data(&mut chain, 1, 0), Verdict::Duplicate);
        assert_eq!(data(&mut chain, 3, 2), Verdict::New);
    }

    #[test]
    fn what_fills_a_hole_is_reordered() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        assert_eq!(data(&mut chain, 3, 2), Verdict::Lost);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Reordered);
        assert_eq!(data(&mut chain, 2, 1), Verdict::Duplicate);
        assert!(chain.holes().iter().all(|hole| hole.at_least == 0));
    }

    #[test]
    fn a_named_gap_is_no_loss() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        chain.gap(&gap(1, 10));
        assert_eq!(data(&mut chain, 10, 9), Verdict::New);
        assert!(chain.holes().iter().all(|hole| hole.named.is_some()));
    }

    #[test]
    fn a_gap_excuses_only_what_it_names() {
        let mut chain = Chain::new();
        data(&mut chain, 1, 0);
        chain.gap(&gap(5, 10));
        assert_eq!(data(&mut chain, 12, 11), Verdict::Lost);
        let unnamed: Vec<_> = chain
            .holes()
            .iter()
            .filter(|hole| hole.named.is_none())
            .map(|hole| (hole.after, hole.before))
            .collect();
        assert_eq!(unnamed, [(1, 6), (9, 12)]);
    }

    #[test]
    fn a_new_epoch_has_to_be_named() {
        let mut chain = Chain::new();
        data(&mut chain, 100, 99);
        chain.new_epoch();
        let mut named = chain.clone();
        named.gap(&gap(None, 3));
        assert_eq!(data(&mut named, 3, 2), Verdict::New);
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

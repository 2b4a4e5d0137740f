use protocol::{Gap, Position, Stream};

/// Verifies that each message of a stream arrives once, or lies within a gap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain {
    last: [Option<u64>; Stream::COUNT],
    gaps: [Option<Gap>; Stream::COUNT],
    /// The streams of which not every message is received.
    skips: [bool; Stream::COUNT],
}

impl Chain {
    /// The newest `seq` of all.
    pub(crate) fn newest(&self) -> u64 {
        self.last.iter().flatten().copied().max().unwrap_or(0)
    }

    /// The stream is filtered, throttled, or was unsubscribed: only its order is verified.
    pub(crate) fn expect_skips(&mut self, stream: Stream) {
        self.skips[stream.index()] = true;
    }

    #[track_caller]
    pub(crate) fn add_gap(&mut self, gap: &Gap) {
        let last = self.last[gap.stream.index()];
        assert!(
            last.is_none_or(|last| last < gap.before),
            "{last:?} {gap:?}"
        );
        self.gaps[gap.stream.index()] = Some(gap.clone());
    }

    #[track_caller]
    pub(crate) fn take(&mut self, position: Position) {
        let Position { seq, prev, stream } = position;
        let stream = stream.index();
        let gap = self.gaps[stream].take();
        if let Some(last) = self.last[stream].replace(seq) {
            assert!(last < seq, "{position:?} came after {last}");
            let is_gap = gap.as_ref().is_some_and(|gap| gap.before == seq);
            assert!(
                prev == last || is_gap || self.skips[stream],
                "{position:?} came after {last}; {gap:?}"
            );
        }
    }
}

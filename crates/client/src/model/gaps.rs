use protocol::{Stream, Timestamp};

/// Messages of a stream that never arrived, between two numbers of which neither is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missed {
    pub(crate) stream: Stream,
    pub(crate) after: u64,
    pub(crate) before: u64,
}

/// Follows each stream's time, so that what was missed has a beginning and an end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gaps {
    received: [Option<Timestamp>; Stream::COUNT],
    open: [Option<Missed>; Stream::COUNT],
}

/// Messages of one stream that never arrived, and between which times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissedSpan {
    pub(crate) stream: Stream,
    /// The message before them; absent if there was none.
    pub(crate) from: Option<Timestamp>,
    /// The message after them.
    pub(crate) until: Timestamp,
    /// There was at least one. Numbers are shared by all streams, so how many exactly is only
    /// known if this is 1.
    pub(crate) at_most: u64,
}

impl Gaps {
    pub(crate) fn open(&mut self, missed: Missed) {
        let open = &mut self.open[missed.stream.index()];
        // Two in a row, with nothing between them, are one.
        let after = open.map_or(missed.after, |known| known.after);
        *open = Some(Missed { after, ..missed });
    }

    /// Takes in a message; returns what was missed right before it.
    pub(crate) fn receive(&mut self, stream: Stream, at: Timestamp) -> Option<MissedSpan> {
        let from = self.received[stream.index()].replace(at);
        let missed = self.open[stream.index()].take()?;
        Some(MissedSpan {
            stream,
            from,
            until: at,
            at_most: missed.before.saturating_sub(missed.after + 1).max(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_ms(second * 1_000)
    }

    fn missed(after: u64, before: u64) -> Missed {
        Missed {
            stream: Stream::Metrics,
            after,
            before,
        }
    }

    #[test]
    fn lies_between_the_messages_around_it() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.receive(Stream::Metrics, at(10)), None);
        gaps.open(missed(5, 20));
        gaps.open(missed(20, 48));
        assert_eq!(gaps.receive(Stream::Events, at(15)), None);
        let span = MissedSpan {
            stream: Stream::Metrics,
            from: Some(at(10)),
            until: at(70),
            at_most: 42,
        };
        assert_eq!(gaps.receive(Stream::Metrics, at(70)), Some(span));
        assert_eq!(gaps.receive(Stream::Metrics, at(71)), None);
    }

    #[test]
    fn numbers_that_make_no_sense_do_no_harm() {
        let mut gaps = Gaps::default();
        gaps.open(missed(9, 3));
        let span = gaps.receive(Stream::Metrics, at(1)).unwrap();
        assert_eq!((span.from, span.at_most), (None, 1));
    }
}

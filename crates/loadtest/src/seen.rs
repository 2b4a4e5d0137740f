use crate::chain::MissingRange;
use crate::message_cache::Epoch;
use protocol::{Position, Stream};
use std::collections::HashMap;

/// Every `seq` that any viewer saw in one epoch: the messages each viewer should have seen.
#[derive(Debug, Default)]
pub(crate) struct SeenMessages {
    seqs: [Vec<u64>; Stream::COUNT],
}

/// Each stream's newest `seq`; 0 if there is none.
pub(crate) type StreamHeads = [u64; Stream::COUNT];

/// The same for each epoch.
pub(crate) type EpochHeads = HashMap<Option<Epoch>, StreamHeads>;

impl SeenMessages {
    /// Adds a message; returns whether it is new.
    pub(crate) fn insert(&mut self, position: Position) -> bool {
        let seqs = &mut self.seqs[position.stream.index()];
        match seqs.last() {
            Some(last) if *last == position.seq => return false,
            Some(last) if *last > position.seq => {}
            _ => {
                seqs.push(position.seq);
                return true;
            }
        }
        // A backlog may contain messages older than any seen so far.
        match seqs.binary_search(&position.seq) {
            Ok(_) => false,
            Err(place) => {
                seqs.insert(place, position.seq);
                true
            }
        }
    }

    pub(crate) fn heads(&self) -> StreamHeads {
        std::array::from_fn(|stream| self.seqs[stream].last().copied().unwrap_or(0))
    }

    /// How many messages of a stream lie between two exclusive bounds.
    pub(crate) fn between(&self, stream: Stream, after: u64, before: u64) -> u64 {
        let seqs = &self.seqs[stream.index()];
        let start = seqs.partition_point(|seq| *seq <= after);
        let end = seqs.partition_point(|seq| *seq < before);
        end.saturating_sub(start) as u64
    }

    /// How many messages are missing in a range.
    pub(crate) fn missing_in(&self, range: &MissingRange) -> u64 {
        self.between(range.stream, range.after, range.before)
            .max(range.at_least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_messages_are_those_that_others_saw() {
        let mut seen = SeenMessages::default();
        let mut insert = |seq| {
            seen.insert(Position {
                seq,
                prev: 0,
                stream: Stream::Data,
            })
        };
        assert!([5, 9, 7, 12].into_iter().all(&mut insert));
        assert!(![5, 7, 12].into_iter().any(&mut insert));
        assert_eq!(seen.heads()[Stream::Data.index()], 12);
        assert_eq!(seen.between(Stream::Data, 5, 12), 2);
        assert_eq!(seen.between(Stream::Data, 12, 5), 0);
        assert_eq!(seen.between(Stream::Events, 0, 99), 0);
        let range = MissingRange {
            stream: Stream::Data,
            after: 12,
            before: 14,
            reported: None,
            at_least: 1,
        };
        assert_eq!(seen.missing_in(&range), 1);
    }
}

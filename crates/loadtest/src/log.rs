use crate::chain::Hole;
use crate::messages::Epoch;
use protocol::{Position, Stream};
use std::collections::HashMap;

/// Every `seq` that any viewer saw in one epoch: what each of them should have seen.
#[derive(Debug, Default)]
pub(crate) struct Log {
    seqs: [Vec<u64>; Stream::COUNT],
}

/// Each stream's newest `seq` at one moment; 0 if there is none.
pub(crate) type Newest = [u64; Stream::COUNT];

/// The same for each epoch: what every viewer must have in the end.
pub(crate) type Marks = HashMap<Option<Epoch>, Newest>;

impl Log {
    /// Notes a message and says whether this is the first time.
    pub(crate) fn note(&mut self, position: Position) -> bool {
        let seqs = &mut self.seqs[position.stream.index()];
        match seqs.last() {
            Some(last) if *last == position.seq => return false,
            Some(last) if *last > position.seq => {}
            _ => {
                seqs.push(position.seq);
                return true;
            }
        }
        // Backlogs bring what is older than anything seen so far.
        match seqs.binary_search(&position.seq) {
            Ok(_) => false,
            Err(place) => {
                seqs.insert(place, position.seq);
                true
            }
        }
    }

    pub(crate) fn newest(&self) -> Newest {
        std::array::from_fn(|stream| self.seqs[stream].last().copied().unwrap_or(0))
    }

    /// How many messages of a stream lie between two exclusive bounds.
    pub(crate) fn between(&self, stream: Stream, after: u64, before: u64) -> u64 {
        let seqs = &self.seqs[stream.index()];
        let start = seqs.partition_point(|seq| *seq <= after);
        let end = seqs.partition_point(|seq| *seq < before);
        end.saturating_sub(start) as u64
    }

    /// How many messages a hole swallowed.
    pub(crate) fn missing(&self, hole: &Hole) -> u64 {
        self.between(hole.stream, hole.after, hole.before)
            .max(hole.at_least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_counted_by_what_others_saw() {
        let mut log = Log::default();
        let mut note = |seq| {
            log.note(Position {
                seq,
                prev: 0,
                stream: Stream::Data,
            })
        };
        assert!([5, 9, 7, 12].into_iter().all(&mut note));
        assert!(![5, 7, 12].into_iter().any(&mut note));
        assert_eq!(log.newest()[Stream::Data.index()], 12);
        assert_eq!(log.between(Stream::Data, 5, 12), 2);
        assert_eq!(log.between(Stream::Data, 12, 5), 0);
        assert_eq!(log.between(Stream::Events, 0, 99), 0);
        let hole = Hole {
            stream: Stream::Data,
            after: 12,
            before: 14,
            named: None,
            at_least: 1,
        };
        assert_eq!(log.missing(&hole), 1);
    }
}

use protocol::Stream;
use std::collections::VecDeque;
use store::Entry;

/// What is kept in memory for a store that is away, in bytes. Beyond, the oldest is given up.
const BYTES_MAX: usize = 32 << 20;

/// Written at a time once the store is back, so that no commit takes long.
const BATCH_ENTRIES_MAX: usize = 500;

/// Messages that were published before they were written, in order.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The newest message of each stream that was given up, 0 for none.
    forgone: [u64; Stream::COUNT],
    /// How many were.
    forgone_count: u64,
}

impl Unwritten {
    pub(super) fn push(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.bytes += cost(&entry);
            self.entries.push_back(entry);
        }
        while self.bytes > BYTES_MAX {
            self.forgo(1);
        }
    }

    /// Gives up the oldest.
    pub(super) fn forgo(&mut self, count: usize) {
        for entry in self.entries.drain(..count.min(self.entries.len())) {
            self.bytes -= cost(&entry);
            self.forgone[entry.stream.index()] = entry.seq;
            self.forgone_count += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.forgone_streams().is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What was given up and the store has not been told of.
    pub(super) fn forgone_streams(&self) -> Vec<(Stream, u64)> {
        let streams = Stream::ALL.into_iter();
        let newest = streams.map(|stream| (stream, self.forgone[stream.index()]));
        newest.filter(|(_, seq)| *seq > 0).collect()
    }

    /// The store was told of these.
    pub(super) fn told(&mut self, streams: &[(Stream, u64)]) {
        for (stream, seq) in streams {
            let forgone = &mut self.forgone[stream.index()];
            // More may have been given up meanwhile.
            if *forgone == *seq {
                *forgone = 0;
            }
        }
    }

    /// How many were given up since this was last asked.
    pub(super) fn take_forgone_count(&mut self) -> u64 {
        std::mem::take(&mut self.forgone_count)
    }

    /// What is to be written next.
    pub(super) fn first(&self) -> Vec<Entry> {
        self.entries
            .iter()
            .take(BATCH_ENTRIES_MAX)
            .cloned()
            .collect()
    }

    /// Everything up to this number is written.
    pub(super) fn written(&mut self, seq: u64) {
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.seq <= seq) {
            self.bytes -= cost(&entry);
        }
    }
}

fn cost(entry: &Entry) -> usize {
    size_of::<Entry>() + entry.body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(seqs: std::ops::Range<u64>, body_bytes: usize) -> Vec<Entry> {
        let entry = |seq| Entry {
            seq,
            prev: seq - 1,
            stream: Stream::Data,
            at_ms: 0,
            body: "x".repeat(body_bytes),
        };
        seqs.map(entry).collect()
    }

    #[test]
    fn the_oldest_is_given_up_and_named() {
        let mut unwritten = Unwritten::default();
        unwritten.push(entries(1..4, BYTES_MAX / 3));
        let left: Vec<_> = unwritten.first().iter().map(|entry| entry.seq).collect();
        assert_eq!(left, [2, 3]);
        assert_eq!(unwritten.forgone_streams(), [(Stream::Data, 1)]);
        assert_eq!(
            (
                unwritten.take_forgone_count(),
                unwritten.take_forgone_count()
            ),
            (1, 0)
        );
        unwritten.written(3);
        assert!(!unwritten.is_empty(), "the store must be told of the loss");
        unwritten.told(&[(Stream::Data, 1)]);
        assert!(unwritten.is_empty());
    }

    #[test]
    fn what_is_given_up_while_the_store_is_told_is_told_as_well() {
        let mut unwritten = Unwritten::default();
        unwritten.push(entries(1..4, 1));
        unwritten.forgo(1);
        let told = unwritten.forgone_streams();
        unwritten.forgo(1);
        unwritten.told(&told);
        assert_eq!(unwritten.forgone_streams(), [(Stream::Data, 2)]);
    }
}

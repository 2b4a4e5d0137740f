use protocol::Stream;
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use store::Entry;

/// Messages held in memory for an unavailable store, in bytes. Beyond, the oldest are dropped.
const BYTES_MAX: usize = 32 << 20;

/// Messages of one retry, so that no commit takes long.
const BATCH_ENTRIES_MAX: usize = 500;

/// Messages that were published and are not yet committed, in order.
#[derive(Debug, Default)]
pub(super) struct RetryQueue {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The newest dropped message of each stream, 0 for none.
    dropped: [u64; Stream::COUNT],
    /// How many messages were dropped.
    dropped_count: u64,
    /// Numbers of a commit whose fate is unknown, and which were not published.
    withdrawn: Option<RangeInclusive<u64>>,
}

impl RetryQueue {
    pub(super) fn push(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.bytes += cost(&entry);
            self.entries.push_back(entry);
        }
        while self.bytes > BYTES_MAX {
            self.drop_oldest(1);
        }
    }

    /// Drops the oldest messages.
    pub(super) fn drop_oldest(&mut self, count: usize) {
        for entry in self.entries.drain(..count.min(self.entries.len())) {
            self.bytes -= cost(&entry);
            self.dropped[entry.stream.index()] = entry.seq;
            self.dropped_count += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.dropped_streams().is_empty() && self.withdrawn.is_none()
    }

    /// Has the store delete the messages with these numbers, if it has them, before anything else.
    pub(super) fn withdraw(&mut self, seqs: RangeInclusive<u64>) {
        self.withdrawn = Some(seqs);
    }

    pub(super) fn withdrawn(&self) -> Option<RangeInclusive<u64>> {
        self.withdrawn.clone()
    }

    /// The store does not have the withdrawn messages.
    pub(super) fn withdrawal_recorded(&mut self) {
        self.withdrawn = None;
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The newest dropped message of each stream, as far as the store does not have it on record.
    pub(super) fn dropped_streams(&self) -> Vec<(Stream, u64)> {
        let streams = Stream::ALL.into_iter();
        let newest = streams.map(|stream| (stream, self.dropped[stream.index()]));
        newest.filter(|(_, seq)| *seq > 0).collect()
    }

    /// The store has these drops on record.
    pub(super) fn drops_recorded(&mut self, streams: &[(Stream, u64)]) {
        for (stream, seq) in streams {
            let dropped = &mut self.dropped[stream.index()];
            // More may have been dropped meanwhile.
            if *dropped == *seq {
                *dropped = 0;
            }
        }
    }

    /// How many messages were dropped since the last call.
    pub(super) fn take_dropped_count(&mut self) -> u64 {
        std::mem::take(&mut self.dropped_count)
    }

    /// The messages to commit next.
    pub(super) fn first(&self) -> Vec<Entry> {
        self.entries
            .iter()
            .take(BATCH_ENTRIES_MAX)
            .cloned()
            .collect()
    }

    /// Everything up to this `seq` is committed.
    pub(super) fn committed(&mut self, seq: u64) {
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
            chain: store::ChainName::default(),
            body: "x".repeat(body_bytes),
        };
        seqs.map(entry).collect()
    }

    #[test]
    fn the_oldest_messages_are_dropped() {
        let mut queue = RetryQueue::default();
        queue.push(entries(1..4, BYTES_MAX / 3));
        let left: Vec<_> = queue.first().iter().map(|entry| entry.seq).collect();
        assert_eq!(left, [2, 3]);
        assert_eq!(queue.dropped_streams(), [(Stream::Data, 1)]);
        assert_eq!(
            (queue.take_dropped_count(), queue.take_dropped_count()),
            (1, 0)
        );
        queue.committed(3);
        assert!(!queue.is_empty(), "the drop must be recorded");
        queue.drops_recorded(&[(Stream::Data, 1)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_drop_during_the_recording_of_another_is_recorded_too() {
        let mut queue = RetryQueue::default();
        queue.push(entries(1..4, 1));
        queue.drop_oldest(1);
        let recorded = queue.dropped_streams();
        queue.drop_oldest(1);
        queue.drops_recorded(&recorded);
        assert_eq!(queue.dropped_streams(), [(Stream::Data, 2)]);
    }
}

//! Messages like those of the journal.

use protocol::{Durable, Event, Level, Position, Stream, Timestamp, splice_position};
use store::Entry;

/// A chain over all streams.
#[derive(Default)]
pub(crate) struct Chain {
    head: u64,
    newest: [u64; Stream::COUNT],
}

impl Chain {
    /// Continues the chain of a store.
    pub(crate) fn from(next_seq: u64, newest: [u64; Stream::COUNT]) -> Self {
        let head = next_seq - 1;
        Self { head, newest }
    }

    /// The newest number.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// The next message on a stream.
    pub(crate) fn next(&mut self, stream: Stream, at_ms: i64) -> Entry {
        self.head += 1;
        let prev = std::mem::replace(&mut self.newest[stream.index()], self.head);
        let seq = self.head;
        let event = Event {
            timestamp: Timestamp::from_unix_ms(at_ms),
            level: if seq.is_multiple_of(10) {
                Level::Error
            } else {
                Level::Info
            },
            source: "test".into(),
            message: format!("\"quoted\", 1 ≤ 2, number {seq}"),
        };
        let position = Position { seq, prev, stream };
        Entry {
            seq,
            prev,
            stream,
            at_ms,
            chain: store::ChainName::default(),
            body: splice_position(&Durable::Event(event).to_json(), position),
        }
    }

    /// A message on each of these streams, ten milliseconds apart.
    pub(crate) fn messages(&mut self, streams: &[Stream]) -> Vec<Entry> {
        let first = self.head;
        let times = (1..).map(|n| i64::try_from(first + n).expect("a small number") * 10);
        streams
            .iter()
            .zip(times)
            .map(|(&stream, at_ms)| self.next(stream, at_ms))
            .collect()
    }
}

pub(crate) fn seqs(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

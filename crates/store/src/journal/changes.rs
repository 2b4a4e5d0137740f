use protocol::Stream;

use super::Entry;
use crate::integer::count;

/// What a commit changes, by stream.
#[derive(Debug, Default)]
pub(crate) struct StreamChanges([StreamChange; Stream::COUNT]);

/// What a commit adds to one stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StreamChange {
    pub(crate) messages: i64,
    pub(crate) bytes: i64,
    pub(crate) newest_seq: u64,
}

impl StreamChanges {
    pub(crate) fn add(&mut self, entry: &Entry) {
        let change = &mut self.0[entry.stream.index()];
        change.messages += 1;
        change.bytes += count(entry.body.len());
        change.newest_seq = change.newest_seq.max(entry.seq);
    }

    /// The streams that got a message.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Stream, StreamChange)> {
        let all = Stream::ALL.into_iter().zip(self.0);
        all.filter(|(_, change)| change.messages > 0)
    }
}

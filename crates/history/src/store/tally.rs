use protocol::Stream;

use super::Entry;

/// What a commit added, by stream.
#[derive(Debug, Default)]
pub(super) struct Tally([Added; Stream::COUNT]);

/// What one stream got.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Added {
    pub(super) messages: i64,
    pub(super) bytes: i64,
    pub(super) newest_seq: u64,
}

impl Tally {
    pub(super) fn add(&mut self, entry: &Entry) {
        let added = &mut self.0[entry.stream.index()];
        added.messages += 1;
        added.bytes += super::code::count(entry.body.len());
        added.newest_seq = added.newest_seq.max(entry.seq);
    }

    /// The streams that got something.
    pub(super) fn added(&self) -> impl Iterator<Item = (Stream, Added)> {
        let all = Stream::ALL.into_iter().zip(self.0);
        all.filter(|(_, added)| added.messages > 0)
    }
}

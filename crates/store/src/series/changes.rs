use std::collections::BTreeMap;

use super::StoredChunk;
use crate::integer::count;

/// What a transaction changes in the statistics of each tier.
#[derive(Debug, Default)]
pub(crate) struct TierChanges(BTreeMap<i64, TierChange>);

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TierChange {
    pub(crate) chunks: i64,
    pub(crate) bytes: i64,
    /// The longest time range of one of its chunks.
    pub(crate) span_ms: i64,
}

impl TierChanges {
    /// Adds a chunk; `replaced_bytes` is the length of the one that it replaces.
    pub(crate) fn put(&mut self, chunk: &StoredChunk, replaced_bytes: Option<i64>) {
        let change = self.0.entry(i64::from(chunk.resolution_ms)).or_default();
        change.chunks += i64::from(replaced_bytes.is_none());
        change.bytes += count(chunk.data.len()) - replaced_bytes.unwrap_or(0);
        change.span_ms = change.span_ms.max(chunk.end_ms - chunk.start_ms);
    }

    /// Subtracts a chunk of a length.
    pub(crate) fn remove(&mut self, resolution_ms: i64, bytes: i64) {
        let change = self.0.entry(resolution_ms).or_default();
        change.chunks -= 1;
        change.bytes -= bytes;
    }

    /// By resolution in milliseconds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, TierChange)> {
        self.0
            .iter()
            .map(|(&resolution_ms, &change)| (resolution_ms, change))
    }
}

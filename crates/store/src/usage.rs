//! How much is stored.

use protocol::Stream;

use crate::integer::unsigned;
use crate::journal::stream_of;

/// How much is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// What the rows take, in bytes: on SQLite the pages in use, on PostgreSQL an estimate from what
    /// was written, because space of deleted rows counts as used there until it is reused.
    pub used_bytes: u64,
    /// What it takes on disk, with free pages and the write-ahead log.
    pub disk_bytes: u64,
    /// The messages by [`Stream::index`].
    pub streams: [Size; Stream::COUNT],
    /// The chunks, finest resolution first.
    pub tiers: Vec<TierUsage>,
}

/// The size of a part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// How many rows.
    pub rows: u64,
    /// Their bodies or data, in bytes.
    pub bytes: u64,
}

/// The chunks of one resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierUsage {
    /// The resolution.
    pub resolution_ms: u32,
    /// Of all its chunks.
    pub size: Size,
}

/// Each part comes from an index. A coarse chunk begins with its window, which may be days before its first
/// sample: while it has single samples (1000 is their resolution), theirs is the precise start.
pub(crate) const OLDEST: &str = "SELECT min(at) FROM \
     (SELECT (SELECT min(at) FROM journal WHERE stream = code) AS at FROM stream \
     UNION ALL SELECT (SELECT start_at FROM chunk WHERE resolution = tier.resolution \
     AND (resolution = 1000 OR end_at < coalesce((SELECT start_at FROM chunk WHERE resolution = 1000 \
     ORDER BY end_at LIMIT 1), end_at + 1)) ORDER BY end_at LIMIT 1) FROM tier) AS moments";

pub(crate) const STREAM_SIZES: &str = "SELECT code, messages, bytes FROM stream";

pub(crate) const TIER_SIZES: &str =
    "SELECT resolution, chunks, bytes FROM tier ORDER BY resolution";

impl Size {
    fn of(rows: i64, bytes: i64) -> Self {
        Self {
            rows: unsigned(rows),
            bytes: unsigned(bytes),
        }
    }
}

pub(crate) fn streams_of(rows: Vec<(i16, i64, i64)>) -> [Size; Stream::COUNT] {
    let mut sizes = [Size::default(); Stream::COUNT];
    for (code, messages, bytes) in rows {
        if let Some(stream) = stream_of(code) {
            sizes[stream.index()] = Size::of(messages, bytes);
        }
    }
    sizes
}

pub(crate) fn tiers_of(rows: Vec<(i64, i64, i64)>) -> Vec<TierUsage> {
    let tiers = rows.into_iter();
    tiers
        .map(|(resolution, chunks, bytes)| TierUsage {
            resolution_ms: u32::try_from(resolution).unwrap_or(u32::MAX),
            size: Size::of(chunks, bytes),
        })
        .collect()
}

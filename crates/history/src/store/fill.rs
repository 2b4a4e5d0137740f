use protocol::Stream;

use super::code::{stream, unsigned};

/// How much is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// What the rows take, in bytes: on SQLite the pages in use, on PostgreSQL an estimate from what
    /// was put in, because room that rows left there shows as used until it is used again.
    pub used_bytes: u64,
    /// What the disk gives for it, with room that is kept for later and the write-ahead log.
    pub disk_bytes: u64,
    /// The messages by [`Stream::index`].
    pub streams: [Share; Stream::COUNT],
    /// The chunks, finest resolution first.
    pub tiers: Vec<TierFill>,
}

/// A part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many rows.
    pub rows: u64,
    /// Their bodies or data, in bytes.
    pub bytes: u64,
}

/// The chunks of one resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierFill {
    /// Which.
    pub resolution_ms: u32,
    /// How much.
    pub share: Share,
}

/// A stream's share as both databases tell it: code, messages, bytes.
pub(super) type ShareRow = (i16, i64, i64);

/// A resolution's as both databases tell it: resolution, chunks, bytes.
pub(super) type TierRow = (i64, i64, i64);

pub(super) fn shares_of(rows: Vec<ShareRow>) -> [Share; Stream::COUNT] {
    let mut shares = [Share::default(); Stream::COUNT];
    for (code, messages, bytes) in rows {
        if let Some(stream) = stream(code) {
            shares[stream.index()] = Share {
                rows: unsigned(messages),
                bytes: unsigned(bytes),
            };
        }
    }
    shares
}

pub(super) fn tiers_of(rows: Vec<TierRow>) -> Vec<TierFill> {
    let tiers = rows.into_iter();
    tiers
        .map(|(resolution, chunks, bytes)| TierFill {
            resolution_ms: u32::try_from(resolution).unwrap_or(u32::MAX),
            share: Share {
                rows: unsigned(chunks),
                bytes: unsigned(bytes),
            },
        })
        .collect()
}

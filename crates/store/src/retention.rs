use protocol::Stream;

use crate::{Store, StoreError, Usage};

/// The limits of one stream. Beyond either its oldest messages are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRetention {
    /// The maximum age of a message, in milliseconds.
    pub age_ms: i64,
    /// The most bytes of bodies.
    pub bytes_max: u64,
}

/// How long everything is stored, enforced in small steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// By [`Stream::index`].
    pub streams: [StreamRetention; Stream::COUNT],
    /// For each resolution in milliseconds, the maximum age of a chunk.
    pub tiers: Vec<(u32, i64)>,
    /// The cap on [`Usage::used_bytes`]. Beyond it the oldest of the largest part is deleted.
    pub store_bytes_max: u64,
}

/// Deleted at a time. A commit waits for one of these at most: some milliseconds.
const MESSAGES_PER_DELETE: usize = 250;

/// The same for chunks, which are larger.
const CHUNKS_PER_DELETE: usize = 100;

/// The same for keys of requests, which are small.
const KEYS_PER_DELETE: usize = 500;

/// The most deletions of one step for want of space, since it may fill faster than steps come. Commits
/// run between two of them.
const ROUNDS_MAX: usize = 20;

impl Retention {
    /// The default cap of the whole store.
    pub const STORE_BYTES_MAX: u64 = 2 << 30;

    /// How long the key of a request is remembered, in milliseconds.
    pub const IDEMPOTENCY_KEY_AGE_MS: i64 = 24 * 60 * 60 * 1_000;

    /// How long it is stored: longer, so that a clock that is ahead by up to a day deletes none that is remembered.
    pub const IDEMPOTENCY_KEY_STORED_MS: i64 = 2 * Self::IDEMPOTENCY_KEY_AGE_MS;

    /// One step: deletes a little of what is too old or too much, and returns how many rows.
    /// Call it every few seconds, and again at once while it deletes something. Without `now_ms`
    /// nothing is too old: what is deleted because of a wrong clock cannot be restored.
    pub async fn step(&self, store: &dyn Store, now_ms: Option<i64>) -> Result<u64, StoreError> {
        let mut deleted = match now_ms {
            Some(now_ms) => self.expire(store, now_ms).await?,
            None => 0,
        };
        for _ in 0..ROUNDS_MAX {
            let parts = self.over_limit(&store.usage().await?);
            if parts.is_empty() {
                break;
            }
            let mut shrunk = 0;
            for part in parts {
                shrunk += shrink(store, part).await?;
            }
            deleted += shrunk;
            if shrunk == 0 {
                // What is left becomes samples, and is not in chunks yet.
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(deleted)
    }

    /// Deletes a little of what is too old.
    async fn expire(&self, store: &dyn Store, now_ms: i64) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for stream in Stream::ALL {
            let before_ms = now_ms.saturating_sub(self.streams[stream.index()].age_ms);
            deleted += store.expire(stream, before_ms, MESSAGES_PER_DELETE).await?;
        }
        for &(resolution_ms, age_ms) in &self.tiers {
            let before_ms = now_ms.saturating_sub(age_ms);
            deleted += store
                .expire_chunks(resolution_ms, before_ms, CHUNKS_PER_DELETE)
                .await?;
        }
        let before_ms = now_ms.saturating_sub(Self::IDEMPOTENCY_KEY_STORED_MS);
        deleted += store
            .expire_idempotency_keys(before_ms, KEYS_PER_DELETE)
            .await?;
        Ok(deleted)
    }

    /// What has too many bytes: streams beyond their own limit, and beyond the store's cap the largest
    /// part of all.
    fn over_limit(&self, usage: &Usage) -> Vec<Part> {
        let streams = Stream::ALL.into_iter().filter(|stream| {
            let bytes = usage.streams[stream.index()].bytes;
            bytes > self.streams[stream.index()].bytes_max
        });
        let mut parts: Vec<_> = streams.map(Part::Stream).collect();
        if usage.used_bytes > self.store_bytes_max {
            parts.extend(largest(usage).filter(|part| !parts.contains(part)));
        }
        parts
    }
}

/// Deletes a little of a part, the oldest.
async fn shrink(store: &dyn Store, part: Part) -> Result<u64, StoreError> {
    match part {
        Part::Stream(stream) => store.expire(stream, i64::MAX, MESSAGES_PER_DELETE).await,
        Part::Tier(resolution_ms) => {
            store
                .expire_chunks(resolution_ms, i64::MAX, CHUNKS_PER_DELETE)
                .await
        }
    }
}

/// A part of the store whose oldest rows can be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Stream(Stream),
    Tier(u32),
}

fn largest(usage: &Usage) -> Option<Part> {
    let streams = Stream::ALL.into_iter();
    let streams = streams.map(|stream| (usage.streams[stream.index()], Part::Stream(stream)));
    let tiers = usage.tiers.iter();
    let tiers = tiers.map(|tier| (tier.size, Part::Tier(tier.resolution_ms)));
    let parts = streams.chain(tiers).filter(|(size, _)| size.rows > 0);
    let (_, part) = parts.max_by_key(|(size, _)| size.bytes)?;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Size, TierUsage};

    fn retention(stream_bytes_max: u64, store_bytes_max: u64) -> Retention {
        let stream = StreamRetention {
            age_ms: i64::MAX,
            bytes_max: stream_bytes_max,
        };
        Retention {
            streams: [stream; Stream::COUNT],
            tiers: Vec::new(),
            store_bytes_max,
        }
    }

    fn usage(events: u64, data: u64, chunks: u64) -> Usage {
        let size = |bytes| Size { rows: bytes, bytes };
        let mut streams = [Size::default(); Stream::COUNT];
        streams[Stream::Events.index()] = size(events);
        streams[Stream::Data.index()] = size(data);
        Usage {
            used_bytes: events + data + chunks,
            disk_bytes: 0,
            streams,
            tiers: vec![TierUsage {
                resolution_ms: 1000,
                size: size(chunks),
            }],
        }
    }

    #[test]
    fn each_stream_has_its_limit_and_the_store_a_cap() {
        let (data, chunks) = (Part::Stream(Stream::Data), Part::Tier(1000));
        assert_eq!(retention(10, 100).over_limit(&usage(10, 11, 50)), [data]);
        assert_eq!(retention(10, 100).over_limit(&usage(10, 10, 50)), []);
        assert_eq!(retention(10, 60).over_limit(&usage(10, 10, 50)), [chunks]);
        assert_eq!(retention(99, 60).over_limit(&usage(10, 70, 50)), [data]);
        assert_eq!(
            retention(10, 60).over_limit(&usage(0, 11, 50)),
            [data, chunks]
        );
        assert_eq!(retention(10, 60).over_limit(&usage(0, 70, 50)), [data]);
        assert_eq!(retention(99, 0).over_limit(&usage(0, 0, 0)), []);
    }
}

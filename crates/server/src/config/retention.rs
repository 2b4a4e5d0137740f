use history::query::RetentionPeriods;
use protocol::Stream;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When messages and samples are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct RetentionConfig {
    pub store_mib: u32,
    pub streams: StreamsRetention,
    pub tiers: TiersRetention,
}

/// Messages, by the name of their stream; each has an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamsRetention(BTreeMap<String, StreamRetention>);

/// Of one stream; beyond either limit its oldest messages are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct StreamRetention {
    pub days: u32,
    pub mib: u32,
}

/// Samples, by tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct TiersRetention {
    pub second: TierRetention,
    pub minute: TierRetention,
    pub hour: TierRetention,
}

/// Of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is described in `settings.rs`")]
pub struct TierRetention {
    pub days: u32,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl RetentionConfig {
    /// The same in the store's terms.
    pub fn for_store(&self) -> store::Retention {
        store::Retention {
            streams: Stream::ALL.map(|stream| self.streams.of(stream).for_store()),
            tiers: self.tiers.periods().tiers(),
            store_bytes_max: self.store_bytes_max(),
        }
    }

    /// The most that the store may take, in bytes.
    pub fn store_bytes_max(&self) -> u64 {
        mib(self.store_mib)
    }
}

impl StreamsRetention {
    fn of(&self, stream: Stream) -> StreamRetention {
        let configured = self.0.get(stream.name()).copied();
        configured.unwrap_or_else(|| StreamRetention::default_of(stream))
    }
}

impl StreamRetention {
    fn default_of(stream: Stream) -> Self {
        let definition = stream.definition();
        Self {
            days: definition.retention_days,
            mib: definition.retention_mib,
        }
    }

    fn for_store(self) -> store::StreamRetention {
        store::StreamRetention {
            age_ms: i64::from(self.days) * DAY_MS,
            bytes_max: mib(self.mib),
        }
    }
}

impl TiersRetention {
    /// The retention period of each tier.
    pub fn periods(&self) -> RetentionPeriods {
        let ages_ms =
            [self.second, self.minute, self.hour].map(|tier| i64::from(tier.days) * DAY_MS);
        let [second_ms, minute_ms, hour_ms] = ages_ms;
        RetentionPeriods::new(second_ms, minute_ms, hour_ms)
    }
}

fn mib(mib: u32) -> u64 {
    u64::from(mib) << 20
}

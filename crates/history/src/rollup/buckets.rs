use super::Bucket;
use crate::Samples;
use crate::Tier;
use crate::codec::{self, DecodeError};
use crate::tier::floor;
use std::collections::BTreeMap;

/// One series' buckets of a tier, by the start of each in milliseconds since the Unix epoch. There are no
/// empty buckets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets(BTreeMap<i64, Bucket>);

impl Buckets {
    /// The minutes of these samples.
    pub fn minutes(samples: &Samples) -> Self {
        let of_each = samples
            .iter()
            .map(|(at_ms, value)| (at_ms, Bucket::of(value)));
        Self::cut(of_each, Tier::Minute)
    }

    /// The hours of these minutes.
    #[must_use]
    pub fn hours(&self) -> Self {
        Self::cut(self.iter(), Tier::Hour)
    }

    fn cut(parts: impl Iterator<Item = (i64, Bucket)>, tier: Tier) -> Self {
        let mut buckets: BTreeMap<i64, Bucket> = BTreeMap::new();
        for (at_ms, part) in parts {
            let entry = buckets.entry(floor(at_ms, tier.step_ms()));
            entry
                .and_modify(|bucket| *bucket = bucket.and(part))
                .or_insert(part);
        }
        for bucket in buckets.values_mut() {
            *bucket = bucket.tidied();
        }
        Self(buckets)
    }

    /// The start of each bucket, and the bucket, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, Bucket)> + '_ {
        self.0.iter().map(|(start_ms, bucket)| (*start_ms, *bucket))
    }

    /// Whether there are no buckets.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Inserts buckets, replacing those with the same start.
    pub fn replace(&mut self, buckets: Self) {
        self.0.extend(buckets.0);
    }

    /// Replaces buckets by recomputed ones. `before` is the result of the same computation without the new
    /// samples. A stored bucket of more samples than that is left unchanged: some of its samples were deleted
    /// or cannot be decoded, and a clock that is far behind must not replace it by a few samples of today.
    pub fn renew(&mut self, recomputed: Self, before: &Self) {
        for (start_ms, bucket) in recomputed.0 {
            let count = |bucket: Option<&Bucket>| bucket.map_or(0, |bucket| bucket.count);
            if count(self.0.get(&start_ms)) <= count(before.0.get(&start_ms)) {
                self.0.insert(start_ms, bucket);
            }
        }
    }

    /// Those that begin from `from_ms` on and before `to_ms`.
    #[must_use]
    pub fn within(&self, from_ms: i64, to_ms: i64) -> Self {
        if from_ms >= to_ms {
            return Self::default();
        }
        let within = self.0.range(from_ms..to_ms);
        Self(
            within
                .map(|(start_ms, bucket)| (*start_ms, *bucket))
                .collect(),
        )
    }

    /// The start of the first and of the last bucket.
    pub(crate) fn ends_ms(&self) -> Option<(i64, i64)> {
        Some((*self.0.first_key_value()?.0, *self.0.last_key_value()?.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The data of a chunk. There must be at least one bucket.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let starts_ms: Vec<i64> = self.0.keys().copied().collect();
        let column = |of: fn(&Bucket) -> f64| self.0.values().map(of).collect::<Vec<f64>>();
        let (min, max) = (column(|b| b.min), column(|b| b.max));
        let (sum, count) = (column(|b| b.sum), column(|b| b.count as f64));
        codec::encode(&starts_ms, &[&min, &max, &sum, &count])
    }

    pub(crate) fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let (starts_ms, [min, max, sum, count]) = codec::decode(data)?;
        let buckets = starts_ms.iter().enumerate().map(|(index, &start_ms)| {
            let bucket = Bucket {
                min: min[index],
                max: max[index],
                sum: sum[index],
                // A cast from a float saturates, and a bucket is never empty.
                count: (count[index] as u64).max(1),
            };
            (start_ms, bucket)
        });
        Ok(Self(buckets.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples() -> impl Strategy<Value = Samples> {
        prop::collection::vec((0_i64..20_000_000, -1_000_i32..1_000), 1..400).prop_map(|samples| {
            let tenths = |(at_ms, tenths)| (at_ms, f64::from(tenths) / 10.0);
            samples.into_iter().map(tenths).collect()
        })
    }

    proptest! {
        #[test]
        fn buckets_equal_the_statistics_of_their_samples(samples in samples()) {
            let minutes = Buckets::minutes(&samples);
            for (tier, buckets) in [(Tier::Minute, &minutes), (Tier::Hour, &minutes.hours())] {
                let mut counted = 0;
                for (start_ms, bucket) in buckets.iter() {
                    let inside = samples.within(start_ms, start_ms + tier.step_ms());
                    let tenths: i64 = inside.values().iter().map(|v| (v * 10.0).round() as i64).sum();
                    prop_assert_eq!(bucket.sum, tenths as f64 / 10.0);
                    prop_assert_eq!(bucket.count, inside.len() as u64);
                    let min = inside.values().iter().copied().fold(f64::INFINITY, f64::min);
                    let max = inside.values().iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    prop_assert_eq!((bucket.min, bucket.max), (min, max));
                    prop_assert!(bucket.avg() >= min && bucket.avg() <= max);
                    counted += bucket.count;
                }
                prop_assert_eq!(counted, samples.len() as u64);
            }
            prop_assert_eq!(Buckets::decode(&minutes.encode()), Ok(minutes));
        }
    }
}

use crate::codec::{self, DecodeError};
use std::ops::Range;

/// One series' samples, ascending by time and no two at the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    times_ms: Vec<i64>,
    values: Vec<f64>,
}

impl Samples {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// Their times in milliseconds since the Unix epoch.
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// Their values, one for each time.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Time and value of each, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, f64)> + '_ {
        self.times_ms
            .iter()
            .copied()
            .zip(self.values.iter().copied())
    }

    /// The first and the last time.
    pub(crate) fn span_ms(&self) -> Option<(i64, i64)> {
        Some((*self.times_ms.first()?, *self.times_ms.last()?))
    }

    /// Inserts a sample in order of time. One at the same millisecond is replaced. Returns whether there
    /// is one more now.
    pub fn insert(&mut self, at_ms: i64, value: f64) -> bool {
        if self.times_ms.last().is_none_or(|&last| last < at_ms) {
            self.times_ms.push(at_ms);
            self.values.push(value);
            return true;
        }
        match self.times_ms.binary_search(&at_ms) {
            Ok(index) => {
                self.values[index] = value;
                false
            }
            Err(index) => {
                self.times_ms.insert(index, at_ms);
                self.values.insert(index, value);
                true
            }
        }
    }

    /// These and `later` ones, which replace those at the same millisecond.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        let mut merged = Self::default();
        let mut earlier = self.iter().peekable();
        for (at_ms, value) in later.iter() {
            while let Some((at_ms, value)) = earlier.next_if(|before| before.0 < at_ms) {
                merged.push(at_ms, value);
            }
            earlier.next_if(|before| before.0 == at_ms);
            merged.push(at_ms, value);
        }
        for (at_ms, value) in earlier {
            merged.push(at_ms, value);
        }
        merged
    }

    /// Those from `from_ms` on and before `to_ms`.
    #[must_use]
    pub fn within(&self, from_ms: i64, to_ms: i64) -> Self {
        let Range { start, end } = self.indices(from_ms, to_ms);
        Self {
            times_ms: self.times_ms[start..end].to_vec(),
            values: self.values[start..end].to_vec(),
        }
    }

    /// Drops the newest beyond `samples_max`. Returns how many.
    pub(crate) fn truncate(&mut self, samples_max: usize) -> usize {
        let beyond = self.len().saturating_sub(samples_max);
        self.times_ms.truncate(samples_max);
        self.values.truncate(samples_max);
        beyond
    }

    fn indices(&self, from_ms: i64, to_ms: i64) -> Range<usize> {
        let start = self.times_ms.partition_point(|&at_ms| at_ms < from_ms);
        let end = self.times_ms.partition_point(|&at_ms| at_ms < to_ms);
        start..end.max(start)
    }

    /// Appends a sample that is newer than all others.
    fn push(&mut self, at_ms: i64, value: f64) {
        self.times_ms.push(at_ms);
        self.values.push(value);
    }

    /// The data of a chunk. There must be at least one sample, and no more than [`codec::SAMPLES_MAX`].
    pub(crate) fn encode(&self) -> Vec<u8> {
        codec::encode(&self.times_ms, &[&self.values])
    }

    pub(crate) fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let (times_ms, [values]) = codec::decode(data)?;
        Ok(Self { times_ms, values })
    }
}

impl FromIterator<(i64, f64)> for Samples {
    /// In any order; of those at the same millisecond the last one is taken.
    fn from_iter<I: IntoIterator<Item = (i64, f64)>>(samples: I) -> Self {
        let mut all = Self::default();
        for (at_ms, value) in samples {
            all.insert(at_ms, value);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_last_sample_of_a_millisecond_is_taken(
            given in prop::collection::vec((0_i64..50, -9_i32..9), 0..80),
            cut in 0_usize..80,
        ) {
            let given: Vec<(i64, f64)> =
                given.into_iter().map(|(at, value)| (at, f64::from(value))).collect();
            let naive: std::collections::BTreeMap<i64, f64> = given.iter().copied().collect();
            let all: Samples = given.iter().copied().collect();
            prop_assert!(all.iter().eq(naive.into_iter()));

            let (first, second) = given.split_at(cut.min(given.len()));
            let first: Samples = first.iter().copied().collect();
            let second = second.iter().copied().collect();
            prop_assert_eq!(first.merged(&second), all.clone());
            let within = all.within(10, 20);
            prop_assert!(within.iter().eq(all.iter().filter(|(at, _)| (10..20).contains(at))));
        }
    }
}

use super::{Plan, QueryError};
use crate::Samples;

/// The most samples of one percentile: two weeks and a half at one a second.
pub(super) const PERCENTILE_SAMPLES_MAX: usize = 1_500_000;

/// The percentile by nearest rank. Reorders `values`. `None` if there are none.
pub(crate) fn percentile(values: &mut [f64], percent: u8) -> Option<f64> {
    let rank = (values.len() * usize::from(percent)).div_ceil(100).max(1);
    let index = values.len().checked_sub(1)?.min(rank - 1);
    Some(*values.select_nth_unstable_by(index, f64::total_cmp).1)
}

/// Computes percentiles of points from samples in order: only one point's values are in memory.
pub(crate) struct Percentiles {
    plan: Plan,
    percent: u8,
    results: Vec<Option<f64>>,
    current: usize,
    values: Vec<f64>,
    count: u64,
}

impl Percentiles {
    pub(crate) fn new(plan: Plan, percent: u8) -> Self {
        Self {
            plan,
            percent,
            results: vec![None; plan.count],
            current: 0,
            values: Vec::new(),
            count: 0,
        }
    }

    /// Adds samples that are later than all those before.
    pub(crate) fn add(&mut self, samples: &Samples) -> Result<(), QueryError> {
        for (at_ms, value) in samples.iter() {
            let index = self.plan.index(at_ms);
            if index != self.current {
                self.finish_point();
                self.current = index;
            }
            if self.values.len() >= PERCENTILE_SAMPLES_MAX {
                return Err(QueryError::PercentileSamples);
            }
            self.values.push(value);
            self.count += 1;
        }
        Ok(())
    }

    fn finish_point(&mut self) {
        if let Some(value) = percentile(&mut self.values, self.percent) {
            self.results[self.current] = Some(value);
        }
        self.values.clear();
    }

    /// How many samples were added.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn finish(mut self) -> Vec<Option<f64>> {
        self.finish_point();
        self.results
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn the_nearest_rank() {
        let mut values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        for (percent, expected) in [(50, 10.0), (95, 19.0), (99, 20.0)] {
            assert_eq!(percentile(&mut values, percent), Some(expected));
        }
        assert_eq!(percentile(&mut [7.0], 50), Some(7.0));
        assert_eq!(percentile(&mut [], 50), None);
    }
}

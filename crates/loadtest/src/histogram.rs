/// Buckets per doubling: a value is known to within 1/64 of itself, 1.6 %.
const STEPS: usize = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Counts of durations in µs, in buckets that grow with the value (as HdrHistogram's do).
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: vec![0; STEPS * (65 - STEP_BITS as usize)],
            count: 0,
            max: 0,
        }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, us: u64) {
        self.buckets[bucket(us)] += 1;
        self.count += 1;
        self.max = self.max.max(us);
    }

    pub(crate) fn max_ms(&self) -> f64 {
        self.max as f64 / 1_000.0
    }

    /// The value that `share` of all values do not exceed, in ms; 0 if there are none.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (share * self.count as f64).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank && seen > 0 {
                return highest(index).min(self.max) as f64 / 1_000.0;
            }
        }
        0.0
    }
}

fn bucket(us: u64) -> usize {
    if us < STEPS as u64 {
        return us as usize;
    }
    let doublings = us.ilog2() - STEP_BITS;
    // The highest bit is the doubling; the bits after it are the step.
    STEPS * (doublings as usize + 1) + ((us >> doublings) as usize - STEPS)
}

/// The highest value of a bucket.
fn highest(bucket: usize) -> u64 {
    if bucket < STEPS {
        return bucket as u64;
    }
    let doublings = bucket / STEPS - 1;
    let lowest = ((bucket % STEPS + STEPS) as u64) << doublings;
    lowest + ((1 << doublings) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_of_a_ramp() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile_ms(0.5), 0.0);
        for us in 1..=100_000 {
            histogram.add(us);
        }
        assert!((histogram.quantile_ms(0.5) / 50.0 - 1.0).abs() < 0.016);
        assert!((histogram.quantile_ms(0.99) / 99.0 - 1.0).abs() < 0.016);
        assert_eq!(histogram.quantile_ms(1.0), 100.0);
        assert_eq!(histogram.max_ms(), 100.0);
    }

    proptest! {
        #[test]
        fn a_bucket_is_close_to_its_values(us in any::<u64>()) {
            let highest = highest(bucket(us));
            prop_assert!(highest >= us);
            prop_assert!((highest - us) as f64 <= us as f64 / 64.0);
        }
    }
}

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets but the last, in seconds: from a commit to an idle disk to one that counts as
/// failed.
pub(super) const BOUNDS_SECONDS: [f64; 10] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

const BUCKETS: usize = BOUNDS_SECONDS.len() + 1;

/// How long something took.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, PartialEq)]
pub(super) struct Observed {
    /// How many took at most each of [`BOUNDS_SECONDS`]; then all.
    pub(super) cumulative: [u64; BUCKETS],
    pub(super) sum_seconds: f64,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS_SECONDS.partition_point(|bound| *bound < seconds);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(super) fn observed(&self) -> Observed {
        let mut sum = 0;
        let cumulative = std::array::from_fn(|bucket| {
            sum += self.buckets[bucket].load(Ordering::Relaxed);
            sum
        });
        Observed {
            cumulative,
            sum_seconds: self.sum_us.load(Ordering::Relaxed) as f64 / 1e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_include_their_bounds() {
        let histogram = Histogram::default();
        for ms in [1, 3, 1_000, 60_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        assert_eq!(
            histogram.observed(),
            Observed {
                cumulative: [1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 4],
                sum_seconds: 61.004,
            }
        );
    }
}

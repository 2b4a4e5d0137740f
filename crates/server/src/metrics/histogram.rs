use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets but the last, in seconds: from a commit to an idle disk to one that counts as
/// failed.
pub(super) const BOUNDS_SECONDS: [f64; 10] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

const BUCKETS: usize = BOUNDS_SECONDS.len() + 1;

/// How many took at most each of [`BOUNDS_SECONDS`]; then all.
pub(crate) type Buckets = [u64; BUCKETS];

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
    pub(super) cumulative: Buckets,
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

/// The time within which this share of what is in these cumulative buckets was done, interpolated as by Prometheus's
/// `histogram_quantile`; absent if there is nothing. What took longer than the last bound counts as the last bound.
pub(crate) fn quantile_seconds(cumulative: &Buckets, share: f64) -> Option<f64> {
    let all = cumulative[BUCKETS - 1];
    if all == 0 {
        return None;
    }
    let rank = share * all as f64;
    let bucket = cumulative.iter().position(|count| *count as f64 >= rank)?;
    let Some(end) = BOUNDS_SECONDS.get(bucket) else {
        return BOUNDS_SECONDS.last().copied();
    };
    let (start, before) = match bucket.checked_sub(1) {
        Some(previous) => (BOUNDS_SECONDS[previous], cumulative[previous]),
        None => (0.0, 0),
    };
    let of_bucket = (cumulative[bucket] - before) as f64;
    let part = if of_bucket > 0.0 {
        (rank - before as f64) / of_bucket
    } else {
        1.0
    };
    Some(start + (end - start) * part)
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

    #[test]
    fn quantiles_are_interpolated_within_their_bucket() {
        let histogram = Histogram::default();
        let quantile = |share| quantile_seconds(&histogram.observed().cumulative, share);
        assert_eq!(quantile(0.5), None);
        (0..4).for_each(|_| histogram.observe(Duration::from_millis(2)));
        assert_eq!(quantile(0.5), Some(0.001_75));
        assert_eq!(quantile(1.0), Some(0.002_5));
        histogram.observe(Duration::from_secs(9));
        assert_eq!(quantile(0.99), Some(1.0), "it is beyond the last bound");
    }
}

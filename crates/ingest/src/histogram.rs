use crate::batch::{Batch, ParsedPoint};
use protocol::{Kind, SeriesKey, Timestamp, Unit};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The quantiles that a histogram is reduced to, as the label `quantile` has them.
const QUANTILES: [(&str, f64); 3] = [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)];

/// The most buckets of a histogram.
pub(crate) const HISTOGRAM_BUCKETS_MAX: usize = 1_000;

/// The most buckets that a [`Reducer`] remembers, of all histograms.
const REMEMBERED_MAX: usize = 200_000;

/// The most histograms that a [`Reducer`] remembers.
const SERIES_MAX: usize = 20_000;

/// A histogram that is forgotten after this time without a value.
const FORGOTTEN_AFTER_MS: i64 = 600_000;

/// A histogram may be dated so much later than it arrives. A later one would make all that follow seem late.
const EARLY_MAX_MS: i64 = 60_000;

/// A histogram may be so old when it arrives. An older one says nothing about now.
const LATE_MAX_MS: i64 = 86_400_000;

/// The least time between two searches for such histograms.
const FORGET_EVERY_MS: i64 = 10_000;

/// Counts since the sender's start, by bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The series whose quantiles it has.
    pub(crate) series: SeriesKey,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) unit: Option<Unit>,
    pub(crate) place: u32,
    /// From the lowest to the highest.
    pub(crate) buckets: Vec<Bucket>,
}

/// How often a value was in a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) count: f64,
}

/// Makes quantiles of histograms: of the values between two of a sender's requests. So they say what is the case now, and
/// not since the sender's start.
#[derive(Debug, Default)]
pub struct Reducer {
    previous: HashMap<SeriesKey, Previous>,
    /// Of all of them.
    buckets: usize,
    /// When it last forgot; looking for what to forget takes time.
    forgot_at: Timestamp,
}

#[derive(Debug)]
struct Previous {
    at: Timestamp,
    /// By this server's clock; what a sender says must not decide how long it is kept.
    heard_at: Timestamp,
    buckets: Vec<Bucket>,
}

impl Reducer {
    /// Adds the quantiles of a batch's histograms to its points, except for histograms that are new, or have no new
    /// values, or are dated in the future or long ago. Beyond the limits of memory, further ones have no quantiles.
    pub fn reduce(&mut self, batch: &mut Batch, now: Timestamp) {
        for histogram in std::mem::take(&mut batch.histograms) {
            let Histogram {
                series,
                timestamp,
                unit,
                place,
                buckets,
            } = histogram;
            let at = timestamp.unwrap_or(now);
            let age_ms = now.unix_ms().saturating_sub(at.unix_ms());
            if !(-EARLY_MAX_MS..=LATE_MAX_MS).contains(&age_ms) {
                continue;
            }
            let Some(since) = self.replace(&series, at, now, buckets) else {
                continue;
            };
            for (label, quantile) in QUANTILES {
                let Some(value) = self::quantile(&since, quantile) else {
                    continue;
                };
                let mut series = series.clone();
                series
                    .labels
                    .insert("quantile".to_owned(), label.to_owned());
                let point = ParsedPoint {
                    series,
                    timestamp,
                    value,
                    unit: unit.clone(),
                    kind: Kind::Gauge,
                    place,
                };
                if batch.push(point).is_err() {
                    return;
                }
            }
        }
    }

    /// The counts since the previous ones of the series, if they are known and older.
    fn replace(
        &mut self,
        series: &SeriesKey,
        at: Timestamp,
        now: Timestamp,
        buckets: Vec<Bucket>,
    ) -> Option<Vec<Bucket>> {
        if !self.has_room(buckets.len()) {
            self.forget(now);
        }
        let has_room = self.has_room(buckets.len());
        let heard_at = now;
        match self.previous.entry(series.clone()) {
            Entry::Occupied(mut known) => {
                let previous = known.get_mut();
                previous.heard_at = heard_at;
                // A late or repeated request says nothing about now.
                if at <= previous.at {
                    return None;
                }
                let since = since(&previous.buckets, &buckets);
                if buckets.len() <= previous.buckets.len() || has_room {
                    self.buckets = self.buckets + buckets.len() - previous.buckets.len();
                    *previous = Previous {
                        at,
                        heard_at,
                        buckets,
                    };
                }
                since
            }
            Entry::Vacant(place) => {
                if has_room {
                    self.buckets += buckets.len();
                    place.insert(Previous {
                        at,
                        heard_at,
                        buckets,
                    });
                }
                None
            }
        }
    }

    fn has_room(&self, buckets: usize) -> bool {
        self.previous.len() < SERIES_MAX && self.buckets + buckets <= REMEMBERED_MAX
    }

    fn forget(&mut self, now: Timestamp) {
        if (0..FORGET_EVERY_MS).contains(&(now.unix_ms() - self.forgot_at.unix_ms())) {
            return;
        }
        self.forgot_at = now;
        // What was heard later than now was heard before the clock was set back.
        let kept = 0..FORGOTTEN_AFTER_MS;
        self.previous
            .retain(|_, it| kept.contains(&(now.unix_ms() - it.heard_at.unix_ms())));
        self.buckets = self.previous.values().map(|it| it.buckets.len()).sum();
    }
}

/// How much each bucket has grown; `None` if one has shrunk or is gone, which is a reset or another choice of buckets.
fn since(previous: &[Bucket], this: &[Bucket]) -> Option<Vec<Bucket>> {
    let mut known = previous.iter().peekable();
    let mut grown = Vec::with_capacity(this.len());
    for bucket in this {
        let before = known.next_if(|it| it.upper == bucket.upper);
        let count = bucket.count - before.map_or(0.0, |it| it.count);
        if count < 0.0 || !count.is_finite() {
            return None;
        }
        grown.push(Bucket { count, ..*bucket });
    }
    known.next().is_none().then_some(grown)
}

/// The value below which that part of the values is, interpolated linearly within its bucket. In a bucket without an upper
/// bound it is the lower one, as in Prometheus.
fn quantile(buckets: &[Bucket], quantile: f64) -> Option<f64> {
    let total: f64 = buckets.iter().map(|it| it.count).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let rank = total * quantile;
    let mut below = 0.0;
    for bucket in buckets {
        if below + bucket.count >= rank && bucket.count > 0.0 {
            let value = match (bucket.lower.is_finite(), bucket.upper.is_finite()) {
                (true, true) => {
                    let part = (rank - below) / bucket.count;
                    bucket.lower + (bucket.upper - bucket.lower) * part
                }
                (true, false) => bucket.lower,
                (false, _) => bucket.upper,
            };
            return value.is_finite().then_some(value);
        }
        below += bucket.count;
    }
    None
}

/// Buckets by their upper bounds, as classic histograms have them: ascending, the last without a bound.
pub(crate) fn by_upper_bounds(bounds: impl Iterator<Item = (f64, f64)>) -> Vec<Bucket> {
    let mut lower = None;
    let mut buckets = Vec::new();
    for (upper, count) in bounds {
        // The first one begins at 0, unless there are negative values.
        let first = if upper > 0.0 { 0.0 } else { f64::NEG_INFINITY };
        let below: f64 = lower.unwrap_or(first);
        buckets.push(Bucket {
            lower: below,
            upper,
            count,
        });
        lower = Some(upper);
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(at_ms: i64, counts: &[f64]) -> Batch {
        let bounds = [0.1, 0.5, 1.0, f64::INFINITY];
        let buckets = by_upper_bounds(bounds.into_iter().zip(counts.iter().copied()));
        let mut batch = Batch::default();
        let histogram = Histogram {
            series: SeriesKey::new("", "latency_seconds", []),
            timestamp: Some(Timestamp::from_unix_ms(at_ms)),
            unit: None,
            place: 0,
            buckets,
        };
        batch.push_histogram(histogram).expect("few buckets");
        batch
    }

    fn quantiles(reducer: &mut Reducer, at_ms: i64, counts: &[f64]) -> Vec<f64> {
        let mut batch = histogram(at_ms, counts);
        reducer.reduce(&mut batch, Timestamp::from_unix_ms(at_ms));
        batch.points.iter().map(|point| point.value).collect()
    }

    #[test]
    fn quantiles_are_of_the_values_since_the_previous_request() {
        let mut reducer = Reducer::default();
        let none: [f64; 0] = [];
        assert_eq!(quantiles(&mut reducer, 1_000, &[1e6, 0.0, 0.0, 0.0]), none);
        let found = quantiles(&mut reducer, 2_000, &[1e6, 100.0, 0.0, 0.0]);
        let expected = [0.3, 0.48, 0.496];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(found.len(), 3);
        assert_eq!(
            quantiles(&mut reducer, 3_000, &[1e6, 100.0, 0.0, 0.0]),
            none,
            "no new values"
        );
        assert_eq!(
            quantiles(&mut reducer, 2_500, &[2e6, 100.0, 0.0, 0.0]),
            none,
            "late"
        );
        assert_eq!(
            quantiles(&mut reducer, 4_000, &[0.0, 1.0, 0.0, 0.0]),
            none,
            "a reset"
        );
        assert_eq!(
            quantiles(&mut reducer, 5_000, &[0.0, 1.0, 0.0, 7.0]),
            [1.0; 3],
            "no upper bound"
        );
    }

    #[test]
    fn memory_is_limited() {
        let mut reducer = Reducer::default();
        for host in 0..SERIES_MAX + 5 {
            let mut batch = histogram(1_000, &[1.0; 4]);
            batch.histograms[0].series.host = host.to_string();
            reducer.reduce(&mut batch, Timestamp::from_unix_ms(1_000));
        }
        assert_eq!(reducer.previous.len(), SERIES_MAX);
        let later = 1_000 + FORGOTTEN_AFTER_MS;
        quantiles(&mut reducer, later, &[1.0; 4]);
        assert_eq!(reducer.previous.len(), 1);
        for host in 0..=REMEMBERED_MAX / 100 {
            let mut batch = Batch::default();
            let buckets = by_upper_bounds((0..100).map(|bound| (f64::from(bound), 1.0)));
            let histogram = Histogram {
                series: SeriesKey::new(host.to_string(), "size_bytes", []),
                timestamp: None,
                unit: None,
                place: 0,
                buckets,
            };
            batch.push_histogram(histogram).expect("few buckets");
            reducer.reduce(&mut batch, Timestamp::from_unix_ms(later));
        }
        assert_eq!(reducer.previous.len(), REMEMBERED_MAX / 100);
        assert!(reducer.buckets <= REMEMBERED_MAX);
    }

    #[test]
    fn a_histogram_without_buckets_takes_no_memory() {
        let batch = histogram(1_000, &[]);
        assert!(batch.histograms.is_empty());
    }

    #[test]
    fn the_time_that_a_sender_states_is_not_trusted() {
        let now_ms = 10 * LATE_MAX_MS;
        let now = Timestamp::from_unix_ms(now_ms);
        let mut reducer = Reducer::default();
        let mut reduce = |at_ms: i64, count: f64| {
            let mut batch = histogram(at_ms, &[count; 4]);
            reducer.reduce(&mut batch, now);
            (batch.points.len(), reducer.previous.len())
        };
        for at_ms in [
            now_ms + EARLY_MAX_MS + 1,
            now_ms - LATE_MAX_MS - 1,
            i64::MAX,
            i64::MIN,
        ] {
            assert_eq!(reduce(at_ms, 9.0), (0, 0), "{at_ms}");
        }
        // So one from the future does not make the others seem late.
        assert_eq!(reduce(now_ms - 1_000, 1.0), (0, 1));
        assert_eq!(reduce(now_ms, 2.0), (3, 1));
        // Nor does an old one stay for less time.
        let later = Timestamp::from_unix_ms(now_ms + FORGOTTEN_AFTER_MS);
        let mut reducer = Reducer::default();
        reducer.reduce(&mut histogram(now_ms - 3_600_000, &[1.0; 4]), now);
        reducer.forget(Timestamp::from_unix_ms(later.unix_ms() - 1));
        assert_eq!(reducer.previous.len(), 1);
        reducer.forgot_at = Timestamp::default();
        reducer.forget(later);
        assert_eq!((reducer.previous.len(), reducer.buckets), (0, 0));
    }
}

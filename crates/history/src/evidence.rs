//! How unusual the value of a series is at a moment, by the hour before. Pure.
//!
//! The score is the modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", 1993): the distance from
//! the median in units of the median absolute deviation, so that neither spikes of before nor the deviation itself hide it.

use crate::Samples;
use protocol::{Count, Kind, Timestamp, rate};

/// What the values of a moment are compared with.
pub const BASELINE_MS: i64 = 60 * 60 * 1_000;

/// Scores are between its negative and it.
pub const SCORE_MAX: f64 = 100.0;

/// With fewer samples nothing is usual.
const SAMPLES_MIN: usize = 30;

/// What makes the median absolute deviation of a normal distribution its standard deviation.
const NORMAL: f64 = 1.482_6;

/// The same for the mean absolute deviation, which is taken where more than half of the values are the same.
const NORMAL_MEAN: f64 = 1.253_3;

/// A deviation is taken to be at least this part of the median, so that the last digits of a constant value are not news.
const RELATIVE_MIN: f64 = 0.005;

/// A series whose newest sample is so many of its intervals old has no value. As many that are later are not there yet.
const INTERVALS_MAX: i64 = 3;

/// How long ago it is news that a series has begun or ended.
const NEWS_MS: i64 = 2 * 60 * 1_000;

/// The score of a series that begins or ends.
const BEGUN_OR_ENDED: f64 = 20.0;

/// How a series differs at a moment from the hour before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// What is unusual.
    pub change: Change,
    /// Its value then, of a counter its rate.
    pub value: Option<f64>,
    /// The middle of the values before.
    pub median: Option<f64>,
    /// A twentieth of the values before are less, and as many are greater.
    pub usual: Option<(f64, f64)>,
    /// How unusual it is: standard deviations from the median, if the values were normally distributed.
    pub score: f64,
}

/// What is unusual about a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Its value.
    Value,
    /// That it is there: it had no samples before.
    Begun,
    /// That it is not there: it had samples until shortly before.
    Ended,
}

/// Compares a series at a moment with the hour before. Absent if there is too little to compare with. `samples` are those of
/// the hour up to the moment.
#[must_use]
pub fn deviation(samples: &Samples, kind: Kind, at_ms: i64) -> Option<Deviation> {
    let samples = samples.within(at_ms - BASELINE_MS, at_ms + 1);
    let times = samples.times_ms();
    let (first_ms, last_ms) = (*times.first()?, *times.last()?);
    let interval_ms = interval_ms(times);
    let values = match kind {
        Kind::Counter => rates(&samples, interval_ms),
        Kind::Gauge => samples.iter().collect(),
    };
    let age_ms = at_ms - last_ms;
    let has_ended = age_ms > INTERVALS_MAX * interval_ms;
    if has_ended {
        let is_news = age_ms <= NEWS_MS && times.len() >= SAMPLES_MIN;
        let values = values.into_iter().map(|(_, value)| value).collect();
        return is_news.then(|| begun_or_ended(Change::Ended, None, values));
    }
    let (_, value) = *values.last()?;
    let before: Vec<f64> = values[..values.len() - 1].iter().map(|it| it.1).collect();
    if before.len() < SAMPLES_MIN {
        let is_news = at_ms - first_ms <= NEWS_MS;
        return is_news.then(|| begun_or_ended(Change::Begun, Some(value), Vec::new()));
    }
    let sorted = sorted(before);
    let median = quantile(&sorted, 0.5);
    Some(Deviation {
        change: Change::Value,
        value: Some(value),
        median: Some(median),
        usual: Some((quantile(&sorted, 0.05), quantile(&sorted, 0.95))),
        score: score(&sorted, median, value),
    })
}

fn begun_or_ended(change: Change, value: Option<f64>, before: Vec<f64>) -> Deviation {
    let sorted = sorted(before);
    let has_values = !sorted.is_empty();
    Deviation {
        change,
        value,
        median: has_values.then(|| quantile(&sorted, 0.5)),
        usual: has_values.then(|| (quantile(&sorted, 0.05), quantile(&sorted, 0.95))),
        score: BEGUN_OR_ENDED,
    }
}

fn score(sorted: &[f64], median: f64, value: f64) -> f64 {
    let distances = || sorted.iter().map(|it| (it - median).abs());
    let of_medians = quantile(&self::sorted(distances().collect()), 0.5) * NORMAL;
    let scale = match of_medians > 0.0 {
        true => of_medians,
        false => distances().sum::<f64>() / sorted.len() as f64 * NORMAL_MEAN,
    };
    let scale = scale.max(median.abs() * RELATIVE_MIN);
    let distance = value - median;
    if distance == 0.0 {
        return 0.0;
    }
    if !distance.is_finite() {
        return SCORE_MAX.copysign(distance);
    }
    // A constant that was 0 has no scale.
    (distance / scale).clamp(-SCORE_MAX, SCORE_MAX)
}

/// The usual time between two samples.
fn interval_ms(times_ms: &[i64]) -> i64 {
    let between = times_ms.windows(2).map(|pair| (pair[1] - pair[0]) as f64);
    let between = sorted(between.collect());
    match between.is_empty() {
        true => 1_000,
        false => (quantile(&between, 0.5) as i64).max(1_000),
    }
}

fn rates(samples: &Samples, interval_ms: i64) -> Vec<(i64, f64)> {
    let counts: Vec<(i64, f64)> = samples.iter().collect();
    let count = |(at_ms, value): (i64, f64)| Count {
        value,
        timestamp: Timestamp::from_unix_ms(at_ms),
    };
    let rates = counts.windows(2).filter_map(|pair| {
        let rate = rate(count(pair[0]), count(pair[1]), interval_ms as u64)?;
        Some((pair[1].0, rate))
    });
    rates.collect()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The value below which this part of the values is; there is one at least.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last sample of each second of ten minutes, and the moment of the last.
    fn check(values: impl Fn(i64) -> Option<f64>, kind: Kind) -> Option<Deviation> {
        let samples = (0..=600).filter_map(|second| Some((second * 1_000, values(second)?)));
        deviation(&samples.collect(), kind, 600_000)
    }

    fn noise(second: i64) -> f64 {
        // Between -1 and 1, without a pattern of a minute.
        ((second * 7_919) % 1_009) as f64 / 504.5 - 1.0
    }

    #[test]
    fn a_value_is_compared_with_the_usual_ones() {
        let found = check(
            |at| Some(if at == 600 { 80.0 } else { 10.0 + noise(at) }),
            Kind::Gauge,
        );
        let found = found.unwrap();
        assert_eq!((found.change, found.value), (Change::Value, Some(80.0)));
        assert!((9.0..11.0).contains(&found.median.unwrap()));
        assert!(found.score > 50.0, "{found:?}");
        let usual = check(|at| Some(10.0 + noise(at)), Kind::Gauge).unwrap();
        assert!(usual.score.abs() < 2.0, "{usual:?}");
    }

    #[test]
    fn spikes_of_before_do_not_hide_one() {
        let spiky = |at: i64| if at % 10 == 0 { 90.0 } else { 10.0 + noise(at) };
        let found = check(|at| Some(spiky(at)), Kind::Gauge).unwrap();
        assert!(found.score > 20.0, "{found:?}");
    }

    #[test]
    fn constants_have_a_scale() {
        let stays = check(|_| Some(5.0), Kind::Gauge).unwrap();
        assert_eq!(stays.score, 0.0);
        let falls = check(|at| Some(if at == 600 { 0.0 } else { 5.0 }), Kind::Gauge);
        assert_eq!(falls.unwrap().score, -SCORE_MAX);
        let barely = check(|at| Some(if at == 600 { 5.001 } else { 5.0 }), Kind::Gauge);
        assert!(barely.unwrap().score < 0.1);
        let from_zero = check(|at| Some(if at == 600 { 1.0 } else { 0.0 }), Kind::Gauge);
        assert_eq!(from_zero.unwrap().score, SCORE_MAX);
    }

    #[test]
    fn the_largest_numbers_have_a_score() {
        let largest = |at: i64| if at % 2 == 0 { f64::MAX } else { -f64::MAX };
        for last in [f64::MAX, -f64::MAX, 0.0] {
            let found = check(
                |at| Some(if at == 600 { last } else { largest(at) }),
                Kind::Gauge,
            );
            assert!(found.unwrap().score.is_finite(), "{last}");
        }
    }

    #[test]
    fn counters_are_compared_by_their_rates() {
        let steady = check(|at| Some(at as f64 * 100.0), Kind::Counter).unwrap();
        assert_eq!((steady.value, steady.score), (Some(100.0), 0.0));
        let faster = check(
            |at| Some(at as f64 * 100.0 + if at == 600 { 900.0 } else { 0.0 }),
            Kind::Counter,
        );
        assert_eq!(faster.unwrap().value, Some(1_000.0));
    }

    #[test]
    fn series_that_begin_or_end_are_news_for_a_while() {
        let ends = |at_ms| check(move |at| (at <= at_ms).then_some(1.0), Kind::Gauge);
        assert_eq!(ends(570).unwrap().change, Change::Ended);
        assert_eq!(ends(300), None);
        let begins = |at_ms| check(move |at| (at >= at_ms).then_some(1.0), Kind::Gauge);
        let begun = begins(590).unwrap();
        assert_eq!((begun.change, begun.value), (Change::Begun, Some(1.0)));
        assert_eq!(begins(601), None);
    }
}

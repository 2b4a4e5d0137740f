use crate::Timestamp;

/// If two samples are more intervals apart, at least one between them is missing.
const INTERVALS_MAX: f64 = 2.5;

/// A sample of a [counter](crate::Kind::Counter).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// The total as it was sent, in the series' unit.
    pub value: f64,
    /// When it was sampled.
    pub timestamp: Timestamp,
}

/// The rate of a counter between two samples, in its unit per second. Counters are stored as they were
/// sent; charts and rules use this function.
///
/// ```text
/// rate = increase / seconds between the samples
/// increase = this - previous, or all of `this` if that is negative
/// ```
///
/// As in Prometheus, a decrease means a reset to 0. The increase before the reset is unknown, so the rate
/// is a lower bound then. It is never negative.
///
/// `None` where there is no rate: `this` is not later than `previous`, they are more than 2.5 times
/// `interval_ms` (the usual time between two samples) apart, or a value is negative or not finite.
pub fn rate(previous: Count, this: Count, interval_ms: u64) -> Option<f64> {
    let is_count = |value: f64| value.is_finite() && value >= 0.0;
    let elapsed_ms = this.timestamp.unix_ms() - previous.timestamp.unix_ms();
    let is_gap = elapsed_ms as f64 > INTERVALS_MAX * interval_ms as f64;
    if elapsed_ms <= 0 || is_gap || !is_count(previous.value) || !is_count(this.value) {
        return None;
    }
    let increase = match this.value >= previous.value {
        true => this.value - previous.value,
        false => this.value,
    };
    Some(increase / (elapsed_ms as f64 / 1_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(previous: (f64, i64), this: (f64, i64), expected: Option<f64>) {
        let count = |(value, at_ms)| Count {
            value,
            timestamp: Timestamp::from_unix_ms(at_ms),
        };
        let found = rate(count(previous), count(this), 1_000);
        assert_eq!(found, expected, "{previous:?} {this:?}");
    }

    #[test]
    fn a_rate_is_per_second_of_elapsed_time() {
        check((100.0, 0), (150.0, 1_000), Some(50.0));
        check((100.0, 0), (150.0, 2_000), Some(25.0));
        check((100.0, 500), (100.0, 1_500), Some(0.0));
    }

    #[test]
    fn a_decrease_is_a_reset() {
        check((1_000.0, 0), (30.0, 1_000), Some(30.0));
        check((1_000.0, 0), (0.0, 1_000), Some(0.0));
    }

    #[test]
    fn there_is_no_rate_across_a_gap() {
        check((0.0, 0), (5.0, 2_500), Some(2.0));
        check((0.0, 0), (5.0, 2_501), None);
    }

    #[test]
    fn invalid_counts_and_times_have_no_rate() {
        check((0.0, 1_000), (5.0, 1_000), None);
        check((0.0, 1_000), (5.0, 0), None);
        check((f64::NAN, 0), (5.0, 1_000), None);
        check((0.0, 0), (f64::INFINITY, 1_000), None);
        check((-1.0, 0), (5.0, 1_000), None);
        check((0.0, 0), (-5.0, 1_000), None);
    }
}

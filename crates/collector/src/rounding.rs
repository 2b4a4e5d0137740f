//! The arithmetic of samples: rounding, shares and rates that are always finite.

use std::time::Duration;

/// The maximum plausible memory: physical addresses have at most 52 bits on all supported platforms. A
/// larger value is a container without a limit, or a negative number.
pub(crate) const MEMORY_BYTES_MAX: u64 = 1 << 52;

/// The maximum plausible rate of a device: eight terabits. A higher one is an overwritten counter.
const RATE_BYTES_PER_SECOND_MAX: f64 = 1e12;

/// To one decimal, for percentages and temperatures; absent if not finite.
pub(crate) fn tenths(value: f64) -> Option<f64> {
    rounded(value, 10.0)
}

/// To two decimals, for load averages; absent if not finite.
pub(crate) fn hundredths(value: f64) -> Option<f64> {
    rounded(value, 100.0)
}

fn rounded(value: f64, parts: f64) -> Option<f64> {
    // Adding zero turns -0.0 into 0.0.
    let rounded = (value * parts).round() / parts + 0.0;
    rounded.is_finite().then_some(rounded)
}

/// A percentage that a platform reports; absent outside of 0 to 100, since a clamped value would look
/// plausible.
pub(crate) fn percent(value: f64) -> Option<f64> {
    tenths(value).filter(|value| (0.0..=100.0).contains(value))
}

/// `part` in percent of `whole`; absent if `whole` is 0 or less than `part`.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    percent(part as f64 * 100.0 / whole as f64)
}

/// The rate of a counter per second; absent if no time has passed, if the counter decreased (it was reset at
/// an unknown time), or if the rate is not plausible.
pub(crate) fn per_second(before: u64, after: u64, elapsed: Duration) -> Option<u64> {
    let rate = after.checked_sub(before)? as f64 / elapsed.as_secs_f64();
    let possible = rate <= RATE_BYTES_PER_SECOND_MAX;
    possible.then_some(rate.round() as u64)
}

/// The largest whole multiple of `every` within `elapsed`.
pub(crate) fn whole_multiples(elapsed: Duration, every: Duration) -> Duration {
    let every_ns = every.as_nanos().max(1);
    let whole_ns = elapsed.as_nanos() / every_ns * every_ns;
    Duration::from_nanos(u64::try_from(whole_ns).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_and_rejects_infinite_values() {
        for (value, expected) in [
            (45.25, Some(45.3)),
            (45.249, Some(45.2)),
            (-0.04, Some(0.0)),
            (-3.16, Some(-3.2)),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(tenths(value), expected, "{value}");
        }
        assert!(tenths(-0.04).unwrap().is_sign_positive());
        assert_eq!(hundredths(0.125), Some(0.13));
    }

    #[test]
    fn impossible_percentages_are_absent() {
        for (value, expected) in [
            (0.0, Some(0.0)),
            (-0.04, Some(0.0)),
            (100.04, Some(100.0)),
            (100.06, None),
            (120.0, None),
            (-1.0, None),
            (f64::NAN, None),
        ] {
            assert_eq!(percent(value), expected, "{value}");
        }
    }

    #[test]
    fn shares_are_absent_without_a_whole() {
        assert_eq!(share(1, 3), Some(33.3));
        assert_eq!(share(5, 3), None);
        assert_eq!(share(0, 0), None);
        assert_eq!(share(u64::MAX, u64::MAX), Some(100.0));
    }

    #[test]
    fn rates_use_the_elapsed_time() {
        let ms = Duration::from_millis;
        for (before, after, elapsed, expected) in [
            (1_000, 3_000, ms(1_000), Some(2_000)),
            (1_000, 3_000, ms(2_500), Some(800)),
            (1_000, 1_000, ms(1_000), Some(0)),
            // Reset in between.
            (3_000, 1_000, ms(1_000), None),
            (0, 100_000_000_000, ms(1_000), Some(100_000_000_000)),
            // Overwritten with a number that was negative.
            (3_000, u64::MAX - 5, ms(1_000), None),
            (0, u64::MAX, Duration::from_nanos(1), None),
            (0, 1, Duration::ZERO, None),
            (0, 0, Duration::ZERO, None),
        ] {
            assert_eq!(per_second(before, after, elapsed), expected);
        }
    }

    #[test]
    fn a_grid_has_no_drift() {
        let ms = Duration::from_millis;
        assert_eq!(whole_multiples(ms(999), ms(1_000)), ms(0));
        assert_eq!(whole_multiples(ms(1_000), ms(1_000)), ms(1_000));
        assert_eq!(whole_multiples(ms(7_350), ms(100)), ms(7_300));
    }
}

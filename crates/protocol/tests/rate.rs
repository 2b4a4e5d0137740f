//! Rates of counters, for arbitrary samples.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{Count, Timestamp, rate};

const INTERVAL_MS: u64 = 1_000;

fn count(value: f64, at_ms: i64) -> Count {
    Count {
        value,
        timestamp: Timestamp::from_unix_ms(at_ms),
    }
}

proptest! {
    #[test]
    fn a_rate_is_finite_and_never_negative(
        values in any::<[f64; 2]>(),
        times_ms in prop::array::uniform2(0..10_000_i64),
        interval_ms in any::<u64>(),
    ) {
        let [previous, this] = [0, 1].map(|at| count(values[at].abs() / 1e9, times_ms[at]));
        if let Some(rate) = rate(previous, this, interval_ms) {
            prop_assert!(rate.is_finite() && rate >= 0.0, "{rate}");
            prop_assert!(previous.timestamp < this.timestamp);
        }
    }

    /// Without resets and gaps, rates times their seconds add up to what was counted.
    #[test]
    fn rates_add_up_to_the_increase(
        steps in vec((0..1_000_000_u32, 1..=2_500_i64), 1..50),
        start in 0..1_000_000_u32,
    ) {
        let (mut before, mut total) = (count(f64::from(start), 0), 0.0);
        for (increase, elapsed_ms) in steps {
            let at_ms = before.timestamp.unix_ms() + elapsed_ms;
            let this = count(before.value + f64::from(increase), at_ms);
            let per_second = rate(before, this, INTERVAL_MS);
            prop_assert!(per_second.is_some());
            total += per_second.unwrap_or_default() * elapsed_ms as f64 / 1_000.0;
            before = this;
        }
        let increase = before.value - f64::from(start);
        prop_assert!((total - increase).abs() <= 1e-9 * increase.max(1.0), "{total} {increase}");
    }

    #[test]
    fn a_reset_counts_from_zero_and_never_makes_a_spike(
        previous in 1.0..1e15_f64,
        share in 0.0..1.0_f64,
        elapsed_ms in 1..=2_500_i64,
    ) {
        let value = previous * share;
        let seconds = elapsed_ms as f64 / 1_000.0;
        let found = rate(count(previous, 0), count(value, elapsed_ms), INTERVAL_MS);
        prop_assert_eq!(found, Some(value / seconds));
    }
}

//! Where things are on a chart. Pure, so that it is tested without a browser.

/// Steps that people count in.
const NICE_STEPS: [f64; 3] = [1.0, 2.0, 5.0];

/// Steps that clocks are read in, in seconds.
const TIME_STEPS_SECONDS: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 10_800.0,
    21_600.0, 86_400.0,
];

/// A range of values, laid over a range of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) values: (f64, f64),
    pub(super) pixels: (f64, f64),
}

impl Scale {
    pub(super) fn place(&self, value: f64) -> f64 {
        let (from, to) = self.values;
        let (start, end) = self.pixels;
        start + (value - from) / (to - from) * (end - start)
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that covers `span` in `count` steps.
pub(super) fn nice_step(span: f64, count: usize) -> f64 {
    let least = (span / count as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powi(least.log10().floor() as i32);
    NICE_STEPS
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(power * 10.0)
}

/// The smallest step of a clock that covers `span_ms` in `count` steps.
pub(super) fn time_step_ms(span_ms: f64, count: usize) -> f64 {
    let least = span_ms / count as f64;
    TIME_STEPS_SECONDS
        .into_iter()
        .map(|seconds| seconds * 1_000.0)
        .find(|step| *step >= least)
        .unwrap_or_else(|| (least / 86_400_000.0).ceil() * 86_400_000.0)
}

/// The multiples of `step` from `from` to `to`, both included.
pub(super) fn ticks(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (from / step).ceil();
    let count = ((to / step + 1e-9).floor() - first + 1.0).max(0.0) as usize;
    (0..count).map(move |index| (first + index as f64) * step)
}

/// One sample of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) at_ms: f64,
    /// A next sample later than this is not joined to this one.
    pub(super) reach_ms: f64,
    pub(super) value: Option<f64>,
}

/// The stretches of a line without a hole in them: a missing sample is not drawn over.
pub(super) fn runs(samples: impl IntoIterator<Item = Sample>) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut joined_until_ms = f64::NEG_INFINITY;
    for sample in samples {
        let Some(value) = sample.value else {
            joined_until_ms = f64::NEG_INFINITY;
            continue;
        };
        let point = (sample.at_ms, value);
        match runs.last_mut() {
            Some(run) if sample.at_ms <= joined_until_ms => run.push(point),
            _ => runs.push(vec![point]),
        }
        joined_until_ms = sample.at_ms + sample.reach_ms;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_on_their_pixels() {
        let scale = Scale {
            values: (0.0, 100.0),
            pixels: (200.0, 0.0),
        };
        assert_eq!(scale.place(0.0), 200.0);
        assert_eq!(scale.place(25.0), 150.0);
    }

    #[test]
    fn steps_are_one_two_or_five() {
        for (span, count, step) in [
            (100.0, 4, 50.0),
            (100.0, 5, 20.0),
            (1.0, 5, 0.2),
            (1_300_000.0, 4, 500_000.0),
            (7.0, 7, 1.0),
        ] {
            assert!((nice_step(span, count) / step - 1.0).abs() < 1e-9, "{span}");
        }
        assert!(nice_step(0.0, 4) > 0.0);
    }

    #[test]
    fn time_goes_by_clocks() {
        assert_eq!(time_step_ms(49_000.0, 6), 10_000.0);
        assert_eq!(time_step_ms(490_000.0, 6), 120_000.0);
        assert_eq!(time_step_ms(49.0 * 3_600_000.0, 6), 86_400_000.0);
        assert_eq!(time_step_ms(60.0 * 86_400_000.0, 6), 10.0 * 86_400_000.0);
    }

    #[test]
    fn ticks_are_multiples_within_bounds() {
        assert!(ticks(0.0, 100.0, 25.0).eq([0.0, 25.0, 50.0, 75.0, 100.0]));
        assert!(ticks(7.0, 31.0, 10.0).eq([10.0, 20.0, 30.0]));
        assert_eq!(ticks(1.0, 2.0, 5.0).count(), 0);
    }

    #[test]
    fn holes_break_the_line() {
        let sample = |at_ms, value| Sample {
            at_ms,
            reach_ms: 2_500.0,
            value,
        };
        let line = [
            sample(0.0, Some(1.0)),
            sample(1_000.0, Some(2.0)),
            sample(3_500.0, Some(3.0)),
            sample(6_001.0, Some(4.0)),
            sample(7_000.0, None),
            sample(8_000.0, Some(5.0)),
        ];
        let lengths: Vec<_> = runs(line).iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 1, 1]);
    }
}

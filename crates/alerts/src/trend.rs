use std::collections::VecDeque;

/// Samples that a window is divided into: no window needs more memory, however often its series reports.
const PARTS: i64 = 60;

/// Fewer samples are no trend, and neither are those of less than half of the window.
const SAMPLES_MIN: usize = 10;
const SPAN_PARTS_MIN: i64 = PARTS / 2;

/// A pause of more than a quarter of the window is a gap: what was before it says nothing about now.
const GAP_PARTS: i64 = PARTS / 4;

/// A step back by more than this part of what the window spans is a reset, such as files that were deleted.
const RESET_PART: f64 = 0.5;

/// So much of the values' variance a line must explain (its R²): noise, and a single step, are no trend.
const FIT_MIN: f64 = 0.8;

/// The recent values of a series, as far as a projection needs them.
#[derive(Debug, Clone)]
pub(crate) struct Trend {
    within_ms: i64,
    ahead_ms: i64,
    /// Whether it is about rising values.
    is_upward: bool,
    /// Time and value, at least a part of the window apart.
    samples: VecDeque<(i64, f64)>,
    /// Whether the samples begin with a reset.
    is_reset: bool,
}

/// A line through values: its value at a time, and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    origin_ms: i64,
    at_origin: f64,
    per_ms: f64,
    /// The part of the variance that it explains; 0 of values that are all the same.
    fit: f64,
}

impl Line {
    /// The line with the least squares of its distances. Centred, so that neither large times nor large values cost
    /// digits.
    fn through(samples: &[(i64, f64)]) -> Option<Self> {
        let &(origin_ms, _) = samples.last()?;
        let count = samples.len() as f64;
        let time = |at_ms: i64| (at_ms - origin_ms) as f64;
        let mean_time = samples.iter().map(|(at_ms, _)| time(*at_ms)).sum::<f64>() / count;
        let mean = samples.iter().map(|(_, value)| value / count).sum::<f64>();
        let (mut times, mut values, mut both) = (0.0, 0.0, 0.0);
        for (at_ms, value) in samples {
            let (x, y) = (time(*at_ms) - mean_time, value - mean);
            times += x * x;
            values += y * y;
            both += x * y;
        }
        if times <= 0.0 {
            return None;
        }
        let per_ms = both / times;
        let explained = both * both / times;
        Some(Self {
            origin_ms,
            at_origin: mean - per_ms * mean_time,
            per_ms,
            fit: if values > 0.0 {
                explained / values
            } else {
                0.0
            },
        })
    }

    fn at(&self, at_ms: i64) -> f64 {
        self.at_origin + self.per_ms * (at_ms - self.origin_ms) as f64
    }
}

impl Trend {
    pub(crate) fn new(within_ms: i64, ahead_ms: i64, is_upward: bool) -> Self {
        Self {
            within_ms,
            ahead_ms,
            is_upward,
            samples: VecDeque::new(),
            is_reset: false,
        }
    }

    /// Adds a value, and returns what it is going to be; absent if too little is known. Without a trend, that is what it
    /// is now.
    pub(crate) fn add(&mut self, at_ms: i64, value: f64) -> Option<f64> {
        let part_ms = (self.within_ms / PARTS).max(1);
        let start_ms = at_ms - self.within_ms;
        while self
            .samples
            .front()
            .is_some_and(|(first_ms, _)| *first_ms < start_ms)
        {
            self.samples.pop_front();
            self.is_reset = false;
        }
        let last = self.samples.back().copied();
        if last.is_some_and(|(last_ms, _)| at_ms - last_ms > GAP_PARTS * part_ms) {
            self.clear();
        }
        if last.is_some_and(|(_, last)| self.is_step_back(last, value)) {
            self.samples.clear();
            self.is_reset = true;
        }
        let is_apart = |&(last_ms, _): &(i64, f64)| at_ms - last_ms >= part_ms;
        let is_stored = self.samples.back().is_none_or(is_apart);
        self.samples.push_back((at_ms, value));
        let projected = self.projected(at_ms, value, part_ms);
        if !is_stored {
            self.samples.pop_back();
        }
        projected
    }

    fn is_step_back(&self, last: f64, value: f64) -> bool {
        let values = self.samples.iter().map(|(_, value)| *value);
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |range, value| {
            (range.0.min(value), range.1.max(value))
        });
        let back = if self.is_upward {
            last - value
        } else {
            value - last
        };
        self.samples.len() >= SAMPLES_MIN && back > 0.0 && back > (most - least) * RESET_PART
    }

    fn projected(&mut self, at_ms: i64, value: f64, part_ms: i64) -> Option<f64> {
        let samples = &*self.samples.make_contiguous();
        let span_ms = at_ms - samples[0].0;
        if samples.len() < SAMPLES_MIN || span_ms < SPAN_PARTS_MIN * part_ms {
            return self.is_reset.then_some(value);
        }
        let newer = samples.partition_point(|(sample_ms, _)| *sample_ms < at_ms - span_ms / 2);
        // What has slowed down, or is over, goes on as it does now.
        let line = Line::through(samples)?;
        let whole = match line.fit >= FIT_MIN {
            true => line.at(at_ms + self.ahead_ms),
            false => value,
        };
        let newer = Line::through(&samples[newer..])
            .map_or(value, |line| value + line.per_ms * self.ahead_ms as f64);
        Some(match self.is_upward {
            true => whole.min(newer),
            false => whole.max(newer),
        })
    }

    /// Forgets everything, since the clock has gone back.
    pub(crate) fn clear(&mut self) {
        self.samples.clear();
        self.is_reset = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    const DAY_MS: i64 = 24 * HOUR_MS;
    const START_MS: i64 = 1_768_473_000_000;

    fn upward() -> Trend {
        Trend::new(3 * HOUR_MS, DAY_MS, true)
    }

    /// The projections of a value each minute.
    fn each_minute(
        trend: &mut Trend,
        from: i64,
        values: impl Iterator<Item = f64>,
    ) -> Vec<Option<f64>> {
        let added = values.enumerate();
        added
            .map(|(minute, value)| trend.add(START_MS + (from + minute as i64) * MINUTE_MS, value))
            .collect()
    }

    #[track_caller]
    fn assert_near(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() < 1e-6 * expected.abs().max(1.0),
            "{value}, not {expected}"
        );
    }

    #[test]
    fn a_line_goes_on_once_half_of_the_window_is_known() {
        let mut trend = upward();
        let values = (0..600).map(|minute| 50.0 + f64::from(minute) * 0.03);
        let projected = each_minute(&mut trend, 0, values);
        assert!(projected[..90].iter().all(Option::is_none));
        for (minute, value) in projected.iter().enumerate().skip(90) {
            let in_a_day = 50.0 + (minute as f64 + 1_440.0) * 0.03;
            assert_near(value.unwrap(), in_a_day);
        }
        assert!(trend.samples.len() <= PARTS as usize + 2);
    }

    #[test]
    fn bytes_that_fall_reach_zero() {
        let mut trend = Trend::new(3 * HOUR_MS, DAY_MS, false);
        // 2 TB, and 1.5 GB less each minute: in a day 2.16 TB less.
        let values = (0..300).map(|minute| 2e12 - f64::from(minute) * 1.5e9);
        let projected = each_minute(&mut trend, 0, values);
        assert_near(projected[299].unwrap(), 2e12 - (299.0 + 1_440.0) * 1.5e9);
        assert!(projected[299].unwrap() < 0.0);
    }

    #[test]
    fn noise_and_a_single_step_are_no_trend() {
        let mut trend = upward();
        let noise = (0..600).map(|minute| 60.0 + f64::from((minute * 7_919) % 100) / 100.0);
        let projected = each_minute(&mut trend, 0, noise);
        assert!(
            projected.iter().flatten().all(|value| *value <= 61.0),
            "{projected:?}"
        );
        // A large file is copied within ten minutes.
        let mut trend = upward();
        let copied = (0..600_i32).map(|minute| 40.0 + f64::from((minute - 200).clamp(0, 10)));
        let projected = each_minute(&mut trend, 0, copied);
        assert!(projected.iter().flatten().all(|value| *value < 100.0));
        let mut trend = upward();
        let flat = each_minute(&mut trend, 0, std::iter::repeat_n(99.0, 300));
        assert!(flat.iter().flatten().all(|value| *value == 99.0));
    }

    #[test]
    fn what_is_over_is_not_projected() {
        let mut trend = upward();
        let values = (0..600_i32).map(|minute| 50.0 + f64::from(minute.min(300)) * 0.1);
        let projected = each_minute(&mut trend, 0, values);
        assert!(projected[300].unwrap() > 100.0);
        // An hour and a half after it has stopped, nothing of the newer half rises.
        assert_near(projected[395].unwrap(), 80.0);
    }

    #[test]
    fn after_a_reset_and_after_a_gap_it_begins_anew() {
        let mut trend = upward();
        let rising = |from: f64| (0..300).map(move |minute| from + f64::from(minute) * 0.1);
        assert!(each_minute(&mut trend, 0, rising(50.0))[299].unwrap() > 100.0);
        // Files are deleted: what there is stays, until a trend is known.
        let after = each_minute(&mut trend, 300, rising(30.0));
        assert_eq!(after[0], Some(30.0));
        assert!(
            after[..90]
                .iter()
                .all(|it| it.is_some_and(|value| value < 100.0))
        );
        assert!(after[299].unwrap() > 100.0);
        // After two hours without values nothing is known.
        let after = each_minute(&mut trend, 720, rising(60.0));
        assert!(after[..90].iter().all(Option::is_none));
        assert!(after[299].unwrap() > 100.0);
    }

    proptest! {
        /// As solved exactly, in whole numbers.
        #[test]
        fn the_line_is_that_of_least_squares(
            samples in prop::collection::vec((1..600_000_i64, -1_000_000..1_000_000_i64), 3..60),
            ahead_ms in 0..DAY_MS,
        ) {
            let mut at_ms = START_MS;
            let mut exact: Vec<(i128, i128)> = Vec::new();
            let mut timed = Vec::new();
            for (pause_ms, value) in samples {
                at_ms += pause_ms;
                timed.push((at_ms, value as f64));
                exact.push((i128::from(at_ms), i128::from(value)));
            }
            let n = exact.len() as i128;
            let sum = |of: &dyn Fn(&(i128, i128)) -> i128| exact.iter().map(of).sum::<i128>();
            let (x, y) = (sum(&|it| it.0), sum(&|it| it.1));
            let (xx, xy) = (sum(&|it| it.0 * it.0), sum(&|it| it.0 * it.1));
            let yy = sum(&|it| it.1 * it.1);
            let (slope, over) = (n * xy - x * y, n * xx - x * x);
            let line = Line::through(&timed).unwrap();
            prop_assert!((line.per_ms - slope as f64 / over as f64).abs() <= 1e-9 * (1.0 + line.per_ms.abs()));
            // (y + slope · (n·t − x) / over) / n
            let t = i128::from(at_ms + ahead_ms);
            let expected = (y as f64 + slope as f64 / over as f64 * (n * t - x) as f64) / n as f64;
            let found = line.at(at_ms + ahead_ms);
            prop_assert!((found - expected).abs() <= 1e-6 * (1_000_000.0 + expected.abs()), "{} {}", found, expected);
            let spread = (n * yy - y * y) as f64;
            if spread > 0.0 {
                let fit = slope as f64 / over as f64 * slope as f64 / spread;
                prop_assert!((line.fit - fit).abs() < 1e-6, "{} {}", line.fit, fit);
            }
        }

        #[test]
        fn no_values_panic(values in prop::collection::vec((0..2 * HOUR_MS, any::<f64>()), 0..200), is_upward: bool) {
            let mut trend = Trend::new(HOUR_MS, DAY_MS, is_upward);
            let mut at_ms = START_MS;
            for (pause_ms, value) in values {
                at_ms += pause_ms;
                let _ = trend.add(at_ms, value);
                prop_assert!(trend.samples.len() <= PARTS as usize + 2);
            }
        }
    }
}

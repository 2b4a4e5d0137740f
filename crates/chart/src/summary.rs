//! A chart in words, for users who do not see it.

use crate::{Kind, Series, Window, quantity};

/// A trend is named if the last third differs from the first by this share of all there is between
/// lowest and highest.
const TREND_SHARE: f64 = 0.25;

/// Less than this share of the values themselves is no movement at all.
const STEADY_SHARE: f64 = 0.02;

/// Where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// The last third is clearly above the first.
    Rising,
    /// The last third is clearly below the first.
    Falling,
    /// Neither.
    Steady,
}

impl Trend {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Steady => "steady",
        }
    }
}

/// Statistics of a series within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many values there are.
    pub count: usize,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
    /// The mean of the values.
    pub average: f64,
    /// The newest value.
    pub latest: f64,
    /// Where they go.
    pub trend: Trend,
}

impl Summary {
    /// Sums a window up; `None` if there is no value in it.
    #[must_use]
    pub fn of(series: &Series, window: Window) -> Option<Self> {
        let mut count = 0;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut all = Mean::default();
        let (mut early, mut late) = (Mean::default(), Mean::default());
        let visible = series.visible(window);
        let latest = series
            .knots(visible.clone())
            .rev()
            .find(|k| k.has_value())?
            .value;
        // Thirds of the samples, not of the window: half of it may be empty yet.
        let third = visible.len().div_ceil(3);
        let late_from = visible.len() - third;
        for (index, knot) in series.knots(visible).enumerate() {
            if !knot.has_value() {
                continue;
            }
            count += 1;
            low = low.min(knot.value);
            high = high.max(knot.value);
            all.add(knot.value);
            if index < third {
                early.add(knot.value);
            }
            if index >= late_from {
                late.add(knot.value);
            }
        }
        let moved = late.mean - early.mean;
        let least = ((high - low) * TREND_SHARE).max(high.abs().max(low.abs()) * STEADY_SHARE);
        let trend = match moved {
            _ if early.count == 0.0 || late.count == 0.0 => Trend::Steady,
            _ if moved > least => Trend::Rising,
            _ if moved < -least => Trend::Falling,
            _ => Trend::Steady,
        };
        Some(Self {
            count,
            low,
            high,
            average: all.mean,
            latest,
            trend,
        })
    }

    /// A sentence, as in `CPU: 45.2 %, rising; between 12.0 % and 98.0 %, on average 40.1 %.`
    #[must_use]
    pub fn sentence(&self, name: &str, kind: Kind, unit: &str) -> String {
        let text = |value| quantity(value, kind, unit);
        [
            name,
            ": ",
            &text(self.latest),
            ", ",
            self.trend.word(),
            "; between ",
            &text(self.low),
            " and ",
            &text(self.high),
            ", on average ",
            &text(self.average),
            ".",
        ]
        .concat()
    }
}

/// A mean that huge values do not overflow.
#[derive(Debug, Default)]
struct Mean {
    count: f64,
    mean: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.mean = self.mean * ((self.count - 1.0) / self.count) + value / self.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{series, window};

    fn check(values: &[f64], sentence: &str) {
        let at = |index: usize| index as f64 * 1_000.0;
        let samples: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(i, v)| (at(i), Some(*v)))
            .collect();
        let summary = Summary::of(&series(&samples), window(0.0, 1e6));
        let found = summary.map(|s| s.sentence("CPU", Kind::Percent, "").replace('\u{a0}', " "));
        assert_eq!(found.unwrap_or_default(), sentence, "{values:?}");
    }

    #[test]
    fn figures_in_a_sentence() {
        check(&[], "");
        check(
            &[5.0],
            "CPU: 5.0 %, steady; between 5.0 % and 5.0 %, on average 5.0 %.",
        );
        check(
            &[10.0, 20.0, 30.0, 40.0],
            "CPU: 40.0 %, rising; between 10.0 % and 40.0 %, on average 25.0 %.",
        );
        check(
            &[40.0, 30.0, 20.0, 10.0],
            "CPU: 10.0 %, falling; between 10.0 % and 40.0 %, on average 25.0 %.",
        );
        check(
            &[10.0, 90.0, 10.0, 90.0, 10.0, 90.0, 10.0],
            "CPU: 10.0 %, steady; between 10.0 % and 90.0 %, on average 44.3 %.",
        );
        check(
            &[50.0, 50.1, 50.2],
            "CPU: 50.2 %, steady; between 50.0 % and 50.2 %, on average 50.1 %.",
        );
    }

    #[test]
    fn huge_values_do_not_overflow() {
        let line = series(&[(0.0, Some(1e308)), (1.0, Some(1e308)), (2.0, None)]);
        let average = Summary::of(&line, window(0.0, 9.0)).map(|summary| summary.average);
        assert_eq!(average, Some(1e308));
    }
}

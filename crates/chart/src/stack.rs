//! Series on top of each other.

use crate::merge::Merge;
use crate::within::within;
use crate::{Sample, Series, Window};

/// One series of a stack: its values lie between two lines with the same times and gaps.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The sum of the series below.
    pub lower: Series,
    /// The sum with this one.
    pub upper: Series,
}

/// Stacks what is drawn of some series, the first at the bottom.
///
/// Sums are taken at every time at which one of them has a sample: series sampled together are
/// summed exactly, and one that has no sample just then takes part with the line between its
/// neighbours. A gap is a gap in that series only; those above it lie on those below it.
#[must_use]
pub fn stack(series: &[&Series], window: Window) -> Vec<Layer> {
    let room = series.iter().map(|series| series.drawn(window).len()).max();
    let room = room.unwrap_or(0);
    let mut layers: Vec<_> = series
        .iter()
        .map(|_| Layer {
            lower: Series::unbounded(room),
            upper: Series::unbounded(room),
        })
        .collect();
    let mut merge = Merge::drawn(series, window);
    while let Some(at_ms) = merge.next_time() {
        let mut sum = 0.0;
        for ((layer, series), index) in layers.iter_mut().zip(series).zip(merge.indices()) {
            let sampled = series.knot(*index).is_some_and(|knot| knot.at_ms == at_ms);
            if let Some(value) = series.value_at(*index, at_ms) {
                if sampled && !series.joined(*index) {
                    layer.end_line(at_ms);
                }
                // Both lines of a layer must have the same gaps: no sum may be infinite.
                let upper = within(sum + value, -f64::MAX, f64::MAX);
                layer.put(at_ms, Some((sum, upper)));
                sum = upper;
            } else if sampled {
                layer.put(at_ms, None);
            }
        }
    }
    layers
}

impl Layer {
    /// Sums are without a rhythm, since others' times are among them: the gaps of a series are put
    /// in by hand.
    fn end_line(&mut self, before_ms: f64) {
        if let Some(newest) = self.upper.newest() {
            self.put(f64::midpoint(newest.at_ms, before_ms), None);
        }
    }

    fn put(&mut self, at_ms: f64, between: Option<(f64, f64)>) {
        let sample = |value| Sample {
            at_ms,
            interval_ms: 0,
            value,
        };
        self.lower.append(sample(between.map(|(lower, _)| lower)));
        self.upper.append(sample(between.map(|(_, upper)| upper)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{series, window};

    /// What lies at each time, `lower-upper` for each layer, `_` for a gap.
    fn check(stacked: &[&[(f64, Option<f64>)]], expected: &[&str]) {
        let series: Vec<_> = stacked.iter().map(|samples| series(samples)).collect();
        let series: Vec<_> = series.iter().collect();
        let layers = stack(&series, window(0.0, 100_000.0));
        let text = |layer: &Layer| {
            let pairs = layer.lower.samples(0..layer.lower.len());
            let pairs = pairs.zip(layer.upper.samples(0..layer.upper.len()));
            let texts = pairs.map(|(lower, upper)| match (lower.value, upper.value) {
                (Some(low), Some(high)) => format!("{low}-{high}"),
                _ => "_".into(),
            });
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(layers.iter().map(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn values_at_one_time_are_added() {
        check(
            &[
                &[(0.0, Some(1.0)), (1_000.0, Some(2.0))],
                &[(0.0, Some(10.0)), (1_000.0, Some(20.0))],
            ],
            &["0-1 0-2", "1-11 2-22"],
        );
    }

    #[test]
    fn a_gap_is_one_of_its_series_only() {
        check(
            &[
                &[(0.0, Some(1.0)), (1_000.0, None), (2_000.0, Some(3.0))],
                &[
                    (0.0, Some(10.0)),
                    (1_000.0, Some(20.0)),
                    (2_000.0, Some(30.0)),
                ],
            ],
            &["0-1 _ _ 0-3", "1-11 0-20 3-33"],
        );
        check(
            &[
                &[(0.0, Some(1.0)), (10_000.0, Some(3.0))],
                &[(0.0, Some(10.0)), (10_000.0, Some(30.0))],
            ],
            &["0-1 _ 0-3", "1-11 _ 3-33"],
        );
    }

    #[test]
    fn one_without_a_sample_takes_part_with_its_line() {
        check(
            &[
                &[(0.0, Some(0.0)), (2_000.0, Some(4.0))],
                &[(1_000.0, Some(10.0)), (2_000.0, Some(10.0))],
            ],
            &["0-0 0-2 0-4", "2-12 4-14"],
        );
    }
}

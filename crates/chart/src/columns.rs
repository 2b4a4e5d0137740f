//! Decimation: what a dense line shows of its samples in each column of pixels.

use crate::{Plot, Series};

/// The samples of one column of pixels. Their order within it cannot be seen, their extremes can:
/// however many there are, every spike is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Column {
    /// Counted from the plot's left; one column beyond either end may be drawn.
    pub(crate) x: i32,
    pub(crate) first: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) last: f64,
    /// Whether a line runs to it from the column before.
    pub(crate) joined: bool,
}

/// The columns of what is drawn of a series, ascending; one for each `x` at most.
///
/// Columns are cut at fixed times, not at the window's start: else a window that scrolls would
/// sort samples into other columns with each frame, and the line would flicker.
pub(crate) fn columns(series: &Series, plot: &Plot) -> Vec<Column> {
    let per_ms = 1.0 / plot.ms_per_pixel();
    let origin = (plot.window.from_ms() * per_ms).floor();
    let mut columns: Vec<Column> = Vec::with_capacity(plot.rect.width() as usize + 2);
    let mut before = None;
    for knot in series.knots(series.drawn(plot.window)) {
        if !knot.has_value() {
            before = None;
            continue;
        }
        let value = knot.value;
        let x = ((knot.at_ms * per_ms).floor() - origin) as i32;
        let x = x.max(-1).min(plot.rect.width() + 1);
        match columns.last_mut() {
            Some(column) if column.x == x => {
                column.low = column.low.min(value);
                column.high = column.high.max(value);
                column.last = value;
            }
            _ => columns.push(Column {
                x,
                first: value,
                low: value,
                high: value,
                last: value,
                joined: before.is_some_and(|before: &crate::series::Knot| before.joins(knot)),
            }),
        }
        before = Some(knot);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{plot, sample, series, window};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_gap_is_between_columns_or_not_to_be_seen() {
        let line = series(&[
            (0.0, Some(1.0)),
            (1_000.0, Some(5.0)),
            (2_000.0, None),
            (3_000.0, Some(3.0)),
            (10_000.0, Some(2.0)),
            (11_000.0, Some(4.0)),
        ]);
        let plot = plot(window(0.0, 12_000.0), 3);
        let found: Vec<_> = columns(&line, &plot)
            .iter()
            .map(|c| (c.x, c.first, c.low, c.high, c.last, c.joined))
            .collect();
        assert_eq!(
            found,
            [
                (0, 1.0, 1.0, 5.0, 3.0, false),
                (2, 2.0, 2.0, 4.0, 4.0, false)
            ]
        );
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_all_samples(
            steps in vec((1_u32..3_000, proptest::option::weighted(0.9, -50_i32..150)), 1..400),
            from in -10_000.0..200_000.0_f64,
            span in 1_000.0..500_000.0_f64,
            width in 1_i32..300,
        ) {
            let mut line = Series::new(1_000);
            let mut at_ms = 0.0;
            for (step, value) in steps {
                at_ms += f64::from(step);
                line.put(sample(at_ms, value.map(f64::from)));
            }
            let plot = plot(window(from, from + span), width);
            let mut expected: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
            let pixel = plot.ms_per_pixel();
            for sample in line.samples(line.drawn(plot.window)) {
                let Some(value) = sample.value else { continue };
                let x = (sample.at_ms / pixel).floor() - (from / pixel).floor();
                expected.entry((x as i32).clamp(-1, width + 1)).or_default().push(value);
            }
            let found = columns(&line, &plot);
            prop_assert!(found.is_sorted_by(|one, next| one.x < next.x), "order, one for each x");
            // A quotient and a product may differ at the very edge of a column.
            prop_assume!(found.iter().map(|c| c.x).eq(expected.keys().copied()));
            for (column, (_, values)) in found.iter().zip(&expected) {
                let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert_eq!((column.low, column.high), (low, high));
                prop_assert_eq!((column.first, column.last), (values[0], values[values.len() - 1]));
            }
        }

        #[test]
        fn a_column_keeps_its_samples_while_the_window_scrolls(
            values in vec(0.0..100.0_f64, 500),
            scrolled in 0.0..5_000.0_f64,
        ) {
            let samples: Vec<_> = values.iter().zip(0..).map(|(v, i)| (f64::from(i) * 100.0, Some(*v))).collect();
            let line = series(&samples);
            let highs = |from: f64| -> BTreeMap<i32, f64> {
                let plot = plot(window(from, from + 40_000.0), 40);
                let origin = (from / 1_000.0) as i32;
                let columns = columns(&line, &plot).into_iter();
                // Those at the window's ends are not whole.
                let whole = columns.filter(|column| (1..39).contains(&column.x));
                whole.map(|column| (column.x + origin, column.high)).collect()
            };
            let before = highs(1_000.0);
            for (x, high) in highs(1_000.0 + scrolled) {
                prop_assert!(before.get(&x).is_none_or(|before| *before == high), "{x}");
            }
        }
    }
}

//! What each cell of a heat map has. Nothing here names a canvas.

use chart::{Series, Window, bucket_length};

/// Of more series the first are shown.
pub(super) const ROWS_MAX: usize = 60;

/// So many colours, from the lowest to the highest value.
pub(super) const SHADES: usize = 8;

/// Columns at most: more cannot be distinguished.
const COLUMNS_MAX: usize = 240;

/// Means of some series within buckets of time, which lie at multiples of their length, so that they stay while time
/// passes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Grid {
    pub(super) bucket_ms: f64,
    /// Where the first column begins.
    pub(super) from_ms: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Row by row.
    cells: Vec<Option<f64>>,
}

impl Grid {
    /// The cells of a window that has room for so many columns.
    pub(super) fn of(lines: &[&Series], window: Window, columns_max: usize) -> Self {
        let columns_max = columns_max.clamp(1, COLUMNS_MAX);
        let least_ms = (window.span_ms() / columns_max as f64).max(spacing_ms(lines, window));
        let bucket_ms = bucket_length(least_ms);
        let first = (window.from_ms() / bucket_ms).floor();
        let columns = ((window.to_ms() / bucket_ms).floor() - first) as usize + 1;
        let mut cells = vec![None; columns * lines.len()];
        for (row, series) in lines.iter().enumerate() {
            let mut counts = vec![0.0; columns];
            for sample in series.samples(series.visible(window)) {
                let Some(value) = sample.value else { continue };
                let column = (sample.at_ms / bucket_ms).floor() - first;
                let column = (column as usize).min(columns - 1);
                counts[column] += 1.0;
                let mean: &mut f64 = cells[row * columns + column].get_or_insert(0.0);
                *mean += (value - *mean) / counts[column];
            }
        }
        Self {
            bucket_ms,
            from_ms: first * bucket_ms,
            columns,
            rows: lines.len(),
            cells,
        }
    }

    pub(super) fn value(&self, row: usize, column: usize) -> Option<f64> {
        *self.cells.get(row * self.columns + column)?
    }

    /// When a column begins.
    pub(super) fn at_ms(&self, column: usize) -> f64 {
        self.from_ms + column as f64 * self.bucket_ms
    }

    /// The column of a time.
    pub(super) fn column(&self, at_ms: f64) -> Option<usize> {
        let column = ((at_ms - self.from_ms) / self.bucket_ms).floor();
        (0.0 <= column && column < self.columns as f64).then_some(column as usize)
    }

    /// The lowest and the highest of all.
    pub(super) fn extent(&self) -> Option<(f64, f64)> {
        let mut extent: Option<(f64, f64)> = None;
        for value in self.cells.iter().flatten() {
            let (low, high) = extent.unwrap_or((*value, *value));
            extent = Some((low.min(*value), high.max(*value)));
        }
        extent
    }
}

/// Which colour a share of the scale has.
pub(super) fn shade(share: f64) -> usize {
    ((share * SHADES as f64) as usize).min(SHADES - 1)
}

/// The time between the samples of the series that has most: shorter buckets would be stripes.
fn spacing_ms(lines: &[&Series], window: Window) -> f64 {
    let mut spacing_ms = f64::INFINITY;
    for series in lines {
        let visible = series.visible(window);
        let between = visible.len().saturating_sub(1);
        let last = series.get(visible.end.saturating_sub(1));
        let ends = series.get(visible.start).zip(last);
        if let Some((first, last)) = ends.filter(|_| between > 0) {
            spacing_ms = spacing_ms.min((last.at_ms - first.at_ms) / between as f64);
        }
    }
    match spacing_ms.is_finite() {
        // Samples are not taken at exactly their times.
        true => spacing_ms * 0.9,
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chart::Sample;

    fn series(samples: &[(f64, f64)]) -> Series {
        let mut series = Series::new(1_000);
        for (seconds, value) in samples {
            series.put(Sample {
                at_ms: seconds * 1_000.0,
                interval_ms: 1_000,
                value: Some(*value),
            });
        }
        series
    }

    fn window(from: f64, to: f64) -> Window {
        Window::new(from * 1_000.0, to * 1_000.0)
    }

    #[test]
    fn a_cell_is_the_mean_of_its_bucket() {
        let one = series(&[(10.0, 1.0), (11.0, 3.0), (12.0, 8.0)]);
        let two = series(&[(12.5, 4.0)]);
        let grid = Grid::of(&[&one, &two], window(10.0, 13.9), 2);
        assert_eq!((grid.bucket_ms, grid.columns, grid.rows), (2_000.0, 2, 2));
        assert_eq!(grid.value(0, 0), Some(2.0));
        assert_eq!(grid.value(0, 1), Some(8.0));
        assert_eq!(grid.value(1, 0), None);
        assert_eq!(grid.value(1, 1), Some(4.0));
        assert_eq!(grid.extent(), Some((2.0, 8.0)));
        assert_eq!(grid.value(2, 0), None);
    }

    #[test]
    fn buckets_stay_while_time_passes() {
        let one = series(&[(60.0, 1.0), (65.0, 2.0)]);
        let at = |from: f64| Grid::of(&[&one], window(from, from + 60.0), 12);
        assert_eq!(at(20.0).bucket_ms, 5_000.0);
        assert_eq!((at(20.0).from_ms, at(24.9).from_ms), (20_000.0, 20_000.0));
        assert_eq!(at(20.0).column(61_000.0), Some(8));
        assert_eq!(at(20.0).at_ms(8), 60_000.0);
        assert_eq!(at(20.0).column(19_999.0), None);
        assert_eq!(at(20.0).column(90_000.0), None);
    }

    #[test]
    fn rare_samples_have_longer_buckets() {
        let rare: Vec<_> = (0..10).map(|n| (f64::from(n) * 15.0, 1.0)).collect();
        let rare = series(&rare);
        let grid = Grid::of(&[&rare], window(0.0, 150.0), 240);
        assert_eq!(grid.bucket_ms, 15_000.0);
        let none = Grid::of(&[], window(0.0, 60.0), 240);
        assert_eq!((none.rows, none.extent()), (0, None));
    }

    #[test]
    fn shades_are_equally_wide() {
        assert_eq!([0.0, 0.124, 0.125, 0.99, 1.0].map(shade), [0, 0, 1, 7, 7]);
    }
}

//! Several series in the order of their times.

use crate::{Series, Window};
use std::ops::Range;

/// Goes over the times at which any of some series has a sample.
pub(crate) struct Merge<'a> {
    series: &'a [&'a Series],
    /// For each series, the first sample at the current time or later.
    indices: Vec<usize>,
    ends: Vec<usize>,
    at_ms: f64,
}

impl<'a> Merge<'a> {
    /// Over what is within a window.
    pub(crate) fn visible(series: &'a [&'a Series], window: Window) -> Self {
        Self::over(series, window, Series::visible)
    }

    /// Over what is drawn of a window.
    pub(crate) fn drawn(series: &'a [&'a Series], window: Window) -> Self {
        Self::over(series, window, Series::drawn)
    }

    fn over(
        series: &'a [&'a Series],
        window: Window,
        range: fn(&Series, Window) -> Range<usize>,
    ) -> Self {
        let ranges = || series.iter().map(|series| range(series, window));
        Self {
            series,
            indices: ranges().map(|range| range.start).collect(),
            ends: ranges().map(|range| range.end).collect(),
            at_ms: f64::NEG_INFINITY,
        }
    }

    /// Moves on to the next time.
    pub(crate) fn next_time(&mut self) -> Option<f64> {
        let mut next = f64::INFINITY;
        for ((series, index), end) in self.series.iter().zip(&mut self.indices).zip(&self.ends) {
            let at_ms = |index| series.knot(index).map(|knot| knot.at_ms);
            if *index < *end && at_ms(*index) == Some(self.at_ms) {
                *index += 1;
            }
            if *index < *end
                && let Some(at_ms) = at_ms(*index)
            {
                next = next.min(at_ms);
            }
        }
        self.at_ms = next;
        next.is_finite().then_some(next)
    }

    /// For each series, its first sample at the current time or later.
    pub(crate) fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl Series {
    /// The value of the line at a time, where `index` is the first sample then or later.
    pub(crate) fn value_at(&self, index: usize, at_ms: f64) -> Option<f64> {
        let knot = self.knot(index)?;
        if knot.at_ms == at_ms {
            return knot.has_value().then_some(knot.value);
        }
        let before = self.knot(index.checked_sub(1)?)?;
        before.joins(knot).then(|| before.toward(knot, at_ms))
    }
}

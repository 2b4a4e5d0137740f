//! What a line is made of: a bounded ring of samples, in the order of their times.

use crate::Window;
use std::collections::VecDeque;
use std::ops::Range;

/// Beyond so many intervals without a sample a line breaks.
pub const INTERVALS_MAX: f64 = 2.5;

/// One sample of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Unix time in milliseconds.
    pub at_ms: f64,
    /// How long after the one before it was due; 0 where there is no rhythm, and a line only
    /// breaks at a sample without a value.
    pub interval_ms: u32,
    /// Absent where it is known that there is none: the line breaks here.
    pub value: Option<f64>,
}

/// A stored sample: NaN stands for an absent value, which saves a quarter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knot {
    pub(crate) at_ms: f64,
    pub(crate) value: f64,
    interval_ms: u32,
}

impl Knot {
    pub(crate) fn has_value(&self) -> bool {
        !self.value.is_nan()
    }

    /// Whether a line runs from this sample to `next`. A change of the rhythm breaks nothing: the
    /// longer of the two intervals counts.
    pub(crate) fn joins(&self, next: &Self) -> bool {
        let interval_ms = f64::from(self.interval_ms.max(next.interval_ms));
        let close = interval_ms == 0.0 || next.at_ms - self.at_ms <= interval_ms * INTERVALS_MAX;
        close && self.has_value() && next.has_value()
    }

    /// The value of the straight line from this sample to `next`.
    pub(crate) fn toward(&self, next: &Self, at_ms: f64) -> f64 {
        let share = (at_ms - self.at_ms) / (next.at_ms - self.at_ms);
        // Not `value + share * difference`, which overflows between huge values.
        self.value * (1.0 - share) + next.value * share
    }

    fn from(sample: Sample) -> Self {
        let value = sample.value.filter(|value| value.is_finite());
        Self {
            at_ms: sample.at_ms,
            value: value.unwrap_or(f64::NAN),
            interval_ms: sample.interval_ms,
        }
    }

    fn sample(&self) -> Sample {
        Sample {
            at_ms: self.at_ms,
            interval_ms: self.interval_ms,
            value: self.has_value().then_some(self.value),
        }
    }
}

/// A bounded series of samples with ascending times.
#[derive(Debug, Clone)]
pub struct Series {
    knots: VecDeque<Knot>,
    samples_max: usize,
}

impl Series {
    /// Beyond `samples_max` the oldest sample goes.
    #[must_use]
    pub fn new(samples_max: usize) -> Self {
        Self {
            knots: VecDeque::new(),
            samples_max: samples_max.max(1),
        }
    }

    /// For what is computed from bounded ones; with room for so many samples.
    pub(crate) fn unbounded(room: usize) -> Self {
        Self {
            knots: VecDeque::with_capacity(room),
            samples_max: usize::MAX,
        }
    }

    /// Takes a sample in at its place, late ones too; one of the same time is replaced.
    ///
    /// Tells whether it was: a sample older than all of a full series is not, nor is one at a time
    /// that is no number. A value that is no number, or infinite, is none.
    pub fn put(&mut self, sample: Sample) -> bool {
        if !sample.at_ms.is_finite() {
            return false;
        }
        let knot = Knot::from(sample);
        let mut index = self.index_from(knot.at_ms);
        if let Some(same) = self.knots.get_mut(index)
            && same.at_ms == knot.at_ms
        {
            *same = knot;
            return true;
        }
        if self.knots.len() == self.samples_max {
            if index == 0 {
                return false;
            }
            self.knots.pop_front();
            index -= 1;
        }
        self.knots.insert(index, knot);
        true
    }

    /// Takes a sample in that is known to be newer than all.
    pub(crate) fn append(&mut self, sample: Sample) {
        self.knots.push_back(Knot::from(sample));
    }

    /// Forgets what was at `at_ms` or later: a clock that was set back starts the rest anew.
    pub fn cut_from(&mut self, at_ms: f64) {
        self.knots.truncate(self.index_from(at_ms));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.knots.clear();
    }

    /// How many samples there are, those without a value included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.knots.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.knots.is_empty()
    }

    /// The sample at a position, counted from the oldest.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Sample> {
        self.knots.get(index).map(Knot::sample)
    }

    /// The oldest sample.
    #[must_use]
    pub fn oldest(&self) -> Option<Sample> {
        self.knots.front().map(Knot::sample)
    }

    /// The newest sample.
    #[must_use]
    pub fn newest(&self) -> Option<Sample> {
        self.knots.back().map(Knot::sample)
    }

    /// The samples of a range of positions.
    pub fn samples(&self, range: Range<usize>) -> impl Iterator<Item = Sample> {
        self.knots(range).map(Knot::sample)
    }

    /// The position of the first sample at `at_ms` or later.
    #[must_use]
    pub fn index_from(&self, at_ms: f64) -> usize {
        match self.knots.back() {
            Some(newest) if newest.at_ms >= at_ms => {
                self.knots.partition_point(|knot| knot.at_ms < at_ms)
            }
            _ => self.knots.len(),
        }
    }

    /// The positions of the samples within a window, its ends included.
    #[must_use]
    pub fn visible(&self, window: Window) -> Range<usize> {
        let end = self.knots.partition_point(|k| k.at_ms <= window.to_ms());
        self.index_from(window.from_ms()).min(end)..end
    }

    /// The positions of what must be drawn: the visible samples, and the neighbours outside to
    /// which lines run.
    #[must_use]
    pub fn drawn(&self, window: Window) -> Range<usize> {
        let Range { mut start, mut end } = self.visible(window);
        if self.joined(start) {
            start -= 1;
        }
        if self.joined(end) {
            end += 1;
        }
        start..end
    }

    /// The lowest and the highest value of what is drawn of a window.
    #[must_use]
    pub fn extent(&self, window: Window) -> Option<(f64, f64)> {
        let mut extent: Option<(f64, f64)> = None;
        for knot in self.knots(self.drawn(window)).filter(|k| k.has_value()) {
            extent = Some(match extent {
                Some((low, high)) => (low.min(knot.value), high.max(knot.value)),
                None => (knot.value, knot.value),
            });
        }
        extent
    }

    /// The stretches of a window between values that no line joins, oldest first: from the last
    /// value before what is missing to the first one after it.
    #[must_use]
    pub fn gaps(&self, window: Window) -> Vec<Window> {
        let mut gaps = Vec::new();
        let mut before: Option<(usize, &Knot)> = None;
        let start = self.index_from(window.from_ms());
        for (index, knot) in (start..).zip(self.knots(self.visible(window))) {
            if !knot.has_value() {
                continue;
            }
            if let Some((earlier, before)) = before
                && !(earlier + 1 == index && before.joins(knot))
            {
                gaps.push(Window::new(before.at_ms, knot.at_ms));
            }
            before = Some((index, knot));
        }
        gaps
    }

    /// Whether a line runs to the sample at a position from the one before it.
    pub(crate) fn joined(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.knot(before));
        match (before, self.knot(index)) {
            (Some(before), Some(knot)) => before.joins(knot),
            _ => false,
        }
    }

    pub(crate) fn knot(&self, index: usize) -> Option<&Knot> {
        self.knots.get(index)
    }

    pub(crate) fn knots(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = &Knot> {
        let end = range.end.min(self.knots.len());
        self.knots.range(range.start.min(end)..end)
    }
}

#[cfg(test)]
mod tests;

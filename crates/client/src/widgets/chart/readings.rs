//! The values at the cursor.

use super::frame::Cursor;
use super::group::Charts;
use super::plan::{Line, Plan};
use crate::kit::format::ABSENT;
use crate::model::Model;
use chart::{nearest, quantity};

/// From this length of the time range on, times are written with their dates, in milliseconds.
const DATED_SPAN_MS: f64 = 43_200_000.0;

/// A line's index (none of the sum of all), its name, and its value at the cursor.
pub(super) type Reading = (Option<usize>, String, String);

/// What the lines that are switched on have at the cursor.
pub(super) fn readings(plan: &Plan, model: &Model, hidden: u32, cursor: Cursor) -> Vec<Reading> {
    let unit = &plan.unit(model);
    let mut readings = Vec::new();
    let mut total: Option<f64> = None;
    for line in plan.lines(model, hidden) {
        let value = value_at(&line, cursor);
        if let Some(value) = value {
            total = Some(total.unwrap_or(0.0) + value);
        }
        let text = value.map_or(ABSENT.into(), |value| quantity(value, plan.kind, unit));
        readings.push((Some(line.index), line.name.text(), text));
    }
    // The axis of a stack shows the sum.
    if let Some(total) = total.filter(|_| plan.stacked && readings.len() > 1) {
        let text = quantity(total, plan.kind, unit);
        readings.insert(0, (None, "Total".into(), text));
    }
    readings
}

/// A line's value at the cursor.
pub(super) fn value_at(line: &Line<'_>, cursor: Cursor) -> Option<f64> {
    nearest(line.series, cursor.at_ms, cursor.tolerance_ms)?.value
}

impl Charts {
    /// A time, with the date where the time range is long or it is not today.
    pub(super) fn time_text(self, at_ms: f64) -> String {
        let clock = self.context.clock.get_untracked();
        let window = self.described_window_untracked();
        match window.is_some_and(|window| window.span_ms() >= DATED_SPAN_MS) {
            true => clock.dated(at_ms),
            false => clock.text(at_ms),
        }
    }
}

//! The values at the cursor.

use super::frame::Cursor;
use super::plan::Plan;
use crate::kit::browser;
use crate::kit::format::ABSENT;
use crate::kit::state::State;
use crate::model::Model;
use chart::{clock, nearest, quantity};
use protocol::Timestamp;

/// A line's index, its name, and its value at the cursor.
pub(super) type Reading = (usize, String, String);

/// What the lines that are switched on have at the cursor.
pub(super) fn readings(plan: &Plan, model: &Model, hidden: u32, cursor: Cursor) -> Vec<Reading> {
    let unit = &plan.unit(model);
    let mut readings = Vec::new();
    for line in plan.lines(model, hidden) {
        let sample = nearest(line.series, cursor.at_ms, cursor.tolerance_ms);
        let value = sample.and_then(|sample| sample.value);
        let text = value.map_or(ABSENT.into(), |value| quantity(value, plan.kind, unit));
        readings.push((line.index, line.name.text(), text));
    }
    readings
}

/// A moment, by the clock that the page goes by.
pub(super) fn at_text(local_times: State<bool>, at_ms: f64) -> String {
    match local_times.get_untracked() {
        true => {
            let offset = browser::offset_minutes(Timestamp::from_unix_ms(at_ms as i64));
            clock(at_ms, offset)
        }
        false => clock(at_ms, 0) + " UTC",
    }
}

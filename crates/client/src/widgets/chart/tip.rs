use super::desk::Charts;
use super::plan::Plan;
use super::sheet::{Cursor, SWATCHES};
use crate::kit::browser::{self, child, set_hidden, set_style, text_child};
use crate::kit::format::ABSENT;
use crate::model::Model;
use crate::session::View;
use chart::{clock, nearest, quantity};
use leptos::prelude::*;
use protocol::Timestamp;
use web_sys::Element;

/// Beyond this share of the width a tip stands to the left of what is pointed at.
const TURN_SHARE: f64 = 0.5;

impl Charts {
    /// Writes the box beside what is pointed at.
    pub(super) fn write_tip(self) {
        let desk = self.desk.read_value();
        let cursor = desk.cursor;
        for sheet in &desk.sheets {
            let pointed = desk.pointed.as_ref().zip(cursor);
            let pointed = pointed.filter(|((element, _), _)| *element == sheet.element);
            set_hidden(&sheet.tip, pointed.is_none());
            let Some(((_, x), cursor)) = pointed else {
                continue;
            };
            let hidden = sheet.hidden.get_untracked();
            self.view.read_untracked(|model| {
                let lines = readings(&sheet.plan, model, hidden, cursor);
                write(&sheet.tip, &at_text(self.view, cursor.at_ms), &lines);
            });
            let width = sheet.size.0;
            let x = x.or_else(|| sheet.cursor_x(cursor)).unwrap_or(width);
            let (side, other, room) = match x > width * TURN_SHARE {
                true => ("right", "left", width - x),
                false => ("left", "right", x),
            };
            let room = [&browser::number(room.round()), "px"].concat();
            // Both exist.
            let _ = set_style(&sheet.tip, side, &room);
            let _ = set_style(&sheet.tip, other, "auto");
        }
    }
}

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
pub(super) fn at_text(view: View, at_ms: f64) -> String {
    match view.local_times.get_untracked() {
        true => {
            let offset = browser::offset_minutes(Timestamp::from_unix_ms(at_ms as i64));
            clock(at_ms, offset)
        }
        false => clock(at_ms, 0) + " UTC",
    }
}

fn write(tip: &Element, at: &str, lines: &[Reading]) {
    tip.set_text_content(None);
    text_child(tip, "p", "chart-tip-time", at);
    for (index, name, value) in lines {
        let Some(row) = child(tip, "p", "chart-tip-line") else {
            return;
        };
        text_child(&row, "i", SWATCHES[index % SWATCHES.len()], "");
        text_child(&row, "span", "clip", name);
        text_child(&row, "b", "", value);
    }
}

//! The box beside what is pointed at.

use crate::kit::browser::{child, number, set_hidden, set_style, text_child};
use crate::widgets::chart::group::Charts;
use crate::widgets::chart::overlay::SWATCHES;
use crate::widgets::chart::readings::{Reading, at_text, readings};
use leptos::prelude::ReadValue;
use web_sys::Element;

/// Beyond this share of the width a tip stands to the left of what is pointed at.
const TURN_SHARE: f64 = 0.5;

impl Charts {
    /// Writes the tip at the cursor, and places it where there is room.
    pub(super) fn place_tip(self) {
        let group = self.group.read_value();
        let cursor = group.cursor;
        for canvas in &group.canvases {
            let pointed = group.pointed.as_ref().zip(cursor);
            let pointed = pointed.filter(|((element, _), _)| *element == canvas.element);
            set_hidden(&canvas.tip, pointed.is_none());
            let Some(((_, x), cursor)) = pointed else {
                continue;
            };
            let hidden = canvas.hidden.get_untracked();
            self.context.shown.read_untracked(|model| {
                let lines = readings(&canvas.plan, model, hidden, cursor);
                write(
                    &canvas.tip,
                    &at_text(self.context.local_times, cursor.at_ms),
                    &lines,
                );
            });
            let width = canvas.size.0;
            let x = x.or_else(|| canvas.cursor_x(cursor)).unwrap_or(width);
            let (side, other, room) = match x > width * TURN_SHARE {
                true => ("right", "left", width - x),
                false => ("left", "right", x),
            };
            let room = [&number(room.round()), "px"].concat();
            // Both exist.
            let _ = set_style(&canvas.tip, side, &room);
            let _ = set_style(&canvas.tip, other, "auto");
        }
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

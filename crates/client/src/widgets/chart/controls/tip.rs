//! The box beside what is pointed at.

use crate::kit::browser::{child, number, set_hidden, set_style, text_child};
use crate::kit::format::ABSENT;
use crate::widgets::chart::canvas::ChartCanvas;
use crate::widgets::chart::command::NO_CURSOR;
use crate::widgets::chart::frame::Cursor;
use crate::widgets::chart::group::Charts;
use crate::widgets::chart::overlay::SWATCHES;
use crate::widgets::chart::readings::{Reading, readings};
use leptos::prelude::{ReadValue, WriteValue, document};
use web_sys::Element;

/// Beyond this share of the width a tip stands to the left of what is pointed at.
const TURN_SHARE: f64 = 0.5;

impl Charts {
    /// Writes the summaries of charts, if they are due.
    pub(super) fn write_summaries(self) {
        let mut group = self.group.write_value();
        let described_at_ms = group.described_at_ms;
        if group.summarized_at_ms == described_at_ms {
            return;
        }
        group.summarized_at_ms = described_at_ms;
        drop(group);
        let group = self.group.read_value();
        for canvas in group.canvases.iter().filter(|it| !it.plan.is_small) {
            let id = [&canvas.plan.name, "-summary"].concat();
            if let Some(element) = document().get_element_by_id(&id) {
                element.set_text_content(Some(&self.summary(&canvas.plan)));
            }
        }
    }

    /// Writes the tip at the cursor, and places it where there is room.
    pub(super) fn place_tip(self) {
        let group = self.group.read_value();
        let cursor = group.cursor;
        for canvas in &group.canvases {
            if !canvas.plan.is_small {
                self.describe_cursor(canvas, cursor);
            }
            let pointed = group.pointed.as_ref().zip(cursor);
            let pointed = pointed.filter(|((element, _), _)| *element == canvas.element);
            set_hidden(&canvas.tip, pointed.is_none());
            let Some(((_, x), cursor)) = pointed else {
                continue;
            };
            let hidden = canvas.hidden.get_untracked();
            self.context.shown.read_untracked(|model| {
                let lines = readings(&canvas.plan, model, hidden, cursor);
                write(&canvas.tip, &self.time_text(cursor.at_ms), &lines);
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

impl Charts {
    /// Writes the values at the cursor in words, and where it is within the time range.
    fn describe_cursor(self, canvas: &ChartCanvas, cursor: Option<Cursor>) {
        let mut text = String::new();
        let mut place = 100.0;
        if let Some(cursor) = cursor {
            text = self.time_text(cursor.at_ms);
            let hidden = canvas.hidden.get_untracked();
            let of_cursor = self
                .context
                .shown
                .read_untracked(|model| readings(&canvas.plan, model, hidden, cursor));
            for (_, name, value) in of_cursor {
                let value = if value == ABSENT { "no value" } else { &value };
                text.push_str(&[", ", &name, " ", value].concat());
            }
            if let Some(window) = self.described_window_untracked() {
                place = (window.share(cursor.at_ms) * 100.0).clamp(0.0, 100.0);
            }
        }
        let text = if text.is_empty() { NO_CURSOR } else { &text };
        let place = number(place.floor());
        for (name, value) in [("aria-valuetext", text), ("aria-valuenow", &place)] {
            if canvas.element.get_attribute(name).as_deref() != Some(value) {
                // It fails for impossible names only.
                let _ = canvas.element.set_attribute(name, value);
            }
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
        if let Some(index) = index {
            text_child(&row, "i", SWATCHES[index % SWATCHES.len()], "");
        }
        text_child(&row, "span", "clip", name);
        text_child(&row, "b", "", value);
    }
}

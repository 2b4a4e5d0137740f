//! What keys, buttons and moments do to the view onto time.

use super::desk::{Charts, Desk, SPAN_MS_MIN};
use super::keys::Command;
use super::plan::Plan;
use super::sheet::Cursor;
use crate::session::past;
use chart::{Bounds, Viewport, Window, moved};
use leptos::prelude::*;
use web_sys::Element;

/// A page moves the cursor by this share of the window.
const PAGE_SHARE: f64 = 0.1;

impl Charts {
    /// Shows a stretch of time.
    pub(crate) fn show(self, window: Window) {
        self.obey(Command::Between(window), None);
    }

    /// Does what a key or a button says; a key says it to a chart.
    pub(super) fn obey(self, command: Command, element: Option<&Element>) {
        let mut desk = self.desk.write_value();
        let bounds = self.bounds(&desk);
        let mut viewport = desk.viewport;
        let mut cursor = desk.cursor;
        match command {
            Command::Move(to) => {
                let sheet = element.and_then(|e| desk.sheets.iter().find(|s| s.element == *e));
                let Some(sheet) = sheet else {
                    return;
                };
                let page_ms = viewport.window(bounds).span_ms() * PAGE_SHARE;
                let hidden = sheet.hidden.get_untracked();
                let from_ms = cursor.map(|cursor| cursor.at_ms);
                let at_ms = self.view.read_untracked(|model| {
                    let lines = sheet.plan.lines(model, hidden);
                    moved(&Plan::series(&lines), from_ms, to, page_ms)
                });
                if let Some(at_ms) = at_ms {
                    viewport.reveal(bounds, at_ms);
                    cursor = Some(Cursor {
                        at_ms,
                        tolerance_ms: sheet.tolerance_ms(),
                    });
                }
                desk.pointed = element.map(|element| (element.clone(), None));
            }
            Command::Zoom(factor) => {
                let seen = viewport.window(bounds);
                let share = cursor.map_or(1.0, |cursor| seen.share(cursor.at_ms));
                viewport.zoom(bounds, share, factor);
            }
            Command::Pan(share) => viewport.pan(bounds, share),
            Command::Span(span_ms) => {
                viewport = Viewport::new(span_ms, SPAN_MS_MIN);
                desk.chosen = true;
            }
            Command::Between(window) => viewport.select(bounds, window.from_ms(), window.to_ms()),
            Command::Choose => {
                let chosen_ms = cursor.map(|cursor| cursor.at_ms);
                drop(desk);
                if let Some(at_ms) = chosen_ms {
                    past::go(self.view, at_ms);
                }
                return;
            }
            Command::Reset => viewport.reset(),
            Command::Leave => {
                cursor = None;
                desk.pointed = None;
            }
        }
        Self::look_at(&mut desk, viewport);
        self.point(&mut desk, cursor);
        drop(desk);
        self.request();
    }

    /// Another view onto time is told of soon.
    pub(super) fn look_at(desk: &mut Desk, viewport: Viewport) {
        if desk.viewport != viewport {
            desk.viewport = viewport;
            // What is dragged changes with each frame, and is told of when it is released.
            if !desk.gestures.is_pressed() {
                desk.told_ms = f64::NEG_INFINITY;
            }
        }
    }
}

/// Moves the view so that a moment is seen. When moments run out of it, it turns a page.
pub(super) fn keep_in_sight(viewport: &mut Viewport, bounds: Bounds, at_ms: f64) {
    let seen = viewport.window(bounds);
    if seen.contains(at_ms) {
        return;
    }
    let before = if at_ms > seen.to_ms() {
        PAGE_SHARE
    } else {
        0.5
    };
    let from_ms = at_ms - seen.span_ms() * before;
    viewport.select(bounds, from_ms, from_ms + seen.span_ms());
}

//! How commands change the window and the cursor.

use crate::kit::browser::{monotonic_ms, set_disabled};
use crate::session::no_data_before;
use crate::widgets::chart::command::Command;
use crate::widgets::chart::frame::Cursor;
use crate::widgets::chart::group::{ChartGroup, Charts, SPAN_MS_MIN};
use crate::widgets::chart::plan::Plan;
use crate::widgets::chart::tools::EARLIER;
use chart::{Bounds, Move, Viewport, moved};
use leptos::prelude::*;
use protocol::Level;
use web_sys::Element;

/// A page moves the cursor by this share of the window.
const PAGE_SHARE: f64 = 0.1;

/// If this share of a range so long, in milliseconds, is before the data, it is said where that begins.
const NOTE_SHARE: f64 = 0.1;
const NOTE_SPAN_MS: f64 = 3_600_000.0;

impl Charts {
    pub(super) fn apply(self, command: Command, element: Option<&Element>) {
        let mut group = self.group.write_value();
        let bounds = self.bounds(&group);
        let mut viewport = group.viewport;
        let mut cursor = group.cursor;
        match command {
            Command::Move(to) => {
                let Some(element) = element else {
                    return;
                };
                let moved = self.moved(&group, element, viewport.window(bounds).span_ms(), to);
                if let Some(moved) = moved {
                    viewport.reveal(bounds, moved.at_ms);
                    cursor = Some(moved);
                }
                group.pointed = Some((element.clone(), None));
            }
            Command::Zoom(factor) => {
                let window = viewport.window(bounds);
                let share = cursor.map_or(1.0, |cursor| window.share(cursor.at_ms));
                viewport.zoom(bounds, share, factor);
            }
            Command::Pan(share) => {
                let is_at_start = viewport.window(bounds).from_ms() <= bounds.oldest_ms + 1.0;
                if share < 0.0 && is_at_start {
                    self.show_start(bounds.oldest_ms);
                }
                viewport.pan(bounds, share);
            }
            Command::Span(span_ms) => {
                viewport = Viewport::new(span_ms, SPAN_MS_MIN);
                group.chosen = true;
                // A short range fills up soon.
                let window = viewport.window(bounds);
                if span_ms >= NOTE_SPAN_MS && window.share(bounds.oldest_ms) > NOTE_SHARE {
                    self.show_start(bounds.oldest_ms);
                }
            }
            Command::Between(window) => viewport.select(bounds, window.from_ms(), window.to_ms()),
            Command::Reveal(at_ms) => reveal_page(&mut viewport, bounds, at_ms),
            Command::Choose => {
                let chosen_ms = cursor.map(|cursor| cursor.at_ms);
                drop(group);
                if let Some(at_ms) = chosen_ms {
                    self.context.playback.go(at_ms);
                }
                return;
            }
            Command::Reset => viewport.reset(),
            Command::Leave => {
                cursor = None;
                group.pointed = None;
            }
        }
        let is_at_start = viewport.window(bounds).from_ms() <= bounds.oldest_ms + 1.0;
        set_disabled(EARLIER, is_at_start);
        group.set_viewport(viewport);
        self.point(&mut group, cursor);
        drop(group);
        self.request();
    }

    /// Says why there is nothing earlier.
    fn show_start(self, oldest_ms: f64) {
        let text = no_data_before(self.context.clock.get_untracked(), oldest_ms);
        let toasts = self.context.toasts;
        toasts.show(Level::Info, text, monotonic_ms());
    }

    /// Where a key moves the cursor on a chart.
    fn moved(
        self,
        group: &ChartGroup,
        element: &Element,
        span_ms: f64,
        to: Move,
    ) -> Option<Cursor> {
        let canvas = group.canvas_of(element)?;
        let hidden = canvas.hidden.get_untracked();
        let from_ms = group.cursor.map(|cursor| cursor.at_ms);
        let at_ms = self.context.shown.read_untracked(|model| {
            let lines = canvas.plan.lines(model, hidden);
            moved(&Plan::series(&lines), from_ms, to, span_ms * PAGE_SHARE)
        })?;
        Some(Cursor {
            at_ms,
            tolerance_ms: canvas.tolerance_ms(),
        })
    }
}

impl ChartGroup {
    pub(super) fn set_viewport(&mut self, viewport: Viewport) {
        if self.viewport != viewport {
            self.viewport = viewport;
            // A drag changes the window with each frame; it is described when the pointer is released.
            if !self.gestures.is_pressed() {
                self.described_at_ms = f64::NEG_INFINITY;
            }
        }
    }
}

/// Moves the window so that it contains a moment, by a page where moments run out of it.
fn reveal_page(viewport: &mut Viewport, bounds: Bounds, at_ms: f64) {
    let window = viewport.window(bounds);
    if window.contains(at_ms) {
        return;
    }
    let before = match at_ms > window.to_ms() {
        true => PAGE_SHARE,
        false => 0.5,
    };
    let from_ms = at_ms - window.span_ms() * before;
    viewport.select(bounds, from_ms, from_ms + window.span_ms());
}

//! The cursor, and the window that texts describe.

use super::canvas::ChartCanvas;
use super::frame::Cursor;
use super::group::{ChartGroup, Charts};
use chart::{Window, nearest};
use leptos::prelude::*;

/// A sample so close to the end of the time range is its last value, as a share of the range.
const END_SHARE: f64 = 0.05;

impl Charts {
    /// Has texts and tables describe what is seen now.
    pub(in crate::widgets) fn refresh_descriptions(self) {
        self.group.write_value().described_at_ms = f64::NEG_INFINITY;
        self.request();
    }

    /// The cursor, followed.
    pub(super) fn cursor(self) -> Option<Cursor> {
        self.moved.track();
        self.group.read_value().cursor
    }

    /// The end of the time range, followed, where the charts are held while the rest of the page is live.
    pub(super) fn held_end(self) -> Option<Cursor> {
        let window = self.described_window()?;
        let group = self.group.read_value();
        let is_held = !group.viewport.is_following() && group.moment_ms.is_none();
        is_held.then(|| Cursor {
            at_ms: window.to_ms(),
            tolerance_ms: window.span_ms() * END_SHARE,
        })
    }

    /// The time range that is seen now; none before a chart or a heat map could be drawn.
    pub(in crate::widgets) fn seen_window(self) -> Option<Window> {
        let group = self.group.read_value();
        group.described?;
        Some(group.viewport.window(self.bounds(&group)))
    }

    /// Puts the cursor of all charts to a time, with how far away a sample may be; or takes it away.
    pub(in crate::widgets) fn share_cursor(self, at: Option<(f64, f64)>) {
        let mut group = self.group.write_value();
        group.pointed = None;
        let cursor = at.map(|(at_ms, tolerance_ms)| Cursor {
            at_ms,
            tolerance_ms,
        });
        self.point(&mut group, cursor);
        drop(group);
        self.request();
    }

    /// Subscribes to the cursor.
    pub(in crate::widgets) fn follow_cursor(self) {
        self.moved.track();
    }

    /// The moment at the cursor.
    pub(crate) fn cursor_ms(self) -> Option<f64> {
        let group = self.group.read_value();
        group.cursor.map(|cursor| cursor.at_ms)
    }

    /// Moves the cursor.
    pub(super) fn point(self, group: &mut ChartGroup, cursor: Option<Cursor>) {
        if group.cursor != cursor {
            group.cursor = cursor;
            self.moved.notify();
        }
    }

    /// The window that texts and tables describe, and whether it is the one from the start.
    pub(in crate::widgets) fn described(self) -> Option<(Window, bool)> {
        self.described.track();
        self.group.read_value().described
    }

    /// The window that texts describe.
    pub(crate) fn described_window(self) -> Option<Window> {
        self.described().map(|(window, _)| window)
    }

    /// The same, once.
    pub(crate) fn described_window_untracked(self) -> Option<Window> {
        let described = self.group.read_value().described;
        described.map(|(window, _)| window)
    }

    /// The cursor; below a mouse that rests the samples move on, and the cursor with them.
    pub(super) fn resting(self, group: &ChartGroup) -> Option<Cursor> {
        if let Some((element, Some(x))) = &group.pointed
            && let Some(canvas) = group.canvas_of(element)
        {
            self.cursor_at(group, canvas, *x)
        } else {
            group.cursor
        }
    }

    /// The cursor for a place on a chart: at the nearest sample, or at the exact time if there is
    /// none.
    pub(super) fn cursor_at(
        self,
        group: &ChartGroup,
        canvas: &ChartCanvas,
        x: f64,
    ) -> Option<Cursor> {
        let now_ms = self.bounds(group).now_ms;
        let at_ms = canvas.at_ms(x, now_ms)?;
        let tolerance_ms = canvas.tolerance_ms();
        let hidden = canvas.hidden.get_untracked();
        let is_moment = |moment_ms: f64| (at_ms - moment_ms).abs() <= tolerance_ms;
        let at_moment = group.moment_ms.is_some_and(is_moment);
        let host = self.context.host.get_untracked();
        let at_ms = self.context.shown.read_untracked(|model| {
            // Beside the moment that the page shows, the cursor is at the sample of that moment, even if
            // another one is nearer.
            let shown = model.newest(&host).filter(|_| at_moment);
            let at_ms = shown.map_or(at_ms, |shown| shown.at.unix_ms() as f64);
            let mut found_ms: Option<f64> = None;
            for line in canvas.plan.lines(model, hidden) {
                let Some(sample) = nearest(line.series, at_ms, tolerance_ms) else {
                    continue;
                };
                let away_ms = (sample.at_ms - at_ms).abs();
                if found_ms.is_none_or(|found_ms| away_ms < (found_ms - at_ms).abs()) {
                    found_ms = Some(sample.at_ms);
                }
            }
            found_ms.unwrap_or(at_ms)
        });
        Some(Cursor {
            at_ms,
            tolerance_ms,
        })
    }
}

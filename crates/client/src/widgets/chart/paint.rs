//! One frame of all charts, on the screen or on paper.

use super::controls::Control;
use super::frame::{Cursor, FrameContext};
use super::group::{ChartGroup, Charts, SPAN_MS, SPAN_MS_MIN};
use super::palette::Palette;
use crate::kit::browser::{self, Canvas, Timer, is_motion_reduced, monotonic_ms};
use crate::model::Model;
use chart::{Bounds, Font, Hours, Viewport};
use leptos::prelude::*;
use std::sync::Arc;

/// Where samples are rare, the window spans so many of their intervals.
const SPAN_INTERVALS: f64 = 60.0;

/// How often the text that describes a chart changes, in milliseconds: what changes each second
/// cannot be read.
pub(super) const DESCRIPTION_INTERVAL_MS: f64 = 10_000.0;

/// The height of a line of text, in its size.
const LINE_HEIGHT: f64 = 1.25;

impl Charts {
    /// Paints all charts for paper, in sight or not, and for the screen afterwards.
    pub(super) fn print(self, prints: bool) {
        let mut group = self.group.write_value();
        group.prints = prints;
        group.palette = None;
        group.theme += 1;
        for canvas in &mut group.canvases {
            canvas.forget_painted();
        }
        drop(group);
        match prints {
            true => browser::in_light_theme(|| self.paint()),
            false => self.request(),
        }
    }

    pub(super) fn paint(self) {
        let mut group = self.group.write_value();
        if !self.context.visible.get_untracked() && !group.prints {
            return;
        }
        group.measure_style();
        let bounds = self.bounds(&group);
        let cursor = self.resting(&group);
        let host = self.context.host.get_untracked();
        let clock = self.context.clock.get_untracked();
        let offset = |at_ms: f64| clock.offset(at_ms);
        let painted = self.context.shown.read_untracked(|model| {
            if !group.chosen && group.viewport.is_reset() {
                group.viewport = Viewport::new(span_ms(model, &host), SPAN_MS_MIN);
            }
            group.paint(model, bounds, cursor, &offset, clock.hours())
        });
        let Painted { valid_ms, waits } = painted;
        let seen = group.viewport.window(bounds);
        let is_described = group.described.is_some();
        let redescribes = group.redescribe(bounds);
        let held = !group.viewport.is_following();
        let request = move || self.request();
        group.timer = match group.paused_ms {
            None => Timer::at(monotonic_ms() + valid_ms, request),
            Some(_) => None,
        };
        self.point(&mut group, cursor);
        drop(group);
        self.context.held.set_if_changed(held);
        if redescribes {
            self.described.notify();
            // The first description is the server's; the next ones are summarized by what is loaded for it.
            if is_described {
                self.control(Control::Tip);
            }
        }
        self.context.playback.see(seen);
        self.write_tip();
        if waits {
            self.request();
        }
    }
}

/// What a frame has led to.
struct Painted {
    /// For how long it is right, in milliseconds.
    valid_ms: f64,
    /// Whether charts out of sight are still to be painted.
    waits: bool,
}

impl ChartGroup {
    /// Reads colours and fonts anew if they may have changed. While there is no chart none are known, and none are needed.
    fn measure_style(&mut self) {
        let Some(first) = self.canvases.first() else {
            return;
        };
        let palette = self.palette.get_or_insert_with(|| {
            self.font = None;
            Palette::of(&first.element)
        });
        let scale = window().device_pixel_ratio();
        if self.font.as_ref().is_none_or(|(of, ..)| *of != scale) {
            self.font = measured(palette, scale);
        }
    }

    fn paint(
        &mut self,
        model: &Model,
        bounds: Bounds,
        cursor: Option<Cursor>,
        offset: chart::Offset<'_>,
        hours: Hours,
    ) -> Painted {
        let mut painted = Painted {
            valid_ms: f64::INFINITY,
            waits: false,
        };
        // Out of sight, one chart is painted in a frame; all of them when the theme has changed, since a
        // screenshot of the whole page shows them side by side.
        let painted_theme = self.painted_theme.replace(self.theme);
        let paints_all = painted_theme.is_some_and(|painted| painted != self.theme);
        let mut painted_unseen = false;
        let Self {
            canvases,
            palette: Some(palette),
            font: Some((scale, font_name, font)),
            ..
        } = self
        else {
            return painted;
        };
        let frame = FrameContext {
            palette,
            theme: self.theme,
            scale: *scale,
            font_name,
            font: *font,
            viewport: &self.viewport,
            bounds,
            drifts: self.paused_ms.is_none() && !self.prints && !is_motion_reduced(),
            offset,
            hours,
        };
        for canvas in canvases {
            let hidden = canvas.hidden.get_untracked();
            let plan = Arc::clone(&canvas.plan);
            let lines = plan.lines(model, hidden);
            let unit = &plan.unit(model);
            if self.prints {
                canvas.forget_painted();
                canvas.paint(&lines, unit, &frame);
                canvas.flatten();
                continue;
            }
            if canvas.seen {
                if let Some(valid_ms) = canvas.paint(&lines, unit, &frame) {
                    painted.valid_ms = painted.valid_ms.min(valid_ms);
                }
            } else if canvas.is_due_unseen(&lines, &frame) {
                match painted_unseen && !paints_all {
                    true => painted.waits = true,
                    false => _ = canvas.paint(&lines, unit, &frame),
                }
                painted_unseen = true;
            }
            let cursor = cursor.filter(|_| canvas.seen);
            canvas.place(cursor, self.moment_ms, &lines);
        }
        painted
    }

    /// Updates the window that texts and tables describe, if it is due; returns whether it was.
    fn redescribe(&mut self, bounds: Bounds) -> bool {
        let seen = self.viewport.window(bounds);
        let is_reset = self.viewport.is_reset();
        let is_other = self.described.is_none_or(|(described, was_reset)| {
            described.span_ms() != seen.span_ms() || was_reset != is_reset
        });
        let elapsed_ms = (seen.to_ms() - self.described_at_ms).abs();
        let redescribes = is_other || elapsed_ms >= DESCRIPTION_INTERVAL_MS;
        if redescribes {
            self.described_at_ms = seen.to_ms();
            self.described = Some((seen, is_reset));
        }
        redescribes
    }
}

fn span_ms(model: &Model, host: &str) -> f64 {
    let newest = model.newest(host);
    let interval_ms = newest.map_or(0, |newest| newest.interval_ms);
    SPAN_MS.max(interval_ms as f64 * SPAN_INTERVALS)
}

/// The labels' font on this screen.
pub(super) fn measured(palette: &Palette, scale: f64) -> Option<(f64, String, Font)> {
    let (name, size) = palette.font(scale);
    let context = Canvas::apart()?.context;
    context.set_font(&name);
    let digit_width = context.measure_text("0").ok()?.width();
    let font = Font {
        digit_width,
        line_height: f64::from(size) * LINE_HEIGHT,
    };
    Some((scale, name, font))
}

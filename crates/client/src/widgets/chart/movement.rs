//! How the browser moves a chart's canvas between two paintings.

use crate::kit::browser::Drift;
use chart::Plot;

/// For so long one movement goes on, across paintings, in milliseconds: starting one costs more than
/// painting.
const DRIFT_MS_MAX: f64 = 15_000.0;

/// Nor does it go on farther than this share of the window: the canvas is as much wider.
const DRIFT_SHARE_MAX: f64 = 0.25;

/// A movement that is ahead or behind by more than this is started anew, in milliseconds.
const DRIFT_OFF_MS: f64 = 50.0;

/// A movement that is under way.
pub(super) struct Movement {
    pub(super) drift: Drift,
    /// The end of the window when it began, and where that lay.
    pub(super) from_ms: f64,
    pub(super) plot: Plot,
}

impl Movement {
    /// How far it has come when the live end is here, in device pixels; `None` if it is not to go on.
    pub(super) fn drifted(&self, plot: &Plot, now_ms: f64) -> Option<u32> {
        let pixel_ms = plot.ms_per_pixel();
        let pixels = (plot.window.to_ms() - self.from_ms) / pixel_ms;
        let goes_on = plot.rect == self.plot.rect
            && plot.window.span_ms() == self.plot.window.span_ms()
            && (0.0..spare_pixels(plot)).contains(&pixels)
            // Else it would stand between two pixels.
            && (pixels - pixels.round()).abs() < 0.01
            && (now_ms - self.from_ms - self.drift.elapsed_ms()).abs() < DRIFT_OFF_MS;
        goes_on.then_some(pixels.round() as u32)
    }
}

/// How far one movement may go on.
pub(super) fn spare_pixels(plot: &Plot) -> f64 {
    let share = f64::from(plot.rect.width()) * DRIFT_SHARE_MAX;
    (DRIFT_MS_MAX / plot.ms_per_pixel()).min(share).ceil()
}

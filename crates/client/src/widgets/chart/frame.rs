//! What all charts of a frame have in common.

use super::palette::Palette;
use chart::{Bounds, Font, Hours, Offset, Viewport, Window};

/// A moment that the user points at, on all charts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cursor {
    pub(super) at_ms: f64,
    /// How far away a sample may be to be the one pointed at.
    pub(super) tolerance_ms: f64,
}

/// What all charts of a frame have in common.
pub(super) struct FrameContext<'a> {
    pub(super) palette: &'a Palette,
    /// Counts changes of theme and time zone.
    pub(super) theme: u32,
    /// Device pixels to a CSS pixel.
    pub(super) scale: f64,
    /// The labels' font, and its size in device pixels.
    pub(super) font_name: &'a str,
    pub(super) font: Font,
    pub(super) viewport: &'a Viewport,
    pub(super) bounds: Bounds,
    /// Whether charts move between samples.
    pub(super) drifts: bool,
    pub(super) offset: Offset<'a>,
    pub(super) hours: Hours,
}

impl FrameContext<'_> {
    pub(super) fn window(&self) -> Window {
        self.viewport.window(self.bounds)
    }
}

//! What a chart's canvases show, and what it was made from.

use super::plan::Line;
use chart::{Label, Plot, Threshold, Window};

/// What the canvases show.
pub(super) struct Painted {
    pub(super) key: PaintKey,
    pub(super) plot: Plot,
    /// How far the canvas had moved, in device pixels.
    pub(super) drifted: u32,
    pub(super) background: Background,
    /// The live end it was painted for.
    pub(super) now_ms: f64,
}

impl Painted {
    /// Device pixels to a CSS pixel.
    pub(super) fn scale(&self) -> f64 {
        self.key.scale
    }
}

/// What a painting was made from; while that is the same, it is valid.
#[derive(PartialEq)]
pub(super) struct PaintKey {
    /// A fingerprint of the samples.
    pub(super) samples: u64,
    pub(super) size: (u32, u32),
    pub(super) scale: f64,
    pub(super) theme: u32,
    pub(super) drifts: bool,
    /// The window, or its span alone while it follows the newest.
    pub(super) window: Option<Window>,
    pub(super) span_ms: f64,
}

impl PaintKey {
    pub(super) fn has_extent(&self) -> bool {
        self.size.0 > 0 && self.size.1 > 0
    }

    pub(super) fn follows(&self) -> bool {
        self.window.is_none()
    }
}

/// What the canvas that stands still shows.
#[derive(PartialEq)]
pub(super) struct Background {
    pub(super) size: (u32, u32),
    pub(super) theme: u32,
    pub(super) rows: Vec<i32>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) labels: Vec<Label>,
}

/// The multiplier of FNV-1a.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Differs when samples or lines were added or removed.
pub(super) fn fingerprint(lines: &[Line<'_>]) -> u64 {
    let mut hash = lines.len() as u64;
    let mut add = |part: u64| hash = (hash ^ part).wrapping_mul(FNV_PRIME);
    for line in lines {
        add(line.index as u64);
        add(line.series.len() as u64);
        let oldest = line.series.oldest();
        add(oldest.map_or(0, |oldest| oldest.at_ms.to_bits()));
        if let Some(newest) = line.series.newest() {
            add(newest.at_ms.to_bits());
            add(newest.value.unwrap_or(f64::NAN).to_bits());
        }
    }
    hash
}

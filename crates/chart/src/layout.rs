//! The room around a plot, and the labels in it.

use crate::scene::{Chart, Font};
use crate::values::Tick;
use crate::{Plot, ValueAxis};

/// Room for labels of so many characters is always reserved, so that the plot stands still while
/// values change.
const LABEL_CHARS_MIN: usize = 4;

/// The least distance between ticks of values, in lines of text.
const TICK_LINES: f64 = 2.5;

const VALUE_TICKS_MAX: usize = 10;

/// Room for the labels of times below the plot, in lines of text.
const TIME_LINES: f64 = 1.75;

/// Room for the unit above the plot, in lines of text.
const UNIT_LINES: f64 = 1.5;

/// How a label lies at its place. Its middle is always at the place's height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// It starts there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// Text at a place, in device pixels.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Label {
    pub text: String,
    pub x: f64,
    pub y: f64,
    pub align: Align,
}

/// The top of the plot, and its bottom, at least a pixel below.
pub(crate) fn rows(chart: &Chart<'_>) -> (i32, i32) {
    let line_height = chart.font.line_height;
    // Without a unit there is still half a label beside the highest tick.
    let lines = if has_unit(chart) {
        UNIT_LINES + 0.5
    } else {
        0.5
    };
    let top = (line_height * lines).ceil() as i32;
    let bottom = f64::from(chart.height) - (line_height * TIME_LINES).ceil();
    (top, (bottom as i32).max(top + 1))
}

/// The left of the plot, and its right, at least a pixel away.
pub(crate) fn columns(chart: &Chart<'_>, label_chars: usize) -> (i32, i32) {
    let chars = label_chars.max(LABEL_CHARS_MIN) + 1;
    let digit_width = chart.font.digit_width;
    let left = (digit_width * chars as f64).ceil() as i32;
    let right = f64::from(chart.width) - digit_width.ceil();
    (left, (right as i32).max(left + 1))
}

pub(crate) fn value_ticks_max(height: i32, font: Font) -> usize {
    let ticks = f64::from(height) / (font.line_height.max(1.0) * TICK_LINES);
    (ticks as usize + 1).min(VALUE_TICKS_MAX)
}

/// The column of a time: for a tick, or for a crosshair.
pub(crate) fn column(plot: &Plot, at_ms: f64) -> i32 {
    let x = plot.x(at_ms).floor() as i32;
    x.max(plot.rect.left).min(plot.rect.right - 1)
}

/// The unit above the labels of the values, and these, without those that would touch another.
pub(crate) fn value_labels(axis: &ValueAxis, plot: &Plot, chart: &Chart<'_>) -> Vec<Label> {
    let Font {
        digit_width,
        line_height,
    } = chart.font;
    let mut labels = Vec::with_capacity(axis.ticks.len() + 1);
    if has_unit(chart) {
        labels.push(Label {
            text: axis.unit.clone(),
            x: 0.0,
            y: line_height / 2.0,
            align: Align::Start,
        });
    }
    let mut free = f64::INFINITY;
    for tick in &axis.ticks {
        let y = f64::from(plot.row(tick.at)) + 0.5;
        if y + line_height / 2.0 > free {
            continue;
        }
        free = y - line_height / 2.0;
        labels.push(Label {
            text: tick.text.clone(),
            x: f64::from(plot.rect.left) - digit_width,
            y,
            align: Align::End,
        });
    }
    labels
}

/// Whether a time's label fits before the right end; without it, its grid line would be unlabelled.
pub(crate) fn has_label_room(tick: &Tick, plot: &Plot, chart: &Chart<'_>) -> bool {
    let half = tick.chars() as f64 * chart.font.digit_width / 2.0;
    plot.x(tick.at) + half <= f64::from(chart.width)
}

/// The labels of times that are neither cut off nor touch the one before. None is left of the plot,
/// where it would go out of sight while time moves.
pub(crate) fn time_labels(ticks: &[Tick], plot: &Plot, chart: &Chart<'_>) -> Vec<Label> {
    let digit_width = chart.font.digit_width;
    let y = f64::from(plot.rect.bottom) + chart.font.line_height * (TIME_LINES - 0.5);
    let mut free = f64::from(plot.rect.left);
    let mut labels = Vec::with_capacity(ticks.len());
    for tick in ticks {
        let x = plot.x(tick.at);
        let half = tick.chars() as f64 * digit_width / 2.0;
        if x - half < free || !has_label_room(tick, plot, chart) {
            continue;
        }
        free = x + half + digit_width;
        labels.push(Label {
            text: tick.text.clone(),
            x,
            y,
            align: Align::Middle,
        });
    }
    labels
}

fn has_unit(chart: &Chart<'_>) -> bool {
    let is_unitless = matches!(chart.kind, crate::Kind::Plain | crate::Kind::Fixed(_));
    !chart.unit.is_empty() || !is_unitless
}

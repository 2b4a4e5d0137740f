//! Puts a scene on canvases.

use super::palette::Palette;
use super::plan::Line;
use super::raster;
use crate::kit::browser::Canvas;
use chart::{Align, Label, Path, Scene, Shape};
use std::f64::consts::TAU;
use web_sys::CanvasRenderingContext2d;

/// In CSS pixels.
const LINE_WIDTH: f64 = 1.5;

/// A sample between two gaps is a dot, or it would not be seen.
const DOT_RADIUS: f64 = 1.5;

/// How much of a line's colour fills the area below it.
const AREA_ALPHA: f64 = 0.14;

/// Around a line, so much of its colour fills what its samples reached.
pub(super) const BAND_ALPHA: f64 = 0.3;

/// Areas of a stack say more than its lines.
const STACK_ALPHA: f64 = 0.4;

/// The dashes of a threshold, and the gaps between them.
const DASH: f64 = 4.0;

/// From a threshold down to its name's middle.
const THRESHOLD_NAME: f64 = 8.0;

/// How a scene is drawn, beside what is in it.
pub(super) struct DrawStyle<'a> {
    pub(super) palette: &'a Palette,
    /// The labels' font.
    pub(super) font: &'a str,
    /// Device pixels to a CSS pixel.
    pub(super) scale: f64,
    pub(super) stacked: bool,
}

/// What stands still while time passes: grid lines of values, their labels, thresholds.
pub(super) fn draw_still(canvas: &Canvas, scene: &Scene, size: (u32, u32), style: &DrawStyle<'_>) {
    canvas.clear(size.0, size.1, style.scale);
    let context = &canvas.context;
    let rect = scene.plot.rect;
    let (left, width) = (f64::from(rect.left), f64::from(rect.width()));
    context.set_fill_style_str(&style.palette.grid);
    for row in &scene.rows {
        context.fill_rect(left, f64::from(*row), width, 1.0);
    }
    labels(context, scene, style, false);
    thresholds(context, scene, style);
}

/// Dashed lines with their names inside on the right.
fn thresholds(context: &CanvasRenderingContext2d, scene: &Scene, style: &DrawStyle<'_>) {
    let rect = scene.plot.rect;
    let (left, right) = (f64::from(rect.left), f64::from(rect.right));
    let height = style.scale.round().max(1.0);
    let dash = DASH * style.scale;
    for threshold in &scene.thresholds {
        let (colour, name) = match threshold.is_critical {
            true => (&style.palette.critical, "critical"),
            false => (&style.palette.warning, "warning"),
        };
        context.set_fill_style_str(colour);
        let row = f64::from(threshold.row);
        let mut x = left;
        while x < right {
            context.fill_rect(x, row, dash.min(right - x), height);
            x += 2.0 * dash;
        }
        if scene.labels.is_empty() {
            continue;
        }
        context.set_fill_style_str(&style.palette.text);
        draw_label(
            context,
            &Label {
                text: name.into(),
                x: right - dash,
                y: row + THRESHOLD_NAME * style.scale,
                align: Align::End,
            },
        );
    }
}

/// What moves with time: grid lines of times, their labels, the lines themselves. The canvas begins
/// at the plot's left, or by `drifted` pixels further to the left.
pub(super) fn draw_moving(
    canvas: &Canvas,
    scene: &Scene,
    lines: &[Line<'_>],
    size: (u32, u32),
    drifted: u32,
    style: &DrawStyle<'_>,
) {
    canvas.clear(size.0, size.1, style.scale);
    let context = &canvas.context;
    let rect = scene.plot.rect;
    let (left, top) = (f64::from(rect.left), f64::from(rect.top));
    let (width, height) = (f64::from(rect.width()), f64::from(rect.height()));
    context.save();
    // A browser refuses a shift only if it is no number.
    let _ = context.translate(f64::from(drifted) - left, 0.0);
    let alpha = if style.stacked {
        STACK_ALPHA
    } else {
        AREA_ALPHA
    };
    raster::put(context, scene, lines, drifted, alpha, style);
    // Below the pixels, which have replaced what was there.
    let _ = context.set_global_composite_operation("destination-over");
    context.set_fill_style_str(&style.palette.grid);
    for column in &scene.columns {
        context.fill_rect(f64::from(*column), top, 1.0, height);
    }
    let _ = context.set_global_composite_operation("source-over");
    labels(context, scene, style, true);

    context.begin_path();
    context.rect(left, top, width, height);
    context.clip();
    context.set_line_width(LINE_WIDTH * style.scale);
    context.set_line_join("bevel");
    // The first line is the most important one: it comes last, on top.
    for (trace, line) in scene.traces.iter().zip(lines).rev() {
        let colour = style.palette.line(line.index);
        context.set_fill_style_str(colour);
        context.set_stroke_style_str(colour);
        if let Some(Shape::Path(area)) = &trace.area {
            context.set_global_alpha(alpha);
            outline(context, area);
            context.fill();
            context.set_global_alpha(1.0);
        }
        if let Some(Shape::Path(band)) = &trace.band {
            context.set_global_alpha(BAND_ALPHA);
            outline(context, band);
            context.fill();
            context.set_global_alpha(1.0);
        }
        if let Shape::Path(path) = &trace.line {
            stroke(context, path, style.scale);
        }
    }
    context.restore();
}

/// Those of times have their middle at their place, those of values an end.
fn labels(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    style: &DrawStyle<'_>,
    of_times: bool,
) {
    context.set_font(style.font);
    context.set_fill_style_str(&style.palette.text);
    context.set_text_baseline("middle");
    let labels = scene.labels.iter();
    for label in labels.filter(|label| (label.align == Align::Middle) == of_times) {
        draw_label(context, label);
    }
}

fn draw_label(context: &CanvasRenderingContext2d, label: &Label) {
    context.set_text_align(match label.align {
        Align::Start => "left",
        Align::Middle => "center",
        Align::End => "right",
    });
    // The browser refuses only text that is not text.
    let _ = context.fill_text(&label.text, label.x, label.y);
}

fn stroke(context: &CanvasRenderingContext2d, path: &Path, scale: f64) {
    outline(context, path);
    context.stroke();
    for run in path.runs() {
        if let [(x, y)] = run {
            context.begin_path();
            let _ = context.arc(*x, *y, DOT_RADIUS * scale, 0.0, TAU);
            context.fill();
        }
    }
}

fn outline(context: &CanvasRenderingContext2d, path: &Path) {
    context.begin_path();
    for run in path.runs() {
        trace(context, run);
    }
}

fn trace(context: &CanvasRenderingContext2d, run: &[chart::Point]) {
    let mut points = run.iter();
    if let Some((x, y)) = points.next() {
        context.move_to(*x, *y);
    }
    for (x, y) in points {
        context.line_to(*x, *y);
    }
}

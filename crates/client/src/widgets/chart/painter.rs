use super::geometry::{Sample, Scale, nice_step, runs, ticks, time_step_ms};
use crate::browser::{Canvas, Paint, offset_minutes};
use crate::format::{self, Quantity};
use crate::store::{POINTS_FIRST, Point};
use protocol::Timestamp;
use std::f64::consts::TAU;

/// Room for the labels of the axes, in CSS pixels.
const MARGIN_LEFT: f64 = 64.0;
const MARGIN_RIGHT: f64 = 8.0;
const MARGIN_TOP: f64 = 8.0;
const MARGIN_BOTTOM: f64 = 24.0;

/// Between a label and the plot.
const LABEL_GAP: f64 = 8.0;

/// The least distance between two ticks.
const TICK_HEIGHT: f64 = 36.0;
const TICK_WIDTH: f64 = 88.0;

const LINE_WIDTH: f64 = 1.5;

/// A sample between two holes is a dot, or it would be invisible.
const DOT_RADIUS: f64 = 1.5;

/// How much of the first line's colour fills the area below it; two areas would mix to a third
/// colour that means nothing.
const AREA_ALPHA: f64 = 0.08;

/// The top of a scale on which nothing is above zero.
const TOP_MIN: f64 = 1.0;

/// One line: its unbroken stretches and its colour.
pub(super) struct Line {
    runs: Vec<Vec<(f64, f64)>>,
    colour: String,
}

impl Line {
    pub(super) fn new(points: &[Point], value: fn(&Point) -> Option<f64>, colour: String) -> Self {
        let samples = points.iter().map(|point| Sample {
            at_ms: point.at.unix_ms() as f64,
            reach_ms: point.reach_ms,
            value: value(point),
        });
        Self {
            runs: runs(samples),
            colour,
        }
    }

    fn highest(&self) -> f64 {
        let values = self.runs.iter().flatten().map(|(_, value)| *value);
        values.fold(0.0, f64::max)
    }
}

/// Draws axes and lines. Time ends with the newest sample and spans as many as the ring holds.
pub(super) fn draw(
    canvas: &Canvas,
    paint: &Paint,
    points: &[Point],
    lines: &[Line],
    top: Option<f64>,
    quantity: fn(f64) -> Quantity,
) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    let bottom = canvas.height - MARGIN_BOTTOM;
    let until_ms = last.at.unix_ms() as f64;
    let span_ms = last.interval_ms as f64 * f64::from(POINTS_FIRST - 1);
    let from_ms = (until_ms - span_ms.max(1.0)).min(first.at.unix_ms() as f64);
    let time = Scale {
        values: (from_ms, until_ms),
        pixels: (MARGIN_LEFT, canvas.width - MARGIN_RIGHT),
    };
    let tick_count = ((bottom - MARGIN_TOP) / TICK_HEIGHT).max(1.0) as usize;
    let highest = lines.iter().map(Line::highest).fold(TOP_MIN, f64::max);
    let step = nice_step(top.unwrap_or(highest), tick_count);
    let value = Scale {
        values: (0.0, top.unwrap_or_else(|| (highest / step).ceil() * step)),
        pixels: (bottom, MARGIN_TOP),
    };

    let context = &canvas.context;
    context.set_font(&paint.property("font"));
    context.set_fill_style_str(&paint.property("color"));
    context.set_stroke_style_str(&paint.property("border-top-color"));
    context.set_line_width(1.0 / canvas.scale);
    value_axis(canvas, value, time, step, quantity);
    time_axis(canvas, time, bottom);
    // The first line is the most important one: it comes last, on top.
    for (index, line) in lines.iter().enumerate().rev() {
        let area_alpha = if index == 0 { AREA_ALPHA } else { 0.0 };
        trace(canvas, line, area_alpha, time, value);
    }
}

fn value_axis(
    canvas: &Canvas,
    value: Scale,
    time: Scale,
    step: f64,
    quantity: fn(f64) -> Quantity,
) {
    let context = &canvas.context;
    context.set_text_align("right");
    context.set_text_baseline("middle");
    context.begin_path();
    for tick in ticks(0.0, value.values.1, step) {
        let y = canvas.crisp(value.place(tick));
        context.move_to(time.pixels.0, y);
        context.line_to(time.pixels.1, y);
        label(
            canvas,
            &quantity(tick).short(),
            time.pixels.0 - LABEL_GAP,
            y,
        );
    }
    context.stroke();
}

fn time_axis(canvas: &Canvas, time: Scale, bottom: f64) {
    let (from_ms, until_ms) = time.values;
    let count = ((time.pixels.1 - time.pixels.0) / TICK_WIDTH).max(1.0) as usize;
    let step = time_step_ms(until_ms - from_ms, count);
    // Ticks stand at round local times, also where the zone is half an hour off.
    let offset = offset_minutes(Timestamp::from_unix_ms(until_ms as i64));
    let offset_ms = f64::from(offset) * 60_000.0;
    canvas.context.set_text_align("center");
    for local_ms in ticks(from_ms + offset_ms, until_ms + offset_ms, step) {
        let at = Timestamp::from_unix_ms((local_ms - offset_ms) as i64);
        let x = time.place(local_ms - offset_ms);
        let text = format::time_of_day(at, offset);
        // A label that would be cut off at the edge is worse than none.
        let half_width = TICK_WIDTH / 4.0;
        if x - half_width >= MARGIN_LEFT && x + half_width <= canvas.width {
            label(canvas, &text, x, bottom + MARGIN_BOTTOM / 2.0 + 2.0);
        }
    }
}

fn label(canvas: &Canvas, text: &str, x: f64, y: f64) {
    // The browser refuses only text that is not text.
    let _ = canvas.context.fill_text(text, x, y);
}

fn trace(canvas: &Canvas, line: &Line, area_alpha: f64, time: Scale, value: Scale) {
    let context = &canvas.context;
    let place = |(at_ms, figure): (f64, f64)| {
        let (floor, top) = value.values;
        (time.place(at_ms), value.place(figure.clamp(floor, top)))
    };
    context.set_stroke_style_str(&line.colour);
    context.set_fill_style_str(&line.colour);
    context.set_line_width(LINE_WIDTH);
    context.set_line_join("round");
    for run in &line.runs {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let (first_x, first_y) = place(*first);
        context.begin_path();
        if run.len() == 1 {
            let _ = context.arc(first_x, first_y, DOT_RADIUS, 0.0, TAU);
            context.fill();
            continue;
        }
        context.move_to(first_x, first_y);
        for point in &run[1..] {
            let (x, y) = place(*point);
            context.line_to(x, y);
        }
        context.stroke();
        context.line_to(place(*last).0, value.pixels.0);
        context.line_to(first_x, value.pixels.0);
        context.set_global_alpha(area_alpha);
        context.fill();
        context.set_global_alpha(1.0);
    }
}

//! A whole chart as a list of what to draw, in device pixels.

use crate::layout::{self, Label};
use crate::shape::{self, Shape};
use crate::{
    Fit, Hours, Kind, Layer, Offset, Plot, Rect, Series, ValueAxis, Window, stack, time_ticks,
};

/// The size of the labels' font, in device pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Font {
    /// The width of a digit; all are the same with tabular numerals.
    pub digit_width: f64,
    /// The height of a line.
    pub line_height: f64,
}

impl Font {
    /// For a chart without labels and grid, all of it plot: a small one beside others.
    pub const NONE: Self = Self {
        digit_width: 0.0,
        line_height: 0.0,
    };
}

/// One line of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its samples.
    pub series: &'a Series,
    /// Whether the area below it is filled. In a stack all are.
    pub filled: bool,
    /// Where each sample stands for many, how far they reached. A stack has none.
    pub band: Option<Band<'a>>,
}

/// The lowest and the highest of what each sample of a line stands for: two series with the line's
/// times and gaps.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "documented by the type")]
pub struct Band<'a> {
    pub low: &'a Series,
    pub high: &'a Series,
}

/// What a chart is to show.
#[derive(Clone, Copy)]
pub struct Chart<'a> {
    /// The canvas's width in device pixels.
    pub width: u32,
    /// The canvas's height in device pixels.
    pub height: u32,
    /// The font of its labels.
    pub font: Font,
    /// The stretch of time, from a [`Viewport`](crate::Viewport).
    pub window: Window,
    /// The lines that are switched on.
    pub lines: &'a [Line<'a>],
    /// Whether values are added up.
    pub stacked: bool,
    /// How the axis of values is fitted.
    pub fit: Fit,
    /// What sort of quantity the values are.
    pub kind: Kind,
    /// Their unit without a prefix, as in `B/s`.
    pub unit: &'a str,
    /// Values with a line across the chart, ascending: warnings, and the last one critical.
    pub thresholds: &'a [f64],
    /// Local time.
    pub offset: Offset<'a>,
    /// How its hours are counted.
    pub hours: Hours,
}

/// A line as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What to stroke.
    pub line: Shape,
    /// What to fill first; the line hides where it ends.
    pub area: Option<Shape>,
    /// What to fill around the line: the reach of what its samples stand for.
    pub band: Option<Shape>,
}

/// A chart, laid out. Draw in the order of the fields, traces clipped to the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Where lines are, and how times and values lie on it.
    pub plot: Plot,
    /// The rows with grid lines, one pixel high, across the plot.
    pub rows: Vec<i32>,
    /// The columns with grid lines, one pixel wide, from top to bottom of the plot.
    pub columns: Vec<i32>,
    /// Text beside the plot: the unit, values, times.
    pub labels: Vec<Label>,
    /// As many as there are lines, in their order. Drawn in reverse, the first is on top.
    pub traces: Vec<Trace>,
    /// The thresholds that are within the domain.
    pub thresholds: Vec<Threshold>,
}

/// A threshold's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The row of the line.
    pub row: i32,
    /// Whether it is the highest one; the others warn of it.
    pub is_critical: bool,
}

impl Scene {
    /// Lays a chart out.
    #[must_use]
    pub fn new(chart: &Chart<'_>) -> Self {
        // Loops, here and below: each chain of iterators would be compiled for the browser anew.
        let mut series = Vec::with_capacity(chart.lines.len());
        for line in chart.lines {
            series.push(line.series);
        }
        let mut reach = Vec::new();
        for band in chart.lines.iter().filter_map(|line| line.band) {
            reach.push(band.low);
            reach.push(band.high);
        }
        let layers = if chart.stacked {
            stack(&series, chart.window)
        } else {
            Vec::new()
        };
        if chart.stacked {
            series.clear();
            for layer in &layers {
                series.push(&layer.lower);
                series.push(&layer.upper);
            }
        } else {
            series.append(&mut reach);
        }
        let extent = extent(&series, chart);
        let (top, bottom) = layout::rows(chart);
        let ticks_max = layout::value_ticks_max(bottom - top, chart.font);
        let axis = ValueAxis::new(extent, chart.fit, chart.kind, chart.unit, ticks_max);
        let (left, right) = layout::columns(chart, axis.label_chars());
        let rect = Rect {
            left,
            top,
            right,
            bottom,
        };
        let plot = Plot {
            rect,
            window: chart.window,
            low: axis.low,
            high: axis.high,
        };
        if chart.font == Font::NONE {
            return Self {
                plot,
                rows: Vec::new(),
                columns: Vec::new(),
                labels: Vec::new(),
                traces: traces(chart.lines, &layers, &plot),
                thresholds: thresholds(chart.thresholds, &plot),
            };
        }
        let width = f64::from(rect.width());
        let times = time_ticks(
            chart.window,
            width,
            chart.font.digit_width,
            chart.offset,
            chart.hours,
        );
        let (mut rows, mut columns) = (Vec::new(), Vec::new());
        for tick in &axis.ticks {
            rows.push(plot.row(tick.at));
        }
        for tick in &times {
            if layout::has_label_room(tick, &plot, chart) {
                columns.push(layout::column(&plot, tick.at));
            }
        }
        let mut labels = layout::value_labels(&axis, &plot, chart);
        labels.append(&mut layout::time_labels(&times, &plot, chart));
        Self {
            plot,
            rows,
            columns,
            labels,
            traces: traces(chart.lines, &layers, &plot),
            thresholds: thresholds(chart.thresholds, &plot),
        }
    }
}

fn extent(series: &[&Series], chart: &Chart<'_>) -> Option<(f64, f64)> {
    let mut extent: Option<(f64, f64)> = None;
    let mut include = |low: f64, high: f64| {
        let (least, most) = extent.unwrap_or((low, high));
        extent = Some((least.min(low), most.max(high)));
    };
    for series in series {
        if let Some((low, high)) = series.extent(chart.window) {
            include(low, high);
        }
    }
    // What everyone must stay below is seen even while all is well.
    for value in chart.thresholds {
        include(*value, *value);
    }
    extent
}

fn traces(lines: &[Line<'_>], layers: &[Layer], plot: &Plot) -> Vec<Trace> {
    let mut traces = Vec::with_capacity(lines.len());
    if layers.is_empty() {
        for line in lines {
            let band = line.band.map(|band| shape::band(band.low, band.high, plot));
            let (line, area) = shape::line(line.series, plot, line.filled);
            traces.push(Trace { line, area, band });
        }
    }
    for layer in layers {
        let (line, area) = shape::layer(&layer.lower, &layer.upper, plot);
        let area = Some(area);
        traces.push(Trace {
            line,
            area,
            band: None,
        });
    }
    traces
}

fn thresholds(values: &[f64], plot: &Plot) -> Vec<Threshold> {
    let mut thresholds = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if plot.low <= *value && *value <= plot.high {
            thresholds.push(Threshold {
                row: plot.row(*value),
                is_critical: index + 1 == values.len(),
            });
        }
    }
    thresholds
}

#[cfg(test)]
mod tests;

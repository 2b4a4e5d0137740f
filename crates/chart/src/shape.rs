//! What is stroked and filled: polylines where samples are sparse, bars of pixels where they are
//! dense.

use crate::columns::{Column, columns};
use crate::{Plot, Series};

/// From so many samples for each column of pixels on, a line is drawn as bars.
const DENSE_PER_COLUMN: usize = 1;

/// A place on the canvas, in device pixels.
pub type Point = (f64, f64);

/// Some polylines, or outlines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Path {
    points: Vec<Point>,
    /// Where each run ends.
    ends: Vec<usize>,
}

impl Path {
    /// The unbroken stretches. One of a single point is a dot: between two gaps, a line of no length
    /// would not be seen.
    pub fn runs(&self) -> impl Iterator<Item = &[Point]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.points[start..*end])
    }

    fn end_run(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.points.len() {
            self.ends.push(self.points.len());
        }
    }
}

/// Columns of pixels from `x` on, from the row `top` to before the row `bottom`; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented by the type")]
pub struct Bar {
    pub x: i32,
    pub width: i32,
    pub top: i32,
    pub bottom: i32,
}

/// A line to be stroked, or an area to be filled.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Stroked with the line's width; filled, as an area.
    Path(Path),
    /// Filled, also as a line: whole pixels cost no smoothing, and rasterising is the cost of
    /// dense lines.
    Bars(Vec<Bar>),
}

/// Whether a series is drawn as bars.
pub(crate) fn is_dense(series: &Series, plot: &Plot) -> bool {
    series.visible(plot.window).len() > plot.rect.width() as usize * DENSE_PER_COLUMN
}

/// A series' line, and the area down (or up) to the baseline if it is filled.
pub(crate) fn line(series: &Series, plot: &Plot, filled: bool) -> (Shape, Option<Shape>) {
    if is_dense(series, plot) {
        let bars = bars(series, plot);
        let base = plot.row(plot.baseline()) + 1;
        let area = filled.then(|| Shape::Bars(clipped(below(&bars, base), plot)));
        return (Shape::Bars(clipped(bars, plot)), area);
    }
    let path = path(series, plot);
    let area = filled.then(|| {
        let y = plot.y(plot.baseline());
        Shape::Path(enclosed(&path, |run| match run {
            [(first, _), .., (last, _)] => vec![(*last, y), (*first, y)],
            _ => Vec::new(),
        }))
    });
    (Shape::Path(path), area)
}

/// The line of a stack's layer, and the area down to the layer below. Both series have the same
/// times and gaps.
pub(crate) fn layer(lower: &Series, upper: &Series, plot: &Plot) -> (Shape, Shape) {
    if is_dense(upper, plot) {
        let bars_upper = bars(upper, plot);
        let area = columns_between(&bars_upper, &bars(lower, plot), |lower| lower.top, plot);
        return (Shape::Bars(clipped(bars_upper, plot)), area);
    }
    let line = path(upper, plot);
    let area = outline_between(&line, &path(lower, plot));
    (Shape::Path(line), area)
}

/// All between two series of the same times and gaps, the lowest of the lower one included.
pub(crate) fn band(low: &Series, high: &Series, plot: &Plot) -> Shape {
    if is_dense(high, plot) {
        return columns_between(&bars(high, plot), &bars(low, plot), |low| low.bottom, plot);
    }
    outline_between(&path(high, plot), &path(low, plot))
}

fn columns_between(upper: &[Bar], lower: &[Bar], end: fn(&Bar) -> i32, plot: &Plot) -> Shape {
    let between = |(upper, lower): (&Bar, &Bar)| Bar {
        x: upper.x,
        width: 1,
        top: upper.top.min(end(lower)),
        bottom: upper.top.max(end(lower)),
    };
    Shape::Bars(clipped(upper.iter().zip(lower).map(between), plot))
}

fn outline_between(line: &Path, floor: &Path) -> Shape {
    let mut floors = floor.runs();
    Shape::Path(enclosed(line, |_| {
        let run = floors.next().unwrap_or_default();
        run.iter().rev().copied().collect()
    }))
}

/// A point for each sample. Neighbours outside are moved along their lines to the window's ends,
/// beyond which a canvas would need more precision than it has.
fn path(series: &Series, plot: &Plot) -> Path {
    let (from_ms, to_ms) = (plot.window.from_ms(), plot.window.to_ms());
    let mut path = Path::default();
    let mut before: Option<&crate::series::Knot> = None;
    for knot in series.knots(series.drawn(plot.window)) {
        let joined = before.is_some_and(|before| before.joins(knot));
        if !joined {
            path.end_run();
        }
        if let Some(before) = before.filter(|before| joined && before.at_ms < from_ms) {
            let value = before.toward(knot, from_ms);
            path.points.push((plot.x(from_ms), plot.y(value)));
        }
        match before {
            Some(before) if joined && knot.at_ms > to_ms => {
                let value = before.toward(knot, to_ms);
                path.points.push((plot.x(to_ms), plot.y(value)));
            }
            _ if knot.has_value() && plot.window.contains(knot.at_ms) => {
                path.points.push((plot.x(knot.at_ms), plot.y(knot.value)));
            }
            _ => {}
        }
        before = Some(knot);
    }
    path.end_run();
    path
}

/// The outlines between the runs of a line and what lies below each, which leads back.
fn enclosed(line: &Path, mut below: impl FnMut(&[Point]) -> Vec<Point>) -> Path {
    let mut area = Path::default();
    for run in line.runs() {
        let mut back = below(run);
        if run.len() > 1 {
            area.points.extend_from_slice(run);
            area.points.append(&mut back);
            area.end_run();
        }
    }
    area
}

/// A bar for each column, connected as the line is: each reaches to the bar before it. The columns
/// of two series with the same times have the same bars but for their rows.
fn bars(series: &Series, plot: &Plot) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::with_capacity(plot.rect.width() as usize + 2);
    let mut before: Option<Column> = None;
    for column in columns(series, plot) {
        let left = before.filter(|_| column.joined);
        if let Some(left) = left {
            // Columns without a sample: the line runs through.
            let (start, end) = (plot.row(left.last), plot.row(column.first));
            let width = column.x - left.x;
            for passed in 1..width {
                let row = start + (end - start) * passed / width;
                bars.push(bar(plot, left.x + passed, row, row, bars.last()));
            }
        }
        let (top, bottom) = (plot.row(column.high), plot.row(column.low));
        let neighbour = left.and(bars.last());
        bars.push(bar(plot, column.x, top, bottom, neighbour));
        before = Some(column);
    }
    bars
}

/// A bar over some rows, both included, and on to the rows of its neighbour.
fn bar(plot: &Plot, column: i32, top: i32, bottom: i32, neighbour: Option<&Bar>) -> Bar {
    let (mut top, mut bottom) = (top, bottom + 1);
    if let Some(neighbour) = neighbour {
        top = top.min(neighbour.bottom);
        bottom = bottom.max(neighbour.top);
    }
    Bar {
        x: plot.rect.left + column,
        width: 1,
        top,
        bottom,
    }
}

/// The area between a line's bars and a row, as few bars. Below the line it cannot be seen where the area
/// ends, so neighbours may end it at the same row: of a line that goes up and down hundreds become a
/// few.
fn below(line: &[Bar], base: i32) -> Vec<Bar> {
    let mut area: Vec<Bar> = Vec::new();
    // How far the last one's top and bottom may still move: not beyond the line's own.
    let mut ends = ((0, 0), (0, 0));
    for bar in line {
        let top = (bar.top.min(base), bar.bottom.min(base));
        let bottom = (bar.top.max(base), bar.bottom.max(base));
        let shared = (common(ends.0, top), common(ends.1, bottom));
        match (area.last_mut(), shared) {
            (Some(last), (Some(top), Some(bottom))) if last.x + last.width == bar.x => {
                ends = (top, bottom);
                (last.top, last.bottom) = (top.1, bottom.0);
                last.width += 1;
            }
            _ => {
                ends = (top, bottom);
                area.push(Bar {
                    x: bar.x,
                    width: 1,
                    top: top.1,
                    bottom: bottom.0,
                });
            }
        }
    }
    area
}

/// What two ranges share, ends included.
fn common(one: (i32, i32), other: (i32, i32)) -> Option<(i32, i32)> {
    let (from, to) = (one.0.max(other.0), one.1.min(other.1));
    (from <= to).then_some((from, to))
}

fn clipped(bars: impl IntoIterator<Item = Bar>, plot: &Plot) -> Vec<Bar> {
    let rect = plot.rect;
    bars.into_iter()
        .map(|bar| {
            let x = bar.x.max(rect.left);
            Bar {
                x,
                width: (bar.x + bar.width).min(rect.right) - x,
                top: bar.top.max(rect.top),
                bottom: bar.bottom.min(rect.bottom),
            }
        })
        .filter(|bar| bar.top < bar.bottom && bar.width > 0)
        .collect()
}

#[cfg(test)]
mod tests;

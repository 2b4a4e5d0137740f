//! Lines as bars: one for each bucket of time, which suits counts that are not joined.

use crate::shape::{Bar, Path, Shape};
use crate::stack::stack;
use crate::table::buckets;
use crate::{Layer, Line, Plot, Scene, Series, Window};

/// A bar is so wide at least, in device pixels.
const WIDTH_MIN: f64 = 6.0;

/// The share of a bucket's width that is left free beside its bars.
const GAP: f64 = 0.2;

/// Lengths of buckets of time, in milliseconds; from the last one on, multiples of it.
const BUCKETS_MS: [f64; 15] = [
    1_000.0,
    2_000.0,
    5_000.0,
    10_000.0,
    15_000.0,
    30_000.0,
    60_000.0,
    120_000.0,
    300_000.0,
    600_000.0,
    900_000.0,
    1_800_000.0,
    3_600_000.0,
    21_600_000.0,
    86_400_000.0,
];

/// Replaces the lines of a scene by bars: side by side, or on top of each other if they are `stacked`. A bar reaches to the
/// mean of its bucket, and a lighter one on to the highest of it, so that no spike is lost.
pub fn as_bars(scene: &mut Scene, lines: &[Line<'_>], stacked: bool) {
    let plot = scene.plot;
    let mut series = Vec::new();
    for line in lines {
        series.push(line.series);
    }
    let bucket_ms = bucket_ms(&series, &plot);
    let layers = if stacked {
        stack(&series, plot.window)
    } else {
        Vec::new()
    };
    let count = lines.len().max(1);
    for (index, trace) in scene.traces.iter_mut().enumerate() {
        let (of, side) = match layers.get(index) {
            Some(layer) => (Of::Layer(layer), (0, 1)),
            None => (Of::Line(lines[index]), (index, count)),
        };
        let (solid, light) = bars(of, &plot, bucket_ms, side);
        trace.line = Shape::Bars(solid);
        trace.area = None;
        trace.band = Some(Shape::Bars(light));
        if trace.line == Shape::Bars(Vec::new()) {
            trace.line = Shape::Path(Path::default());
        }
    }
}

enum Of<'a> {
    Line(Line<'a>),
    Layer(&'a Layer),
}

/// The bars up to the mean of each bucket, and from there to its highest value. `side` is their place among so many
/// within a bucket.
fn bars(of: Of<'_>, plot: &Plot, bucket_ms: f64, side: (usize, usize)) -> (Vec<Bar>, Vec<Bar>) {
    let plain = |series| Line {
        series,
        filled: false,
        band: None,
    };
    let lines = match of {
        Of::Line(line) => vec![line],
        Of::Layer(layer) => vec![plain(&layer.upper), plain(&layer.lower)],
    };
    let first_ms = (plot.window.from_ms() / bucket_ms).floor() * bucket_ms;
    // The first bucket begins before the window.
    let window = Window::new(first_ms, plot.window.to_ms());
    let (mut solid, mut light) = (Vec::new(), Vec::new());
    for bucket in buckets(&lines, window, bucket_ms) {
        let Some(Some(cell)) = bucket.cells.first().copied() else {
            continue;
        };
        let below = bucket.cells.get(1).copied().flatten();
        let base = below.map_or(plot.baseline(), |below| below.avg);
        let (left, right) = columns(plot, bucket.at_ms, bucket_ms, side);
        let push = |bars: &mut Vec<Bar>, from: f64, to: f64, least: i32| {
            let (from, to) = (row(plot, from), row(plot, to));
            let (top, bottom) = (from.min(to), from.max(to));
            let top = top.min(bottom - least).max(plot.rect.top);
            if left < right && top < bottom {
                bars.push(Bar {
                    x: left,
                    width: right - left,
                    top,
                    bottom,
                });
            }
        };
        // What is zero is seen, too.
        push(&mut solid, base, cell.avg, 1);
        if below.is_none() {
            let far = match cell.avg < base {
                true => cell.min,
                false => cell.max,
            };
            push(&mut light, cell.avg, far, 0);
        }
    }
    (solid, light)
}

/// The columns of a bar, within the plot.
fn columns(plot: &Plot, at_ms: f64, bucket_ms: f64, (place, count): (usize, usize)) -> (i32, i32) {
    let (from, to) = (plot.x(at_ms), plot.x(at_ms + bucket_ms));
    let width = (to - from) * (1.0 - GAP) / count as f64;
    let left = from + (to - from) * GAP / 2.0 + width * place as f64;
    let within = |x: f64| (x.round() as i32).clamp(plot.rect.left, plot.rect.right);
    (within(left), within(left + width))
}

/// The row of a value, at most the one below the plot.
fn row(plot: &Plot, value: f64) -> i32 {
    (plot.y(value).round() as i32).clamp(plot.rect.top, plot.rect.bottom)
}

/// Buckets in which bars are wide enough, and that have a sample each.
fn bucket_ms(series: &[&Series], plot: &Plot) -> f64 {
    let width_ms = WIDTH_MIN * series.len().max(1) as f64 * plot.ms_per_pixel();
    let mut least_ms = width_ms;
    for series in series {
        let visible = series.visible(plot.window);
        let newest = visible
            .end
            .checked_sub(1)
            .and_then(|index| series.get(index));
        if let Some(newest) = newest {
            least_ms = least_ms.max(f64::from(newest.interval_ms));
        }
    }
    bucket_length(least_ms)
}

/// The least round length of a bucket that is not shorter than this, in milliseconds.
#[must_use]
pub fn bucket_length(least_ms: f64) -> f64 {
    let known = BUCKETS_MS.into_iter().find(|it| *it >= least_ms);
    let last = BUCKETS_MS[BUCKETS_MS.len() - 1];
    known.unwrap_or_else(|| (least_ms / last).ceil() * last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chart, Fit, Font, Hours, Kind, Sample};

    fn series(values: &[f64]) -> Series {
        let mut series = Series::new(100);
        for (second, value) in values.iter().enumerate() {
            series.put(Sample {
                at_ms: second as f64 * 1_000.0,
                interval_ms: 1_000,
                value: Some(*value),
            });
        }
        series
    }

    fn scene(series: &[&Series], stacked: bool, to_ms: f64) -> Scene {
        let mut lines = Vec::new();
        for series in series {
            lines.push(Line {
                series,
                filled: false,
                band: None,
            });
        }
        let mut scene = Scene::new(&Chart {
            width: 100,
            height: 100,
            font: Font::NONE,
            window: Window::new(0.0, to_ms),
            lines: &lines,
            stacked,
            fit: Fit::Fixed(0.0, 10.0),
            kind: Kind::Plain,
            unit: "",
            thresholds: &[],
            offset: &|_| 0,
            hours: Hours::TwentyFour,
        });
        as_bars(&mut scene, &lines, stacked);
        scene
    }

    fn solid(scene: &Scene, index: usize) -> Vec<Bar> {
        match &scene.traces[index].line {
            Shape::Bars(bars) => bars.clone(),
            Shape::Path(_) => Vec::new(),
        }
    }

    #[test]
    fn a_bar_stands_for_a_bucket() {
        let one = series(&[1.0, 2.0, 4.0, 8.0]);
        let scene = scene(&[&one], false, 4_000.0);
        let bars = solid(&scene, 0);
        assert_eq!(bars.len(), 4);
        let heights: Vec<_> = bars.iter().map(|bar| bar.bottom - bar.top).collect();
        assert!(heights.windows(2).all(|it| it[0] < it[1]), "{heights:?}");
        assert!(bars.windows(2).all(|it| it[0].x + it[0].width < it[1].x));
        assert!(scene.traces[0].area.is_none());
    }

    #[test]
    fn a_spike_within_a_bucket_is_seen() {
        let mut values = vec![1.0; 60];
        values[30] = 9.0;
        let spiky = series(&values);
        let scene = scene(&[&spiky], false, 60_000.0);
        let Some(Shape::Bars(light)) = &scene.traces[0].band else {
            panic!("lighter bars")
        };
        let top = light.iter().map(|bar| bar.top).min();
        assert_eq!(top, Some(row(&scene.plot, 9.0)));
        assert!(
            solid(&scene, 0)
                .iter()
                .all(|bar| bar.top > row(&scene.plot, 3.0))
        );
    }

    #[test]
    fn bars_of_several_lines_are_beside_or_on_each_other() {
        let (one, two) = (series(&[2.0, 2.0]), series(&[3.0, 3.0]));
        let beside = scene(&[&one, &two], false, 2_000.0);
        let (left, right) = (solid(&beside, 0)[0], solid(&beside, 1)[0]);
        assert!(left.x + left.width <= right.x);
        let stacked = scene(&[&one, &two], true, 2_000.0);
        let (lower, upper) = (solid(&stacked, 0)[0], solid(&stacked, 1)[0]);
        assert_eq!((lower.x, lower.top), (upper.x, upper.bottom));
    }

    #[test]
    fn buckets_have_round_lengths() {
        assert_eq!(bucket_length(1.0), 1_000.0);
        assert_eq!(bucket_length(15_001.0), 30_000.0);
        assert_eq!(bucket_length(100_000_000.0), 172_800_000.0);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let scene = scene(&[&Series::new(1)], false, 1_000.0);
        assert_eq!(solid(&scene, 0), []);
    }
}

mod geometry;
mod painter;

use super::card::{card, sample_note};
use super::clock_time;
use crate::browser::{self, watch_size};
use crate::format::{self, Quantity};
use crate::store::{POINTS_FIRST, Part, Point, View};
use leptos::html::{Canvas, Span};
use leptos::prelude::*;
use painter::{Line, draw};

/// How often the text that stands for a chart changes, in milliseconds: what changes each second
/// cannot be read.
const SUMMARY_EVERY_MS: i64 = 30_000;

/// What a chart shows.
#[derive(Clone, Copy)]
pub(super) struct Plot {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) test_id: &'static str,
    pub(super) series: [Series; 2],
    /// The top of the scale, if it is always the same.
    pub(super) top: Option<f64>,
    pub(super) quantity: fn(f64) -> Quantity,
}

/// One line of a chart.
#[derive(Clone, Copy)]
pub(super) struct Series {
    pub(super) name: &'static str,
    /// The class that gives the line its colour.
    pub(super) class: &'static str,
    pub(super) value: fn(&Point) -> Option<f64>,
}

pub(super) fn chart(view: View, plot: Plot) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let swatches = [NodeRef::<Span>::new(), NodeRef::<Span>::new()];
    keep_drawn(view, plot, canvas, swatches);

    let [one, two] = swatches;
    let content = view! {
        <ul class="legend">{legend(view, plot, 0, one)} {legend(view, plot, 1, two)}</ul>
        <canvas
            class="chart"
            node_ref=canvas
            data-testid=plot.test_id
            role="img"
            aria-label=Signal::derive(move || summary(view, plot))
        ></canvas>
    };
    card(plot.name, plot.title, sample_note(view), content)
}

fn legend(view: View, plot: Plot, index: usize, swatch: NodeRef<Span>) -> impl IntoView {
    let series = plot.series[index];
    let newest = Signal::derive(move || {
        let newest = view.read(Part::Samples, |k| k.samples.points().last().copied());
        text(plot, series, newest)
    });
    view! {
        <li class="legend-item">
            <span class=series.class node_ref=swatch></span>
            {series.name}
            <span class="legend-value">{newest}</span>
        </li>
    }
}

fn text(plot: Plot, series: Series, point: Option<Point>) -> String {
    let value = point.as_ref().and_then(series.value);
    value.map_or(format::ABSENT.into(), |value| {
        (plot.quantity)(value).joined()
    })
}

/// What a chart says to those who cannot see it: its figures at the last half minute.
fn summary(view: View, plot: Plot) -> String {
    let point = view.read(Part::Samples, |knowledge| {
        let points = knowledge.samples.points();
        let period = |point: &&Point| point.at.unix_ms() / SUMMARY_EVERY_MS;
        let newest = points.last().as_ref().map(period);
        points
            .iter()
            .find(|point| Some(period(point)) == newest)
            .copied()
    });
    let Some(at) = point.map(|point| point.at) else {
        return "Line chart, still empty".into();
    };
    let [one, two] = plot.series;
    format!(
        "Line chart of the newest samples. At {}: {} {}, {} {}.",
        clock_time::text(view, at),
        one.name,
        text(plot, one, point),
        two.name,
        text(plot, two, point)
    )
}

/// Draws whenever the samples, the canvas's size or the theme change.
///
/// Samples change at most once a frame and not while the tab is hidden, see [`View::flush`].
fn keep_drawn(view: View, plot: Plot, canvas: NodeRef<Canvas>, swatches: [NodeRef<Span>; 2]) {
    let resized = RwSignal::new(());
    let watch = StoredValue::new_local(None);
    Effect::new(move || {
        resized.track();
        view.theme.track();
        view.local_times.track();
        let (Some(canvas), [Some(one), Some(two)]) =
            (canvas.get(), swatches.map(|swatch| swatch.get()))
        else {
            return;
        };
        if watch.with_value(Option::is_none) {
            watch.set_value(watch_size(&canvas, move || resized.set(())));
        }
        let points = view.read(Part::Samples, |knowledge| {
            let points = knowledge.samples.points().iter();
            let earlier = points.len().saturating_sub(POINTS_FIRST as usize);
            points.skip(earlier).copied().collect::<Vec<_>>()
        });
        let Some(surface) = browser::Canvas::prepare(&canvas) else {
            return;
        };
        let Some(paint) = browser::Paint::of(&canvas) else {
            return;
        };
        let line = |series: Series, swatch: &web_sys::Element| {
            let paint = browser::Paint::of(swatch);
            let colour = paint.map_or_else(String::new, |paint| paint.property("color"));
            Line::new(&points, series.value, colour)
        };
        let lines = [line(plot.series[0], &one), line(plot.series[1], &two)];
        draw(&surface, &paint, &points, &lines, plot.top, plot.quantity);
    });
}

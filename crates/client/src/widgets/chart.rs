mod geometry;
mod painter;

use super::card::{card, sample_note};
use crate::browser::{self, on_window, watch_size};
use crate::format::{self, Quantity};
use crate::store::{Part, Point, View};
use leptos::html::{Canvas, Span};
use leptos::prelude::*;
use painter::{Line, draw};

/// How often the text that stands for a chart changes, in milliseconds: a text that changes each
/// second cannot be read.
const SUMMARY_EVERY_MS: f64 = 30_000.0;

/// What a chart shows.
#[derive(Clone, Copy)]
struct Plot {
    name: &'static str,
    title: &'static str,
    test_id: &'static str,
    series: [Series; 2],
    /// The top of the scale, if it is always the same.
    top: Option<f64>,
    quantity: fn(f64) -> Quantity,
}

/// One line of a chart.
#[derive(Clone, Copy)]
struct Series {
    name: &'static str,
    /// The class that gives the line its colour.
    class: &'static str,
    value: fn(&Point) -> Option<f64>,
}

pub(crate) fn cpu_and_memory_chart(view: View) -> AnyView {
    let series = [
        Series {
            name: "CPU",
            class: "swatch swatch-1",
            value: |point| point.cpu,
        },
        Series {
            name: "Memory",
            class: "swatch swatch-2",
            value: |point| point.memory,
        },
    ];
    let plot = Plot {
        name: "history",
        title: "CPU and memory",
        test_id: "cpu-chart",
        series,
        top: Some(100.0),
        quantity: super::reading::percent,
    };
    chart(view, plot)
}

pub(crate) fn network_chart(view: View) -> AnyView {
    let series = [
        Series {
            name: "Received",
            class: "swatch swatch-1",
            value: |point| point.recv,
        },
        Series {
            name: "Sent",
            class: "swatch swatch-2",
            value: |point| point.sent,
        },
    ];
    let plot = Plot {
        name: "traffic",
        title: "Network traffic",
        test_id: "network-chart",
        series,
        top: None,
        quantity: format::rate,
    };
    chart(view, plot)
}

fn chart(view: View, plot: Plot) -> AnyView {
    let canvas = NodeRef::<Canvas>::new();
    let swatches = [NodeRef::<Span>::new(), NodeRef::<Span>::new()];
    keep_drawn(view, plot, canvas, swatches);

    let legend = [0, 1].map(|index| legend(view, plot, index, swatches[index]));
    let content = view! {
        <ul class="legend">{legend.into_iter().collect_view()}</ul>
        <canvas
            class="chart"
            node_ref=canvas
            data-testid=plot.test_id
            role="img"
            aria-label=summary(view, plot)
        ></canvas>
    };
    card(plot.name, plot.title, sample_note(view), content.into_any())
}

fn legend(view: View, plot: Plot, index: usize, swatch: NodeRef<Span>) -> AnyView {
    let series = plot.series[index];
    view! {
        <li class="legend-item">
            <span class=series.class node_ref=swatch></span>
            {series.name}
            <span class="legend-value">{move || newest(view, plot, series)}</span>
        </li>
    }
    .into_any()
}

fn newest(view: View, plot: Plot, series: Series) -> String {
    let value = view.read(Part::Samples, |knowledge| {
        knowledge.samples.points().last().and_then(series.value)
    });
    value.map_or(format::ABSENT.into(), |value| {
        (plot.quantity)(value).joined()
    })
}

/// What a chart says to those who cannot see it.
fn summary(view: View, plot: Plot) -> Memo<String> {
    let period = Memo::new(move |_| (view.server_now_ms.get() / SUMMARY_EVERY_MS) as u64);
    Memo::new(move |_| {
        period.track();
        let [one, two] = plot.series;
        untrack(|| {
            format!(
                "Line chart of the newest samples. {}: {}. {}: {}.",
                one.name,
                newest(view, plot, one),
                two.name,
                newest(view, plot, two)
            )
        })
    })
}

/// Draws whenever the samples, the canvas's size or the theme change.
///
/// Samples change at most once a frame and not while the tab is hidden, see [`View::flush`].
fn keep_drawn(view: View, plot: Plot, canvas: NodeRef<Canvas>, swatches: [NodeRef<Span>; 2]) {
    let redraw = RwSignal::new(());
    let watch = StoredValue::new_local(None);
    Effect::new(move || {
        let Some(element) = canvas.get() else {
            return;
        };
        watch.set_value(watch_size(&element, move || redraw.set(())));
        on_window("watchroom:theme", move || redraw.set(()));
    });
    Effect::new(move || {
        redraw.track();
        view.local_times.track();
        let (Some(canvas), [Some(one), Some(two)]) =
            (canvas.get(), swatches.map(|swatch| swatch.get()))
        else {
            return;
        };
        let Some(surface) = browser::Canvas::prepare(&canvas) else {
            return;
        };
        let Some(paint) = browser::Paint::of(&canvas) else {
            return;
        };
        let colours = [one, two].map(|swatch| {
            browser::Paint::of(&swatch).map_or_else(String::new, |paint| paint.property("color"))
        });
        view.read(Part::Samples, |knowledge| {
            let points: Vec<Point> = knowledge.samples.points().iter().copied().collect();
            let [one, two] = colours;
            let lines = [(plot.series[0], one), (plot.series[1], two)]
                .map(|(series, colour)| Line::new(&points, series.value, colour));
            draw(&surface, &paint, &points, &lines, plot.top, plot.quantity);
        });
    });
}

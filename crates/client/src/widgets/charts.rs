use super::chart::{Charts, Plan, SampleLine, Source};
use super::chart_card::chart;
use crate::kit::card::hidden_unless;
use crate::kit::piece::{IntoPiece, Piece};
use crate::model::Part;
use chart::{Fit, Kind};
use leptos::prelude::*;

/// Above this a processor has no reserve.
const CPU_HIGH: f64 = 90.0;

const PERCENT: Plan = Plan {
    name: "",
    title: "",
    source: Source::Samples(&[]),
    fit: Fit::Fixed(0.0, 100.0),
    kind: Kind::Percent,
    unit: "",
    thresholds: &[],
    filled: true,
    stacked: false,
};

const RATE: Plan = Plan {
    fit: Fit::FromZero,
    kind: Kind::Si,
    unit: "B/s",
    ..PERCENT
};

const CPU: [SampleLine; 1] = [("CPU", |lines| &lines.cpu)];
const LOAD: [SampleLine; 3] = [
    ("1 min", |lines| &lines.load),
    ("5 min", |lines| &lines.load_five),
    ("15 min", |lines| &lines.load_fifteen),
];
const MEMORY: [SampleLine; 2] = [
    ("Memory", |lines| &lines.memory),
    ("Swap", |lines| &lines.swap),
];
const NETWORK: [SampleLine; 2] = [
    ("Received", |lines| &lines.recv),
    ("Sent", |lines| &lines.sent),
];
const DISKS: [SampleLine; 2] = [
    ("Read", |lines| &lines.read),
    ("Written", |lines| &lines.written),
];

const PLANS: [Plan; 5] = [
    Plan {
        name: "cpu-chart",
        title: "CPU in use",
        source: Source::Samples(&CPU),
        thresholds: &[CPU_HIGH],
        ..PERCENT
    },
    Plan {
        name: "memory-chart",
        title: "Memory in use",
        source: Source::Samples(&MEMORY),
        ..PERCENT
    },
    Plan {
        name: "network-chart",
        title: "Network traffic",
        source: Source::Samples(&NETWORK),
        ..RATE
    },
    Plan {
        name: "disk-chart",
        title: "Disk traffic",
        source: Source::Samples(&DISKS),
        stacked: true,
        ..RATE
    },
    Plan {
        name: "load-chart",
        title: "Load",
        source: Source::Samples(&LOAD),
        fit: Fit::FromZero,
        kind: Kind::Plain,
        ..PERCENT
    },
];

const TEMPERATURES: Plan = Plan {
    name: "temperature-chart",
    title: "Temperature",
    source: Source::Temperatures,
    fit: Fit::Around,
    kind: Kind::Plain,
    unit: "°C",
    filled: false,
    ..PERCENT
};

/// What the host does, over time.
pub(crate) fn host_charts(charts: Charts) -> impl IntoView {
    let mut drawn: Vec<Piece> = Vec::new();
    for plan in PLANS {
        drawn.push(chart(charts, plan).into_piece());
    }
    let has_sensors = move || {
        charts.view.read(Part::Samples, |knowledge| {
            knowledge.samples.lines.temperatures.iter().next().is_some()
        })
    };
    let temperatures = hidden_unless(has_sensors, chart(charts, TEMPERATURES).into_piece());
    view! {
        {drawn}
        {temperatures}
    }
}

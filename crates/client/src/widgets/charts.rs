use super::chart::{Plot, Series, chart};
use crate::format;
use crate::store::View;
use leptos::prelude::*;

/// CPU and memory over the newest samples.
pub(crate) fn history(view: View) -> impl IntoView {
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
        quantity: format::percent,
    };
    chart(view, plot)
}

/// What went over the network meanwhile.
pub(crate) fn traffic(view: View) -> impl IntoView {
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

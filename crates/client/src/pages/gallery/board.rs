//! The kinds of widgets that boards have beside those of a host's board, in cells of several sizes.

use super::super::app::charts_of;
use super::super::registry::{Context, HOST, make};
use crate::kit::piece::{IntoPiece, Piece};
use crate::session::PageState;
use leptos::prelude::*;
use protocol::{HOST_LABEL, Selector, Widget, WidgetOptions};

/// The cells, as boards have them.
pub(super) const STYLE: &str = "
.gallery-board { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); grid-auto-rows: 40px; gap: 8px; grid-auto-flow: dense; grid-column: 1 / -1; }
.gallery-board > .cell-default { grid-column: span 4; grid-row: span 6; }
.gallery-board > .cell-small { grid-column: span 2; grid-row: span 2; }
.gallery-board > .cell-low { grid-column: span 4; grid-row: span 3; }
.gallery-board > div { min-inline-size: 0; }
.gallery-board .card { block-size: 100%; }
.gallery-board .card > .chart { flex: 1; min-block-size: 0; block-size: auto; }
@media (width < 600px) { .gallery-board > div { grid-column: 1 / -1; } .gallery-board > .cell-small { grid-column: span 6; } }
";

const NOTES: &str = "# On call\n\nLook at **CPU** first, then at `journalctl -f`.\n\n1. Ask in the room\n2. See \
                     [the runbook](https://example.org/runbook)\n\n- a list\n- of two\n\n> Nothing is urgent.\n\n```\nwatchroom \
                     agent --help\n```";

/// A widget of each kind.
pub(super) fn board_widgets(page: PageState) -> Piece {
    let context = Context {
        page,
        charts: charts_of(page),
        host: page.host.get_untracked(),
    };
    let mut cells: Vec<Piece> = Vec::new();
    for size in ["default", "small", "low"] {
        for (id, widget) in widgets() {
            let id = match size {
                "default" => ["gallery-", id].concat(),
                size => ["gallery-", id, "-", size].concat(),
            };
            let class = ["cell-", size].concat();
            let made = make(&context, &id, &widget);
            cells.push(view! { <div class=class>{made}</div> }.into_piece());
        }
    }
    view! {
        <main class="dashboard" aria-label="Widgets of boards" data-freshness=page.freshness.get().name()>
            <div class="gallery-board">{cells}</div>
        </main>
    }
    .into_piece()
}

fn of_host(metric: &str) -> Selector {
    all(&format!("{metric}{{{HOST_LABEL}=\"{HOST}\"}}"))
}

/// What a text selects; nothing, if it is no selector.
fn all(text: &str) -> Selector {
    text.parse().unwrap_or(Selector {
        name: None,
        matchers: Vec::new(),
        fold: None,
    })
}

fn widgets() -> Vec<(&'static str, Widget)> {
    let thresholds = vec![75.0, 90.0];
    let plain = WidgetOptions::default;
    let graded = || WidgetOptions {
        thresholds: thresholds.clone(),
        ..plain()
    };
    let of = |kind: &str, title: &str, series, options| Widget {
        kind: kind.to_owned(),
        title: title.to_owned(),
        series,
        options,
    };
    let cpu = || all("cpu{core=\"\"}");
    let cores = || all("cpu{core!=\"\"}");
    vec![
        (
            "chart",
            of(
                "chart",
                "Bars",
                vec![cpu()],
                WidgetOptions {
                    style: Some("bars".to_owned()),
                    ..graded()
                },
            ),
        ),
        ("value", of("value", "CPU", vec![cpu()], graded())),
        (
            "values",
            of(
                "value",
                "Memory",
                vec![of_host("memory"), of_host("memory_used"), of_host("load1")],
                plain(),
            ),
        ),
        (
            "gauge",
            of("gauge", "Memory", vec![of_host("memory")], graded()),
        ),
        ("bars", of("bars", "Cores", vec![cores()], graded())),
        (
            "table",
            of(
                "table",
                "Interfaces",
                vec![
                    all("network_recv{interface!=\"\"}"),
                    all("network_sent{interface!=\"\"}"),
                ],
                WidgetOptions {
                    names: vec!["Received".to_owned(), "Sent".to_owned()],
                    ..plain()
                },
            ),
        ),
        (
            "heatmap",
            of("heatmap", "CPU of each core", vec![cores()], plain()),
        ),
        ("hosts", of("hosts", "Hosts", Vec::new(), graded())),
        (
            "text",
            of(
                "text",
                "Notes",
                Vec::new(),
                WidgetOptions {
                    text: Some(NOTES.to_owned()),
                    ..plain()
                },
            ),
        ),
        (
            "clock",
            of(
                "clock",
                "Vienna",
                Vec::new(),
                WidgetOptions {
                    zone: Some("Europe/Vienna".to_owned()),
                    ..plain()
                },
            ),
        ),
        (
            "image",
            of(
                "image",
                "Logo",
                Vec::new(),
                WidgetOptions {
                    url: Some("/favicon.svg".to_owned()),
                    ..plain()
                },
            ),
        ),
        (
            "absent",
            of(
                "value",
                "What nobody sends",
                vec![all("queue_length{queue=\"mail\"}")],
                plain(),
            ),
        ),
        (
            "missing",
            of("gauge", "Without a series", Vec::new(), plain()),
        ),
    ]
}

//! The board that every server has: everything about one host, the most telling first.
//!
//! It is written in Rust, selectors included, so that the browser loads no reader for a document that it has
//! already.

use protocol::{
    Board, Comparison, Fold, HOST_LABEL, Item, Layout, Matcher, Operation, Section, Selector,
    Widget, WidgetOptions,
};

use super::registry::HOST;

/// From where on a measure is a warning and critical, in percent: on its tile, its bars and its chart.
const CPU_LIMITS: &[f64] = &[75.0, 90.0];
const MEMORY_LIMITS: &[f64] = &[80.0, 95.0];
const DISK_LIMITS: &[f64] = &[80.0, 90.0];

/// A widget, as it becomes one of a board; see [`Widget`] and [`WidgetOptions`].
#[derive(Clone, Copy)]
struct Entry {
    id: &'static str,
    kind: &'static str,
    title: &'static str,
    series: &'static [Of],
    names: &'static [&'static str],
    full_names: &'static [&'static str],
    label: Option<&'static str>,
    unit: Option<&'static str>,
    decimals: Option<u32>,
    min: Option<f64>,
    max: Option<f64>,
    thresholds: &'static [f64],
    unfilled: Option<bool>,
    stacked: Option<bool>,
    optional: Option<bool>,
}

const fn entry(
    id: &'static str,
    kind: &'static str,
    title: &'static str,
    series: &'static [Of],
    names: &'static [&'static str],
) -> Entry {
    Entry {
        id,
        kind,
        title,
        series,
        names,
        full_names: &[],
        label: None,
        unit: None,
        decimals: None,
        min: None,
        max: None,
        thresholds: &[],
        unfilled: None,
        stacked: None,
        optional: None,
    }
}

/// A chart from zero on.
const fn chart(
    id: &'static str,
    title: &'static str,
    unit: Option<&'static str>,
    series: &'static [Of],
    names: &'static [&'static str],
) -> Entry {
    Entry {
        unit,
        min: Some(0.0),
        ..entry(id, "chart", title, series, names)
    }
}

/// A chart of all that there is.
const fn percent_chart(
    id: &'static str,
    title: &'static str,
    series: &'static [Of],
    names: &'static [&'static str],
) -> Entry {
    Entry {
        max: Some(100.0),
        ..chart(id, title, Some("%"), series, names)
    }
}

/// Some series of the host, as a selector means them.
#[derive(Clone, Copy)]
struct Of {
    metric: &'static str,
    /// A label, and whether it is empty.
    label: Option<(&'static str, Comparison)>,
    fold: Option<Operation>,
}

/// All of a metric.
const fn all(metric: &'static str) -> Of {
    Of {
        metric,
        label: None,
        fold: None,
    }
}

/// The one of a metric that has no such label.
const fn whole(metric: &'static str, label: &'static str) -> Of {
    Of {
        label: Some((label, Comparison::Equal)),
        ..all(metric)
    }
}

/// Those of a metric that have such a label.
const fn each(metric: &'static str, label: &'static str) -> Of {
    Of {
        label: Some((label, Comparison::NotEqual)),
        ..all(metric)
    }
}

/// All of a metric, added up.
const fn sum(metric: &'static str) -> Of {
    Of {
        fold: Some(Operation::Sum),
        ..all(metric)
    }
}

const TILES: [Entry; 4] = [
    Entry {
        thresholds: CPU_LIMITS,
        ..entry(
            "cpu",
            "cores",
            "CPU",
            &[whole("cpu", "core"), each("cpu", "core")],
            &[],
        )
    },
    Entry {
        thresholds: MEMORY_LIMITS,
        ..entry(
            "memory",
            "stat",
            "Memory",
            &[
                all("memory"),
                all("memory_used"),
                all("memory_total"),
                all("swap"),
                all("swap_used"),
                all("swap_total"),
            ],
            &["Memory", "Swap"],
        )
    },
    Entry {
        label: Some("mount"),
        thresholds: DISK_LIMITS,
        ..entry(
            "disk",
            "fullest",
            "Disk",
            &[
                whole("disk", "mount"),
                each("disk", "mount"),
                each("disk_used", "mount"),
                each("disk_total", "mount"),
            ],
            &[],
        )
    },
    entry(
        "network",
        "pair",
        "Network",
        &[
            whole("network_recv", "interface"),
            whole("network_recv_total", "interface"),
            whole("network_sent", "interface"),
            whole("network_sent_total", "interface"),
        ],
        &[],
    ),
];

const CHARTS: [Entry; 6] = [
    Entry {
        thresholds: CPU_LIMITS,
        ..percent_chart("cpu-chart", "CPU usage", &[whole("cpu", "core")], &["CPU"])
    },
    Entry {
        thresholds: MEMORY_LIMITS,
        ..percent_chart(
            "memory-chart",
            "Memory usage",
            &[all("memory"), all("swap")],
            &["Memory", "Swap"],
        )
    },
    chart(
        "network-chart",
        "Network traffic",
        Some("B/s"),
        &[
            whole("network_recv", "interface"),
            whole("network_sent", "interface"),
        ],
        &["Received", "Sent"],
    ),
    Entry {
        stacked: Some(true),
        ..chart(
            "disk-chart",
            "Disk I/O",
            Some("B/s"),
            &[sum("disk_read"), sum("disk_written")],
            &["Read", "Write"],
        )
    },
    Entry {
        full_names: &["Load, 1 min", "Load, 5 min", "Load, 15 min"],
        decimals: Some(2),
        ..chart("load-chart", "Load", None, LOAD, LOAD_NAMES)
    },
    Entry {
        decimals: Some(1),
        min: None,
        unfilled: Some(true),
        optional: Some(true),
        ..chart(
            "temperature-chart",
            "Temperature",
            Some("°C"),
            &[each("temperature", "sensor")],
            &["$sensor"],
        )
    },
];

const LOAD: &[Of] = &[all("load1"), all("load5"), all("load15")];
const LOAD_NAMES: &[&str] = &["1 min", "5 min", "15 min"];

const SIDE: [Entry; 2] = [
    entry("alerts", "alerts", "Alerts", &[], &[]),
    entry("feed", "feed", "Activity", &[], &[]),
];

const WIDE: [Entry; 2] = [
    entry("counters", "reported", "Custom metrics", &[], &[]),
    entry("processes", "processes", "Processes", &[], &[]),
];

const CELLS: [Entry; 4] = [
    entry("load", "trio", "Load average", LOAD, LOAD_NAMES),
    Entry {
        thresholds: DISK_LIMITS,
        ..entry(
            "disks",
            "disks",
            "Disks",
            &[
                each("disk", "mount"),
                each("disk_used", "mount"),
                each("disk_total", "mount"),
                each("disk_read", "mount"),
                each("disk_written", "mount"),
            ],
            &[],
        )
    },
    entry(
        "interfaces",
        "interfaces",
        "Interfaces",
        &[
            each("network_recv", "interface"),
            each("network_sent", "interface"),
            each("network_recv_total", "interface"),
            each("network_sent_total", "interface"),
        ],
        &[],
    ),
    entry(
        "temperatures",
        "temperatures",
        "Temperatures",
        &[
            each("temperature", "sensor"),
            each("temperature_critical", "sensor"),
        ],
        &[],
    ),
];

const LAST: [Entry; 1] = [entry("logs", "logs", "Logs", &[], &[])];

/// The sections: what the style sheet calls each, if that matters, and what stands in it.
const SECTIONS: [(Option<&str>, &[Entry]); 6] = [
    (None, &TILES),
    (Some("charts"), &CHARTS),
    (Some("side"), &SIDE),
    (None, &WIDE),
    (Some("cells"), &CELLS),
    (None, &LAST),
];

/// The board.
pub(super) fn host_board() -> Board {
    let mut board = Board {
        id: "host".into(),
        title: "Host".into(),
        version: 1,
        ..Board::default()
    };
    for (name, entries) in SECTIONS {
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            board.widgets.insert(entry.id.into(), widget(entry));
            items.push(Item {
                widget: entry.id.into(),
                ..Item::default()
            });
        }
        board.sections.push(Section {
            layout: match name {
                Some(_) => Layout::Auto,
                None => Layout::Grid,
            },
            name: name.map(str::to_owned),
            items,
            ..Section::default()
        });
    }
    board
}

fn widget(entry: &Entry) -> Widget {
    Widget {
        kind: entry.kind.into(),
        title: entry.title.into(),
        series: selectors(entry.series),
        options: WidgetOptions {
            names: texts(entry.names),
            full_names: texts(entry.full_names),
            label: entry.label.map(str::to_owned),
            unit: entry.unit.map(str::to_owned),
            decimals: entry.decimals,
            min: entry.min,
            max: entry.max,
            thresholds: entry.thresholds.to_vec(),
            unfilled: entry.unfilled,
            stacked: entry.stacked,
            optional: entry.optional,
            ..WidgetOptions::default()
        },
    }
}

fn selectors(series: &[Of]) -> Vec<Selector> {
    let matcher = |label: &str, comparison, value: &str| Matcher {
        label: label.to_owned(),
        comparison,
        value: value.to_owned(),
    };
    let mut selectors = Vec::with_capacity(series.len());
    for of in series {
        let mut matchers = Vec::with_capacity(2);
        matchers.push(matcher(HOST_LABEL, Comparison::Equal, HOST));
        if let Some((label, comparison)) = of.label {
            matchers.push(matcher(label, comparison, ""));
        }
        selectors.push(Selector {
            name: Some(of.metric.to_owned()),
            matchers,
            fold: of.fold.map(|operation| Fold {
                operation,
                by: Vec::new(),
            }),
        });
    }
    selectors
}

fn texts(texts: &[&str]) -> Vec<String> {
    let mut owned = Vec::with_capacity(texts.len());
    for text in texts {
        owned.push((*text).to_owned());
    }
    owned
}

#[cfg(test)]
mod tests {
    use super::super::registry::is_kind;
    use super::*;

    #[test]
    fn every_widget_can_be_made() {
        let board = host_board();
        for (id, widget) in board.widgets.iter() {
            assert!(is_kind(&widget.kind), "{id}: {}", widget.kind);
            for selector in &widget.series {
                let read: Result<Selector, _> = selector.to_string().parse();
                assert_eq!(read.as_ref(), Ok(selector), "{id}");
            }
        }
        let placed = board.sections.iter().flat_map(|it| &it.items);
        let placed = placed.map(|item| item.widget.as_str());
        assert!(placed.eq(board.widgets.iter().map(|(id, _)| id)));
    }
}

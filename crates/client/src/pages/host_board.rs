//! The board that every server has: everything about one host, the most telling first.
//!
//! It is written in Rust, selectors included, so that the browser loads no reader for a document that it has
//! already.

use protocol::{
    Board, Comparison, Fold, HOST_LABEL, Item, Layout, Matcher, Operation, Section, Selector,
    Widget, WidgetOptions,
};

use super::registry::HOST;

/// Above this a processor has no reserve.
const CPU_HIGH: f64 = 90.0;

/// A widget: its identifier, kind, title and series.
type Entry = (&'static str, &'static str, &'static str, &'static [Of]);

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
    (
        "cpu",
        "dial",
        "CPU",
        &[whole("cpu", "core"), each("cpu", "core")],
    ),
    (
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
    ),
    (
        "disk",
        "fullest",
        "Fullest disk",
        &[
            whole("disk", "mount"),
            each("disk", "mount"),
            each("disk_used", "mount"),
            each("disk_total", "mount"),
        ],
    ),
    (
        "network",
        "pair",
        "Network",
        &[
            whole("network_recv", "interface"),
            whole("network_recv_total", "interface"),
            whole("network_sent", "interface"),
            whole("network_sent_total", "interface"),
        ],
    ),
];

const CHARTS: [Entry; 6] = [
    ("cpu-chart", "chart", "CPU in use", &[whole("cpu", "core")]),
    (
        "memory-chart",
        "chart",
        "Memory in use",
        &[all("memory"), all("swap")],
    ),
    (
        "network-chart",
        "chart",
        "Network traffic",
        &[
            whole("network_recv", "interface"),
            whole("network_sent", "interface"),
        ],
    ),
    (
        "disk-chart",
        "chart",
        "Disk traffic",
        &[sum("disk_read"), sum("disk_written")],
    ),
    ("load-chart", "chart", "Load", LOAD),
    (
        "temperature-chart",
        "chart",
        "Temperature",
        &[each("temperature", "sensor")],
    ),
];

const LOAD: &[Of] = &[all("load1"), all("load5"), all("load15")];

const SIDE: [Entry; 2] = [
    ("alerts", "alerts", "Alerts", &[]),
    ("feed", "feed", "Activity", &[]),
];

const WIDE: [Entry; 2] = [
    ("counters", "reported", "Live data", &[]),
    ("processes", "processes", "Processes", &[]),
];

const CELLS: [Entry; 5] = [
    ("load", "trio", "Load average", LOAD),
    (
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
    ),
    (
        "interfaces",
        "interfaces",
        "Interfaces",
        &[
            each("network_recv", "interface"),
            each("network_sent", "interface"),
            each("network_recv_total", "interface"),
            each("network_sent_total", "interface"),
        ],
    ),
    (
        "temperatures",
        "temperatures",
        "Temperatures",
        &[
            each("temperature", "sensor"),
            each("temperature_critical", "sensor"),
        ],
    ),
    ("connection", "connection", "Connection", &[]),
];

const LAST: [Entry; 1] = [("logs", "logs", "Logs", &[])];

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
        for (id, kind, title, series) in entries {
            let widget = Widget {
                kind: (*kind).into(),
                title: (*title).into(),
                series: selectors(series),
                options: options(id),
            };
            board.widgets.insert((*id).into(), widget);
            items.push(Item {
                widget: (*id).into(),
            });
        }
        board.sections.push(Section {
            layout: match name {
                Some(_) => Layout::Auto,
                None => Layout::Grid,
            },
            name: name.map(str::to_owned),
            items,
        });
    }
    board
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

fn options(id: &str) -> WidgetOptions {
    let mut options = WidgetOptions::default();
    let names: &[&str] = match id {
        "memory" | "memory-chart" => &["Memory", "Swap"],
        "cpu-chart" => &["CPU"],
        "network-chart" => &["Received", "Sent"],
        "disk-chart" => &["Read", "Written"],
        "load" | "load-chart" => &["1 min", "5 min", "15 min"],
        "temperature-chart" => &["$sensor"],
        _ => &[],
    };
    options.names = texts(names);
    match id {
        "cpu-chart" | "memory-chart" => {
            options.unit = Some("%".into());
            options.max = Some(100.0);
        }
        "network-chart" | "disk-chart" => options.unit = Some("B/s".into()),
        "temperature-chart" => options.unit = Some("°C".into()),
        _ => {}
    }
    match id {
        "temperature-chart" => {
            options.unfilled = Some(true);
            options.optional = Some(true);
        }
        "disk" => options.label = Some("mount".into()),
        _ => options.min = Some(0.0),
    }
    match id {
        "cpu-chart" => options.thresholds = vec![CPU_HIGH],
        "disk-chart" => options.stacked = Some(true),
        "load-chart" => {
            options.full_names = texts(&["Load, 1 min", "Load, 5 min", "Load, 15 min"]);
        }
        _ => {}
    }
    options
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

//! The board that every server has: everything about one host, the most telling first.
//!
//! It is written in Rust, so that the browser loads no reader for a document that it has already.

use protocol::{Board, Item, Layout, Section, Widget, WidgetOptions};

/// Above this a processor has no reserve.
const CPU_HIGH: f64 = 90.0;

/// A widget: its identifier, kind, title and selectors.
type Entry = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const TILES: [Entry; 4] = [
    (
        "cpu",
        "dial",
        "CPU",
        &[
            r#"cpu{core="",host="$host"}"#,
            r#"cpu{core!="",host="$host"}"#,
        ],
    ),
    (
        "memory",
        "stat",
        "Memory",
        &[
            r#"memory{host="$host"}"#,
            r#"memory_used{host="$host"}"#,
            r#"memory_total{host="$host"}"#,
            r#"swap{host="$host"}"#,
            r#"swap_used{host="$host"}"#,
            r#"swap_total{host="$host"}"#,
        ],
    ),
    (
        "disk",
        "fullest",
        "Fullest disk",
        &[
            r#"disk{host="$host",mount=""}"#,
            r#"disk{host="$host",mount!=""}"#,
            r#"disk_used{host="$host",mount!=""}"#,
            r#"disk_total{host="$host",mount!=""}"#,
        ],
    ),
    (
        "network",
        "pair",
        "Network",
        &[
            r#"network_recv{host="$host",interface=""}"#,
            r#"network_recv_total{host="$host",interface=""}"#,
            r#"network_sent{host="$host",interface=""}"#,
            r#"network_sent_total{host="$host",interface=""}"#,
        ],
    ),
];

const CHARTS: [Entry; 6] = [
    (
        "cpu-chart",
        "chart",
        "CPU in use",
        &[r#"cpu{core="",host="$host"}"#],
    ),
    (
        "memory-chart",
        "chart",
        "Memory in use",
        &[r#"memory{host="$host"}"#, r#"swap{host="$host"}"#],
    ),
    (
        "network-chart",
        "chart",
        "Network traffic",
        &[
            r#"network_recv{host="$host",interface=""}"#,
            r#"network_sent{host="$host",interface=""}"#,
        ],
    ),
    (
        "disk-chart",
        "chart",
        "Disk traffic",
        &[
            r#"sum(disk_read{host="$host"})"#,
            r#"sum(disk_written{host="$host"})"#,
        ],
    ),
    ("load-chart", "chart", "Load", LOAD),
    (
        "temperature-chart",
        "chart",
        "Temperature",
        &[r#"temperature{host="$host",sensor!=""}"#],
    ),
];

const LOAD: &[&str] = &[
    r#"load1{host="$host"}"#,
    r#"load5{host="$host"}"#,
    r#"load15{host="$host"}"#,
];

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
            r#"disk{host="$host",mount!=""}"#,
            r#"disk_used{host="$host",mount!=""}"#,
            r#"disk_total{host="$host",mount!=""}"#,
            r#"disk_read{host="$host",mount!=""}"#,
            r#"disk_written{host="$host",mount!=""}"#,
        ],
    ),
    (
        "interfaces",
        "interfaces",
        "Interfaces",
        &[
            r#"network_recv{host="$host",interface!=""}"#,
            r#"network_sent{host="$host",interface!=""}"#,
            r#"network_recv_total{host="$host",interface!=""}"#,
            r#"network_sent_total{host="$host",interface!=""}"#,
        ],
    ),
    (
        "temperatures",
        "temperatures",
        "Temperatures",
        &[
            r#"temperature{host="$host",sensor!=""}"#,
            r#"temperature_critical{host="$host",sensor!=""}"#,
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
                series: texts(series),
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
    use protocol::Selector;

    #[test]
    fn every_widget_can_be_made() {
        let board = host_board();
        for (id, widget) in board.widgets.iter() {
            assert!(is_kind(&widget.kind), "{id}: {}", widget.kind);
            for text in &widget.series {
                let selector: Result<Selector, _> = text.parse();
                assert!(selector.is_ok(), "{id}: {text}");
            }
        }
        let placed = board.sections.iter().flat_map(|it| &it.items);
        let placed = placed.map(|item| item.widget.as_str());
        assert!(placed.eq(board.widgets.iter().map(|(id, _)| id)));
    }
}

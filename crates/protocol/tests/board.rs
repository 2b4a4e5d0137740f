//! A board's JSON, in `tests/golden/board.json`.

use protocol::{Board, Item, Layout, Section, Widget, WidgetOptions, Widgets};
use std::path::Path;

fn board() -> Board {
    let chart = Widget {
        kind: "chart".into(),
        title: "Requests".into(),
        series: vec![
            r#"sum by (region) (Requests{host="$host",shard=~"[0-3]"})"#
                .parse()
                .expect("a selector"),
        ],
        options: WidgetOptions {
            names: vec!["$region".into()],
            full_names: vec!["Requests by region".into()],
            label: Some("region".into()),
            unit: Some("1/s".into()),
            decimals: Some(1),
            min: Some(0.0),
            max: Some(5_000.0),
            thresholds: vec![4_000.0],
            unfilled: Some(true),
            stacked: Some(true),
            optional: Some(true),
        },
    };
    let feed = Widget {
        kind: "feed".into(),
        title: "Activity".into(),
        ..Widget::default()
    };
    let item = |widget: &str| Item {
        widget: widget.into(),
    };
    let mut widgets = Widgets::default();
    widgets.insert("feed".into(), feed);
    widgets.insert("requests".into(), chart);
    Board {
        id: "shop".into(),
        title: "Shop".into(),
        version: 12,
        widgets,
        sections: vec![
            Section {
                layout: Layout::Grid,
                name: None,
                items: vec![item("requests")],
            },
            Section {
                layout: Layout::Auto,
                name: Some("side".into()),
                items: vec![item("feed")],
            },
        ],
    }
}

#[test]
fn a_board_matches_its_golden_file() {
    let path = Path::new("tests/golden/board.json");
    let text = serde_json::to_string_pretty(&board()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    assert_eq!(serde_json::from_str::<Board>(&text).unwrap(), board());
}

#[test]
fn unknown_members_are_ignored() {
    let text = r#"{"id":"a","title":"b","version":1,"time":{"span_ms":60000},
        "widgets":{"w":{"kind":"hologram","title":"","options":{"depth":3}}},
        "sections":[{"layout":"auto","items":[{"widget":"w","x":3}]}]}"#;
    let board: Board = serde_json::from_str(text).unwrap();
    let widget = board.widgets.get("w").unwrap();
    assert_eq!(widget.kind, "hologram");
    assert_eq!(widget.options, WidgetOptions::default());
    assert_eq!(board.sections[0].items[0].widget, "w");
}

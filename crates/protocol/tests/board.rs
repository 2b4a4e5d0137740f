//! A board's JSON, in `tests/golden/board.json`.

use protocol::{Board, Item, Layout, Section, Variable, Widget, WidgetOptions, Widgets};
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
            style: Some("bars".into()),
            text: Some("*Orders* of all shops".into()),
            url: Some("https://shop.example/logo.svg".into()),
            zone: Some("Europe/Berlin".into()),
        },
    };
    let feed = Widget {
        kind: "feed".into(),
        title: "Activity".into(),
        ..Widget::default()
    };
    let item = |widget: &str, x, y| Item {
        widget: widget.into(),
        x,
        y,
        w: 6,
        h: 4,
    };
    let mut widgets = Widgets::default();
    widgets.insert("feed".into(), feed);
    widgets.insert("requests".into(), chart);
    Board {
        id: "shop".into(),
        title: "Shop".into(),
        version: 12,
        time: Some("15m".into()),
        variables: vec![Variable {
            name: "region".into(),
            title: Some("Region".into()),
            label: Some("region".into()),
            metric: Some("Requests".into()),
            value: Some("eu".into()),
        }],
        widgets,
        sections: vec![
            Section {
                id: "s1".into(),
                title: Some("Traffic".into()),
                layout: Layout::Grid,
                name: None,
                items: vec![item("requests", 6, 2)],
            },
            Section {
                layout: Layout::Auto,
                name: Some("side".into()),
                items: vec![item("feed", 0, 0)],
                ..Section::default()
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
    let text = r#"{"id":"a","title":"b","version":1,"theme":{"dark":true},
        "widgets":{"w":{"kind":"hologram","title":"","options":{"depth":3}}},
        "sections":[{"layout":"auto","items":[{"widget":"w","x":3,"z":1}]}]}"#;
    let board: Board = serde_json::from_str(text).unwrap();
    let widget = board.widgets.get("w").unwrap();
    assert_eq!(widget.kind, "hologram");
    assert_eq!(widget.options, WidgetOptions::default());
    assert_eq!(board.sections[0].items[0].widget, "w");
}

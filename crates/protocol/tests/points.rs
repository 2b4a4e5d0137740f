//! The points of messages.

use protocol::*;

fn golden(text: &str) -> Durable {
    Durable::from_json(text).expect("a golden message")
}

fn metrics() -> Durable {
    golden(include_str!("golden/server/metrics.json"))
}

/// Text, unit and value of each point.
fn rows(message: &Durable) -> Vec<(String, String, f64)> {
    let rows = points(message).into_iter().map(|(point, unit)| {
        assert_eq!(point.timestamp, message.timestamp());
        let unit = unit.map(|unit| unit.to_string());
        (
            point.series.to_string(),
            unit.unwrap_or_default(),
            point.value,
        )
    });
    rows.collect()
}

#[test]
fn a_complete_sample_has_every_metric() {
    let points = points(&metrics());
    for metric in METRICS {
        let mut of = points
            .iter()
            .filter(|(point, _)| point.series.name == metric.name);
        assert!(of.next().is_some(), "{}", metric.name);
    }
    for (point, unit) in &points {
        let metric = Metric::of(&point.series).unwrap_or_else(|| panic!("{}", point.series));
        assert_eq!(*unit, metric.unit(), "{}", metric.name);
        let is_total = metric.name.ends_with("_total") && metric.name.starts_with("network");
        assert_eq!(
            Kind::of(&point.series) == Kind::Counter,
            is_total,
            "{}",
            metric.name
        );
    }
}

/// The table in `docs/api.md` must have each metric's name, label and unit.
#[test]
fn every_metric_is_documented() {
    let docs = include_str!("../../../docs/api.md");
    let rows = docs.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<&str>> = rows
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    for metric in METRICS {
        let name = format!("`{}`", metric.name);
        let row = rows
            .iter()
            .find(|row| row[1].split(", ").any(|it| it == name));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/api.md"));
        let labels = match (metric.label, metric.has_total) {
            (None, _) => String::new(),
            (Some(label), false) => format!("`{label}`"),
            (Some(label), true) => format!("none, or `{label}`"),
        };
        assert_eq!(row[2], labels, "{name}");
        assert_eq!(
            row[3],
            metric.unit().map(|it| it.to_string()).unwrap_or_default(),
            "{name}"
        );
    }
}

#[test]
fn data_is_a_series_of_its_host_source_and_labels() {
    let plain = golden(include_str!("golden/server/data.json"));
    let unit = "1/s".to_owned();
    assert_eq!(
        rows(&plain),
        [(r#"Requests{source="shop"}"#.to_owned(), unit.clone(), 42.0)]
    );
    let labelled = golden(include_str!("golden/server/data_labels.json"));
    let text = r#"Requests{host="web-1",region="eu",shard="7",source="shop"}"#;
    assert_eq!(rows(&labelled), [(text.to_owned(), unit, 42.0)]);

    // Repeated, reserved and empty labels.
    let Durable::Data(mut data) = labelled else {
        panic!("data")
    };
    data.labels = ["host", "source", "__name__", "a"]
        .map(|label| (label.to_owned(), "x".to_owned()))
        .into();
    data.labels.insert("b".to_owned(), String::new());
    let text = r#"Requests{a="x",host="web-1",source="shop"}"#;
    assert_eq!(rows(&Durable::Data(data.clone()))[0].0, text);
    (data.host, data.source) = (None, None);
    let text = r#"Requests{a="x",host="x",source="x"}"#;
    assert_eq!(rows(&Durable::Data(data.clone()))[0].0, text);

    // No unit is better than one that is a page long; no number, or no name, is no point.
    data.unit = Some("x".repeat(1_000));
    assert_eq!(rows(&Durable::Data(data.clone()))[0].1, "");
    data.value = f64::NAN;
    assert!(rows(&Durable::Data(data.clone())).is_empty());
    (data.value, data.label) = (1.0, String::new());
    assert!(rows(&Durable::Data(data)).is_empty());
}

#[test]
fn every_value_of_a_host_is_of_a_series() {
    let rows = rows(&metrics());
    let rows: Vec<_> = rows
        .iter()
        .map(|(text, unit, value)| (text.as_str(), unit.as_str(), *value))
        .collect();
    assert_eq!(
        rows,
        [
            (r#"cpu{host="local"}"#, "%", 45.2),
            (r#"cpu{core="0",host="local"}"#, "%", 40.0),
            (r#"cpu{core="2",host="local"}"#, "%", 50.4),
            (r#"load1{host="local"}"#, "", 0.5),
            (r#"load5{host="local"}"#, "", 0.4),
            (r#"load15{host="local"}"#, "", 0.3),
            (r#"memory{host="local"}"#, "%", 62.8),
            (r#"memory_used{host="local"}"#, "B", 10_789_000_000.0),
            (r#"memory_total{host="local"}"#, "B", 17_180_000_000.0),
            (r#"swap{host="local"}"#, "%", 1.5),
            (r#"swap_used{host="local"}"#, "B", 32_212_000.0),
            (r#"swap_total{host="local"}"#, "B", 2_147_500_000.0),
            (r#"disk{host="local"}"#, "%", 71.0),
            (r#"disk{host="local",mount="/"}"#, "%", 71.0),
            (
                r#"disk_used{host="local",mount="/"}"#,
                "B",
                71_000_000_000.0,
            ),
            (
                r#"disk_total{host="local",mount="/"}"#,
                "B",
                105_000_000_000.0,
            ),
            (r#"disk_read{host="local",mount="/"}"#, "B/s", 4_100.0),
            (r#"disk_written{host="local",mount="/"}"#, "B/s", 8_190.0),
            (r#"network_sent{host="local"}"#, "B/s", 1_020_000.0),
            (r#"network_recv{host="local"}"#, "B/s", 2_050_000.0),
            (r#"network_sent_total{host="local"}"#, "B", 99_000_000.0),
            (r#"network_recv_total{host="local"}"#, "B", 198_000_000.0),
            (
                r#"network_sent{host="local",interface="eth0"}"#,
                "B/s",
                1_020_000.0,
            ),
            (
                r#"network_recv{host="local",interface="eth0"}"#,
                "B/s",
                2_050_000.0,
            ),
            (
                r#"network_sent_total{host="local",interface="eth0"}"#,
                "B",
                99_000_000.0,
            ),
            (
                r#"network_recv_total{host="local",interface="eth0"}"#,
                "B",
                198_000_000.0,
            ),
            (
                r#"temperature{host="local",sensor="Package id 0"}"#,
                "°C",
                51.5,
            ),
            (
                r#"temperature_critical{host="local",sensor="Package id 0"}"#,
                "°C",
                100.0,
            ),
            (r#"uptime{host="local"}"#, "s", 86_400.0),
        ]
    );
}

#[test]
fn values_come_in_the_order_of_points() {
    let Durable::Metrics(mut sample) = metrics() else {
        panic!("metrics")
    };
    sample.memory = Some(f64::NAN);
    sample.temperatures[0].label.clear();
    let message = Durable::Metrics(sample.clone());
    let of_points: Vec<f64> = points(&message)
        .iter()
        .map(|(point, _)| point.value)
        .collect();
    assert_eq!(values(&sample), of_points);
}

#[test]
fn absent_and_invalid_values_have_no_point() {
    let bare = golden(include_str!("golden/server/metrics_bare.json"));
    assert!(rows(&bare).is_empty());
    let Durable::Metrics(mut sample) = metrics() else {
        panic!("metrics")
    };
    sample.cpu = Some(f64::INFINITY);
    sample.temperatures[0].label.clear();
    let rows = rows(&Durable::Metrics(sample));
    assert!(rows.iter().all(|(text, ..)| text != r#"cpu{host="local"}"#));
    assert!(
        rows.iter()
            .all(|(text, ..)| !text.starts_with("temperature"))
    );
    let event = golden(include_str!("golden/server/event.json"));
    assert!(points(&event).is_empty());
}

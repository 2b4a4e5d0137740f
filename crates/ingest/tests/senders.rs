//! What real programs sent: Prometheus and its node exporter, the OpenTelemetry SDK and the InfluxDB client for Python.

use ingest::exposition::{self, Exposition, Format};
use ingest::influx::{self, Precision};
use ingest::remote_write::{self, Version};
use ingest::{Batch, Reducer, gunzip, otlp, unsnap};
use protocol::{Kind, Level, Unit};
use std::fs;
use std::path::Path;

fn recorded(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    fs::read(path).expect(name)
}

/// Value, unit and kind of a series.
fn value<'a>(batch: &'a Batch, series: &str) -> Option<(f64, Option<&'a str>, Kind)> {
    let point = batch
        .points
        .iter()
        .find(|it| it.series.to_string() == series)?;
    Some((
        point.value,
        point.unit.as_ref().map(Unit::as_str),
        point.kind,
    ))
}

#[test]
fn a_node_exporter_is_scraped() {
    let Exposition { batch, .. } =
        exposition::parse(&recorded("exposition/node-exporter"), Format::Prometheus)
            .expect("points");
    assert_eq!(batch.rejected, []);
    // As many as the parser of Prometheus's client for Python finds.
    assert_eq!(batch.points.len(), 161);
    let (_, unit, kind) =
        value(&batch, r#"node_cpu_seconds_total{cpu="0",mode="idle"}"#).expect("a series");
    assert_eq!((unit, kind), (Some("s"), Kind::Counter));
}

#[test]
fn openmetrics_of_a_python_program_is_scraped() {
    let body = recorded("exposition/python-client-openmetrics");
    let Exposition { batch, is_complete } =
        exposition::parse(&body, Format::OpenMetrics).expect("points");
    assert!(is_complete);
    assert_eq!(batch.rejected, []);
    let orders = r#"shop_orders_total{region="eu"}"#;
    assert_eq!(value(&batch, orders), Some((5.0, None, Kind::Counter)));
    assert_eq!(
        value(&batch, "rpc_seconds_sum"),
        Some((18.999_999_999_999_996, Some("s"), Kind::Counter))
    );
    assert_eq!(
        value(&batch, "rpc_seconds_count"),
        Some((20.0, None, Kind::Counter))
    );
    assert_eq!(
        value(&batch, "temp_celsius"),
        Some((-3.5, Some("°C"), Kind::Gauge))
    );
    assert_eq!(
        value(&batch, r#"build_info{version="1.2"}"#),
        Some((1.0, None, Kind::Gauge))
    );
    // Two counters, two of the histogram, two of the summary, a gauge, the information, two states.
    assert_eq!((batch.points.len(), batch.histograms.len()), (10, 1));
}

#[test]
fn prometheus_writes() {
    let body = unsnap(&recorded("remote_write/prometheus"), 1 << 20).expect("Snappy");
    let written = remote_write::parse(&body, Version::V1).expect("a request");
    assert_eq!(written.batch.rejected, []);
    assert_eq!(written.samples, 500);
    let is_labelled = |label: &str| {
        let mut points = written.batch.points.iter();
        points.all(|it| it.series.labels.get(label).is_some() && it.timestamp.is_some())
    };
    assert!(is_labelled("job") && is_labelled("instance"));
    let idle =
        r#"node_cpu_seconds_total{cpu="0",instance="127.0.0.1:20873",job="node",mode="idle"}"#;
    let (_, unit, kind) = value(&written.batch, idle).expect("a series");
    assert_eq!((unit, kind), (Some("s"), Kind::Counter));
}

#[test]
fn the_second_version_has_metadata_and_native_histograms() {
    let written =
        remote_write::parse(&recorded("remote_write/version-2"), Version::V2).expect("a request");
    assert_eq!(written.batch.rejected, []);
    assert_eq!((written.samples, written.histogram_places.len()), (1, 1));
    let sum = value(&written.batch, r#"rpc_seconds_sum{job="shop"}"#);
    assert_eq!(sum, Some((12.5, Some("s"), Kind::Counter)));
}

#[test]
fn opentelemetry_exports() {
    let labels = r#"host="web-1",instance="shop-1",job="team/shop""#;
    let mut reducer = Reducer::default();
    let mut later = Batch::default();
    for name in [
        "otlp/opentelemetry-python-metrics",
        "otlp/opentelemetry-python-metrics-later",
    ] {
        later = otlp::parse_metrics(&recorded(name)).expect("a request");
        assert_eq!(later.rejected, []);
        let sent_at = later
            .points
            .iter()
            .filter_map(|point| point.timestamp)
            .max();
        reducer.reduce(&mut later, sent_at.expect("points with a time"));
    }
    let orders = format!(r#"shop.orders{{{labels},n="3",region="eu",vip="true"}}"#);
    assert_eq!(value(&later, &orders), Some((5.0, None, Kind::Counter)));
    assert_eq!(
        value(&later, &format!("queue{{{labels}}}")),
        Some((-2.0, None, Kind::Gauge))
    );
    assert_eq!(
        value(&later, &format!("temp{{{labels}}}")),
        Some((21.5, Some("°C"), Kind::Gauge))
    );
    let duration = |ending: &str, more: &str| {
        format!(
            r#"http.server.request.duration{ending}{{host="web-1",http.request.method="GET",instance="shop-1",job="team/shop"{more}}}"#
        )
    };
    assert_eq!(
        value(&later, &duration("_count", "")),
        Some((200.0, None, Kind::Counter))
    );
    // Of the hundred values from 0 to 1.98 that came since.
    let median = value(&later, &duration("", r#",quantile="0.5""#)).expect("a median");
    assert!(
        (0.9..=2.5).contains(&median.0) && median.1 == Some("s"),
        "{median:?}"
    );
    let exponential =
        value(&later, &format!(r#"exp{{{labels},quantile="0.5"}}"#)).expect("a median");
    assert!((480.0..=510.0).contains(&exponential.0), "{exponential:?}");

    let logs = otlp::parse_logs(&recorded("otlp/opentelemetry-python-logs")).expect("a request");
    let lines: Vec<_> = logs
        .lines
        .iter()
        .map(|(_, line)| (line.level, line.message.as_str()))
        .collect();
    assert_eq!(lines[0], (Some(Level::Error), "it failed: x"));
    assert_eq!(lines[2], (Some(Level::Warning), "careful"));
    assert_eq!(logs.lines[0].1.source.as_deref(), Some("shop"));
}

#[test]
fn a_client_of_influxdb_and_telegraf_write() {
    let body = gunzip(&recorded("influx/influxdb-client-gzip"), 1 << 20).expect("gzip");
    let batch = influx::parse(&body, Precision::Nanoseconds).expect("points");
    assert_eq!((batch.points.len(), batch.rejected_count), (60, 0));
    let temperature = r#"weather_temperature{host="web-1",location="us midwest"}"#;
    assert_eq!(value(&batch, temperature), Some((82.5, None, Kind::Gauge)));
    let batch =
        influx::parse(&recorded("influx/telegraf"), Precision::Nanoseconds).expect("points");
    assert_eq!((batch.points.len(), batch.rejected_count), (9, 0));
}

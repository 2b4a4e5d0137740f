//! Which series a message feeds.

use history::series::{figures, text};
use protocol::Durable;

/// Each figure as its series' text, unit and value.
fn told(json: &str) -> Vec<(String, String, f64)> {
    let message: Durable = serde_json::from_str(json).expect("a message");
    let figures = figures(&message).into_iter();
    figures
        .map(|figure| {
            let unit = figure.series.unit.clone().unwrap_or_default();
            (text(&figure.series), unit, figure.value)
        })
        .collect()
}

fn check(json: &str, expected: &[(&str, &str, f64)]) {
    let told = told(json);
    let told: Vec<_> = told
        .iter()
        .map(|(text, unit, value)| (text.as_str(), unit.as_str(), *value))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn every_figure_of_a_host_is_a_series() {
    let json = include_str!("../../protocol/tests/golden/server/metrics.json");
    check(
        json,
        &[
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
        ],
    );
}

#[test]
fn what_a_host_cannot_tell_is_no_series() {
    check(
        r#"{"type":"metrics","host":"a","timestamp":"2026-01-15T10:30:00Z","interval_ms":1000}"#,
        &[],
    );
}

#[test]
fn what_programs_report_is_kept_as_it_came() {
    check(
        r#"{"type":"data","timestamp":"2026-01-15T10:30:00Z","label":"Requests","value":41.123456789,"unit":"1/s","source":"shop"}"#,
        &[(r#"Requests{source="shop"}"#, "1/s", 41.123_456_789)],
    );
}

#[test]
fn other_messages_have_no_figures() {
    for json in [
        r#"{"type":"event","timestamp":"2026-01-15T10:30:00Z","level":"info","source":"a","message":"b"}"#,
        r#"{"type":"processes","timestamp":"2026-01-15T10:30:00Z","host":"a","top":[]}"#,
    ] {
        check(json, &[]);
    }
}

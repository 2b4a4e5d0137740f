//! The history of simulated hosts.

use crate::support::{TestServer, get, now_ms, postgres};
use protocol::api::{HostState, MessagePage, QueryResponse};
use protocol::{Durable, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use server::config::Config;
use std::collections::BTreeSet;
use std::time::Duration;

const DAYS: u32 = 2;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Few samples, so that days are computed at once.
const INTERVAL_MS: i64 = 30_000;
const ASK_EVERY: Duration = Duration::from_millis(300);
/// History is written with low priority, which takes minutes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
const CPU: &str = "cpu%7Bhost%3D%22demo%22%7D";

#[derive(Deserialize)]
struct Line {
    seq: u64,
    timestamp: Timestamp,
    #[serde(default)]
    message: String,
}

/// The response to a request, which is retried: while history is written on a busy machine, the store may be too
/// slow for a response.
async fn ask<T: DeserializeOwned>(server: &TestServer, path: &str) -> T {
    let asking = async {
        loop {
            let answer = get(server, path).await;
            if answer.status != 503 {
                return answer.json();
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    };
    let answered = tokio::time::timeout(PATIENCE, asking).await;
    answered.unwrap_or_else(|_| panic!("waited {} s for {path}", PATIENCE.as_secs()))
}

async fn start(change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::start(|config| {
        config.demo_days = DAYS;
        config.interval_ms = INTERVAL_MS as u64;
        change(config);
    })
    .await
}

/// Every sample of a range, once there are as many as expected.
async fn samples(server: &TestServer, from_ms: i64, to_ms: i64) -> Vec<(i64, f64)> {
    let path = format!("/api/v1/query?series={CPU}&from={from_ms}&to={to_ms}&format=csv");
    let expected = ((to_ms - from_ms) / INTERVAL_MS) as usize;
    let written = async {
        loop {
            let answer = get(server, &path).await;
            let lines = answer.body.lines().skip(1);
            if answer.status == 200 && lines.clone().count() >= expected {
                let sample = |line: &str| {
                    let (time, value) = line.split_once(',').unwrap();
                    let time: Timestamp = time.parse().unwrap_or_else(|_| panic!("{line:?}"));
                    (time.unix_ms(), value.parse().unwrap())
                };
                let all: Vec<_> = lines.map(sample).collect();
                assert_eq!(all.len(), expected, "nothing twice");
                return all;
            }
            // Requests without a pause would starve the thread that writes history.
            tokio::time::sleep(ASK_EVERY).await;
        }
    };
    let written = tokio::time::timeout(PATIENCE, written).await;
    written.unwrap_or_else(|_| panic!("waited {} s for the past", PATIENCE.as_secs()))
}

/// Every event, newest first.
async fn events(server: &TestServer) -> Vec<Line> {
    let mut all = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/v1/journal?stream=events&limit=1000{before}");
        let page: MessagePage<Line> = ask(server, &path).await;
        all.extend(page.messages);
        match page.next_before {
            Some(next) => before = format!("&before={next}"),
            None => return all,
        }
    }
}

fn assert_rising(events: &[Line]) {
    let numbers: BTreeSet<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers.len(), events.len());
    assert!(
        events
            .windows(2)
            .all(|two| two[0].timestamp >= two[1].timestamp)
    );
}

/// As a new user may: two weeks (here days), playback, and events.
async fn assert_history(server: &TestServer) {
    let to_ms = now_ms() / INTERVAL_MS * INTERVAL_MS - 4 * INTERVAL_MS;
    let from_ms = to_ms - i64::from(DAYS) * DAY_MS + DAY_MS / 24;
    let all = samples(server, from_ms, to_ms).await;
    assert!(
        all.windows(2).all(|two| two[1].0 - two[0].0 == INTERVAL_MS),
        "on time"
    );

    // Minutes and hours are the rollups of single samples.
    let hour_ms = 3_600_000;
    let first_ms = from_ms / hour_ms * hour_ms + hour_ms;
    let path = format!("/api/v1/query?series={CPU}&from={first_ms}&to={to_ms}&points=20");
    let mut range: QueryResponse = ask(server, &path).await;
    let points = range.columns.remove(0);
    let (min, max) = (points.min.unwrap(), points.max.unwrap());
    let highest = all
        .iter()
        .filter(|sample| sample.0 >= first_ms)
        .map(|sample| sample.1);
    let highest = highest.fold(0.0, f64::max);
    assert_eq!(max.iter().flatten().copied().fold(0.0, f64::max), highest);
    for ((value, min), max) in points.values.iter().zip(&min).zip(&max) {
        let (value, min, max) = (value.unwrap(), min.unwrap(), max.unwrap());
        assert!(min <= value && value <= max && min < max);
    }

    let at_ms = to_ms - DAY_MS - 20 * 60_000;
    let moment: HostState<Line> = ask(server, &format!("/api/v1/at?time={at_ms}")).await;
    let mut told = moment.series.iter();
    let cpu = told.find(|it| it.series == r#"cpu{host="demo"}"#).unwrap();
    let sample = all.iter().find(|sample| sample.0 == cpu.at_ms);
    assert_eq!(sample.map(|sample| sample.1), Some(cpu.value));
    assert!(moment.processes.is_some());
    assert!(moment.events.len() > 50 && moment.events[0].timestamp.unix_ms() <= at_ms);

    let feed = events(server).await;
    assert_rising(&feed);
    let backups = feed
        .iter()
        .filter(|event| event.message.contains("backup of orders started"));
    assert!((DAYS as usize - 1..=DAYS as usize + 1).contains(&backups.count()));
    assert!(
        feed.iter()
            .any(|event| event.message.starts_with("Watchroom"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_starts_with_a_history() {
    let server = start(|_| ()).await;
    assert_history(&server).await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_starts_with_a_history_in_postgresql() {
    let database = postgres::Server::own().await;
    let url = database.clone().new_database().await.url();
    let server = start(|config| config.database_url = url.into()).await;
    assert_history(&server).await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_of_history_has_alerts() {
    let server = start(|config| config.demo_days = 9).await;
    let moment: HostState<Line> = ask(&server, &format!("/api/v1/at?time={}", now_ms())).await;
    for rule in ["CPU above 90 %", "CPU below 80 %", "/srv above 90 %"] {
        assert!(
            moment
                .alerts
                .iter()
                .any(|alert| alert.message.starts_with(rule)),
            "{rule}"
        );
    }
    assert_rising(&moment.alerts);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_demo_adds_only_missing_history() {
    // Stopped at once, during the backfill.
    let server = start(|_| ()).await;
    let before = events(&server).await;
    let server = server.restart().await;
    assert_history(&server).await;
    let after = events(&server).await;
    let newest = before[0].seq;
    let kept: Vec<_> = after.iter().filter(|event| event.seq <= newest).collect();
    assert_eq!(kept.len(), before.len());
    let server = server.restart().await;
    assert_history(&server).await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_hosts_store_is_not_changed() {
    let server = start(|config| config.demo = false).await;
    let json =
        r#"{"type":"metrics","host":"local","timestamp":"2026-01-15T10:30:00Z","interval_ms":0}"#;
    server
        .append_stored(vec![Durable::from_json(json).unwrap()])
        .await;
    let server = server
        .reconfigured(|config| config.demo = true)
        .restart()
        .await;
    let feed = events(&server).await;
    let backups = feed
        .iter()
        .filter(|event| event.message.contains("backup of orders"));
    assert_eq!(backups.count(), 0);
    server.drain(()).await;
}

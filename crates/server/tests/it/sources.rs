//! Who reports to the server, and what became of it.

use crate::inputs::{post, scrapes, target};
use crate::support::account::{create_token, first_admin};
use crate::support::{TestServer, encoded, get, now_ms, soon};
use protocol::checks::CheckState;
use protocol::source_info::{SenderInfo, SourceList};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks until this is so.
async fn until(server: &TestServer, what: &str, is_so: impl Fn(&SourceList) -> bool) -> SourceList {
    soon(what, async {
        loop {
            let list: SourceList = get(server, "/api/v1/sources").await.json();
            if is_so(&list) {
                return list;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn of_input<'a>(list: &'a SourceList, input: &str) -> Vec<&'a SenderInfo> {
    list.senders.iter().filter(|it| it.input == input).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_tell_why_they_are_down() {
    let is_up = Arc::new(AtomicBool::new(true));
    let instance = target(Arc::clone(&is_up), "orders 42\nbad\nbad too\n").await;
    let server = TestServer::start(|config| scrapes(config, &[&instance])).await;
    let up = until(&server, "a scrape", |it| it.targets[0].series >= 4).await;
    let target = &up.targets[0];
    assert_eq!((target.state, target.samples), (CheckState::Up, 1));
    assert_eq!(target.url, format!("http://{instance}/metrics"));
    assert!(target.scraped_ms.is_some() && target.seconds.is_some());
    until(&server, "what was rejected", |it| {
        it.targets[0].rejected.is_some()
    })
    .await;
    is_up.store(false, Ordering::SeqCst);
    let wanted = "a failed scrape";
    let down = until(&server, wanted, |it| {
        it.targets[0].state == CheckState::Down
    })
    .await;
    let error = down.targets[0].error.clone().unwrap_or_default();
    assert!(error.contains("status 500"), "{error}");
    assert_eq!(down.targets[0].samples, 0);
    let failing = get(&server, "/api/v1/server").await;
    assert!(failing.body.contains(r#""kind":"scrape""#), "{failing:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_are_told_apart_by_format_and_by_what_they_call_themselves() {
    let server = TestServer::start(|_| ()).await;
    let entries = r#"[{"type":"data","label":"a","value":1,"source":"shop"},{"type":"event","message":"b","source":"deploy"},7]"#;
    let answer = post(&server, "/api/v1/ingest", "", entries.as_bytes()).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let answer = post(
        &server,
        "/write",
        "",
        b"weather,zone=eu t=1,h=2\nnonsense\n",
    )
    .await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let answer = post(&server, "/api/v2/write?precision=fortnight", "", b"").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let answer = post(&server, "/api/v1/beat/backup", "", b"").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let list = until(&server, "all senders", |it| it.senders.len() >= 5).await;
    let json = of_input(&list, "json");
    let mut names: Vec<_> = json.iter().map(|it| it.source.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, [None, Some("deploy"), Some("shop")]);
    let rejected = json.iter().find(|it| it.source.is_none()).unwrap();
    assert_eq!(rejected.rejected_count, 1);
    assert!(rejected.rejected.is_some(), "{rejected:?}");
    let influx = of_input(&list, "influx")[0];
    assert_eq!((influx.accepted_count, influx.rejected_count), (2, 1));
    assert_eq!(
        (influx.sender.as_str(), influx.series),
        ("this machine", Some(2))
    );
    let heartbeat = of_input(&list, "heartbeat")[0];
    assert_eq!(heartbeat.source.as_deref(), Some("backup"));
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_has_the_name_of_its_token() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let created = create_token(&server, &admin, &["ingest"]).await;
    let bearer = format!("Authorization: Bearer {}\r\n", created.token);
    let answer = post(&server, "/write", &bearer, b"weather t=1").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    let answer = post(&server, "/write", &bearer, b"\xff").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let list: SourceList = crate::support::account::ask(&server, &admin, "GET", "/api/v1/sources")
        .await
        .json();
    let influx = of_input(&list, "influx")[0];
    assert_eq!(influx.sender, created.info.name);
    assert_eq!(influx.accepted_count, 1);
    server.drain(()).await;
}

/// The values of a series since then, second by second.
async fn by_second(server: &TestServer, series: &str, from_ms: i64) -> Vec<Option<f64>> {
    let to_ms = now_ms().max(from_ms + 1_000);
    let points = (to_ms - from_ms).max(1_000) / 1_000;
    let series = encoded(series);
    let path = format!("/api/v1/query?series={series}&from={from_ms}&to={to_ms}&points={points}");
    let answer = get(server, &path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut columns = answer.json::<protocol::api::QueryResponse>().columns;
    columns
        .pop()
        .map(|column| column.values)
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_scrape_there_is_a_gap_and_only_the_scrape_has_values() {
    let is_up = Arc::new(AtomicBool::new(true));
    let instance = target(Arc::clone(&is_up), "orders 42\n").await;
    let server = TestServer::start(|config| scrapes(config, &[&instance])).await;
    let of = |name: &str| format!(r#"{name}{{instance="{instance}",job="shop"}}"#);
    until(&server, "a scrape", |it| {
        it.targets[0].state == CheckState::Up
    })
    .await;
    is_up.store(false, Ordering::SeqCst);
    until(&server, "a failed scrape", |it| {
        it.targets[0].state == CheckState::Down
    })
    .await;
    let down_ms = now_ms();
    let failures = async |value: f64| {
        soon("further scrapes", async {
            loop {
                let up = by_second(&server, &of("up"), down_ms).await;
                if up.iter().flatten().filter(|it| **it == value).count() >= 3 {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        })
        .await;
    };
    failures(0.0).await;
    let orders = by_second(&server, &of("orders"), down_ms).await;
    assert!(orders.iter().all(Option::is_none), "{orders:?}");
    for name in ["scrape_duration_seconds", "scrape_samples_scraped"] {
        let values = by_second(&server, &of(name), down_ms).await;
        assert!(values.iter().flatten().count() >= 3, "{name}: {values:?}");
    }
    is_up.store(true, Ordering::SeqCst);
    failures(1.0).await;
    let orders = by_second(&server, &of("orders"), down_ms).await;
    let first = orders.iter().position(Option::is_some).unwrap_or_default();
    assert!(first >= 2, "the gap stays: {orders:?}");
    server.drain(()).await;
}

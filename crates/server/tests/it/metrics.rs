//! `GET /metrics`: what monitoring systems scrape.

use crate::support::account::{Credentials, ask, create_token, first_admin, send};
use crate::support::{
    Answer, EventViewer, Samples, TestServer, Viewer, exchange, get, last, soon, subscribe_after,
};
use protocol::Stream;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

async fn scrape_as(server: &TestServer, accept: &str) -> Answer {
    let host = server.address();
    let request = format!(
        "GET /metrics HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(server, &request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

async fn scrape(server: &TestServer) -> Samples {
    Samples::parse(&get(server, "/metrics").await.body, false)
}

/// Scrapes until this is so.
async fn until(server: &TestServer, what: &str, is_so: impl Fn(&Samples) -> bool) -> Samples {
    soon(what, async {
        loop {
            let samples = scrape(server).await;
            if is_so(&samples) {
                return samples;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accept_header_selects_the_format() {
    let server = TestServer::start(|_| ()).await;
    let text = get(&server, "/metrics").await;
    let open = scrape_as(&server, "application/openmetrics-text; version=1.0.0").await;
    assert_eq!(
        text.header("Content-Type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(
        open.header("Content-Type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let text = Samples::parse(&text.body, false);
    let open = Samples::parse(&open.body, true);
    for samples in [text, open] {
        let version = format!(
            "watchroom_build_info{{version=\"{}\"}}",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(samples.value(&version), 1.0);
    }
    server.drain(()).await;
}

/// The real host has what a simulated one has not.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_follow_the_rules_and_are_documented() {
    let server = TestServer::start(|config| config.demo = false).await;
    until(&server, "a sample", |it| it.get("node_load1").is_some()).await;
    let body = get(&server, "/metrics").await.body;
    Samples::parse(&body, false);
    let docs = include_str!("../../../../docs/operations.md");
    for line in body.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(
            docs.contains(&format!("`{name}`")),
            "docs/operations.md lacks {name}"
        );
    }
    Samples::parse(
        &scrape_as(&server, "application/openmetrics-text")
            .await
            .body,
        true,
    );
    if let Some(found) = promtool(&body) {
        // promtool would have any name in lower case, and finds the same in node_exporter itself.
        let unexpected: Vec<_> = found
            .lines()
            .filter(|line| !(line.starts_with("node_memory_") && line.contains("camelCase")))
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:?}");
    }
    server.drain(()).await;
}

/// What `promtool check metrics` finds, if it is installed.
fn promtool(text: &str) -> Option<String> {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().ok()?;
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let found = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(found).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_deliveries_and_resumes_are_counted() {
    let server = TestServer::in_memory().await;
    server.log(&["one"]);
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(1))]).await;
    viewer.next_line().await;
    let events = EventViewer::connect(&server, "/api/events?streams=logs").await;
    let samples = until(&server, "two deliveries", |it| {
        it.value("watchroom_viewer_messages_total") == 2.0
    })
    .await;
    assert_eq!(
        samples.value("watchroom_viewers{transport=\"websocket\"}"),
        1.0
    );
    assert_eq!(samples.value("watchroom_viewers{transport=\"sse\"}"), 1.0);
    assert!(samples.value("watchroom_viewer_bytes_total") > 100.0);
    assert!(samples.value("watchroom_ring_messages") >= 1.0);
    assert_eq!(samples.value("watchroom_viewer_lag_messages"), 0.0);

    let (after, chain) = (viewer.chain.newest(), viewer.chain.clone());
    let mut back = Viewer::resume_with(&server, chain).await;
    let wanted = subscribe_after(&[(Stream::Logs, last(1))], server.epoch(), after);
    back.subscribe(wanted).await;
    let other = subscribe_after(&[(Stream::Logs, last(1))], "another", after);
    let mut lost = Viewer::connect(&server, "/ws").await;
    lost.subscribe(other).await;
    drop(events);
    let samples = until(&server, "the end of events", |it| {
        it.value("watchroom_viewers{transport=\"sse\"}") == 0.0
    })
    .await;
    assert_eq!(
        samples.value("watchroom_resumes_total{recovered=\"true\"}"),
        1.0
    );
    assert_eq!(
        samples.value("watchroom_resumes_total{recovered=\"false\"}"),
        1.0
    );
    assert_eq!(samples.value("watchroom_gaps_total{reason=\"epoch\"}"), 1.0);
    server.drain((viewer, back, lost)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_viewer_is_seen_as_lag() {
    let server = TestServer::in_memory().await;
    let mut slow = Viewer::connect(&server, "/ws").await;
    slow.chain.expect_skips(Stream::Logs);
    slow.subscribe_to(&[(Stream::Logs, last(0))]).await;
    server.log_long_lines(15_000);
    let samples = until(&server, "lag", |it| {
        it.value("watchroom_viewer_lag_messages") > 100.0
            && it.value("watchroom_viewer_lag_seconds") > 0.0
    })
    .await;
    assert!(samples.value("watchroom_viewer_lag_messages") <= 20_000.0);
    drop(slow);
    until(&server, "no lag", |it| {
        it.value("watchroom_viewer_lag_messages") == 0.0
    })
    .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_counted_by_reason() {
    let server = TestServer::start(|config| config.limits.viewers = 1).await;
    let host = server.address();
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.say("{").await;
    viewer.next().await;
    let foreign = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned();
    let origin = format!(
        "GET /api/v1/hosts HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n\
         Connection: close\r\n\r\n"
    );
    let second =
        format!("GET /api/events/all HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let body = r#"[{"type":"event"},{"type":"event","message":"fine"}]"#;
    let ingest = format!(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    for (request, status) in [(foreign, 421), (origin, 403), (second, 503), (ingest, 422)] {
        assert_eq!(
            exchange(&server, &request).await.status,
            status,
            "{request}"
        );
    }
    let samples = scrape(&server).await;
    for reason in ["host", "origin", "viewers"] {
        let name = format!("watchroom_rejected_requests_total{{reason=\"{reason}\"}}");
        assert_eq!(samples.value(&name), 1.0, "{name}");
    }
    for reason in ["invalid", "entry"] {
        let name = format!("watchroom_rejected_messages_total{{reason=\"{reason}\"}}");
        assert_eq!(samples.value(&name), 1.0, "{name}");
    }
    assert_eq!(
        samples.value("watchroom_http_requests_total{code=\"4xx\"}"),
        3.0
    );
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_by_authentication_are_counted_and_a_token_scrapes() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let none = Credentials::none();
    let created = create_token(&server, &admin, &["read"]).await;
    let token = Credentials::bearer(&created.token);
    let both = Credentials(format!("{}{}", admin.0, token.0));
    for (credentials, path, status) in [
        (&none, "/metrics", 401),
        (&token, "/api/v1/users", 403),
        (&both, "/metrics", 400),
        (&none, "/metrics?token=x", 400),
    ] {
        let answer = ask(&server, credentials, "GET", path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.header("x-request-id").is_some(), "{answer:?}");
    }
    let body = json!({"name": "admin", "password": "a wrong password"});
    let mut failed = 0.0;
    while send(&server, &none, "POST", "/api/v1/auth/login", &body)
        .await
        .status
        == 401
    {
        failed += 1.0;
    }
    let scraped = ask(&server, &token, "GET", "/metrics").await;
    let samples = Samples::parse(&scraped.body, false);
    for (reason, count) in [
        ("unauthorized", 1.0 + failed),
        ("forbidden", 1.0),
        ("credentials", 2.0),
        ("sign_ins", 1.0),
    ] {
        let name = format!("watchroom_rejected_requests_total{{reason=\"{reason}\"}}");
        assert_eq!(samples.value(&name), count, "{name}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_and_the_process_are_measured() {
    let server = TestServer::start(|_| ()).await;
    server.log_stored(&["one"]).await;
    let samples = until(&server, "the size of the store", |it| {
        it.get("watchroom_stored_bytes").is_some()
    })
    .await;
    assert!(samples.value("watchroom_commit_duration_seconds_count") >= 1.0);
    assert_eq!(samples.value("watchroom_uncommitted_messages"), 0.0);
    assert!(samples.value("watchroom_stored_bytes") > 0.0);
    assert!(samples.value("watchroom_process_cpu_seconds_total") > 0.0);
    assert!(samples.value("watchroom_process_resident_memory_bytes") > 1e6);
    assert!(samples.value("watchroom_process_open_fds") > 3.0);
    let started = samples.value("watchroom_process_start_time_seconds");
    let age = crate::support::now_ms() as f64 / 1e3 - started;
    assert!((0.0..120.0).contains(&age), "{age}");
    server.drain(()).await;
}

/// Held against what the kernel says at the same time.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_host_has_the_values_of_the_kernel() {
    let server = TestServer::start(|config| config.demo = false).await;
    let samples = until(&server, "a sample", |it| {
        !it.with_prefix("node_cpu_seconds_total{").is_empty()
            && !it.with_prefix("node_filesystem_size_bytes{").is_empty()
    })
    .await;
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime "));
    assert_eq!(
        samples.value("node_boot_time_seconds"),
        boot.unwrap().parse::<f64>().unwrap()
    );
    let idle = samples.value("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}");
    let line = stat.lines().find(|line| line.starts_with("cpu0 ")).unwrap();
    let now = line.split(' ').nth(4).unwrap().parse::<f64>().unwrap() / 100.0;
    assert!((0.0..120.0).contains(&(now - idle)), "{now} after {idle}");
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total = meminfo.split_whitespace().nth(1).unwrap();
    assert_eq!(
        samples.value("node_memory_MemTotal_bytes"),
        total.parse::<f64>().unwrap() * 1024.0
    );
    for (name, size) in samples.with_prefix("node_filesystem_size_bytes{") {
        let labels = name.split_once('{').unwrap().1;
        let free = samples.value(&format!("node_filesystem_free_bytes{{{labels}"));
        let available = samples.value(&format!("node_filesystem_avail_bytes{{{labels}"));
        assert!(available <= free && free <= size, "{labels}");
    }
    server.drain(()).await;
}

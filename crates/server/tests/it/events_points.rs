//! Server-Sent Events with `format=points`.

use crate::support::{TestServer, get, soon};
use protocol::{Data, Durable, MetricValue, Timestamp};
use std::collections::BTreeMap;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A block of lines, as fields by name.
type Block = BTreeMap<String, String>;

/// A client that reads lines. The sizes of chunks (RFC 9112, 7.1) are lines of their own, which it leaves out.
struct Lines(BufReader<TcpStream>);

impl Lines {
    async fn of(server: &TestServer, path: &str, headers: &str) -> Self {
        let host = server.address();
        let mut socket = TcpStream::connect(host).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut lines = Self(BufReader::new(socket));
        let head = lines.block().await;
        assert!(
            head.keys().any(|it| it.starts_with("HTTP/1.1 200")),
            "{head:?}"
        );
        lines
    }

    async fn block(&mut self) -> Block {
        soon("a block of lines", async {
            let mut block = Block::new();
            loop {
                let mut line = String::new();
                assert_ne!(self.0.read_line(&mut line).await.unwrap(), 0, "{block:?}");
                let is_size = |line: &str| u32::from_str_radix(line, 16).is_ok();
                match line.trim_end() {
                    "" if block.is_empty() => {}
                    "" => return block,
                    line if is_size(line) => {}
                    line => {
                        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
                        block.insert(name.into(), value.into());
                    }
                }
            }
        })
        .await
    }

    /// The next value, and its `id` if it has one; other events are skipped.
    async fn value(&mut self) -> (MetricValue, Option<String>) {
        loop {
            let block = self.block().await;
            let event = block.get("event").map(String::as_str);
            match event {
                Some("metric") => {
                    let value = serde_json::from_str(&block["data"]).unwrap();
                    return (value, block.get("id").cloned());
                }
                Some("connection" | "subscribed" | "client_count") => {}
                other => panic!("{other:?} in {block:?}"),
            }
        }
    }

    /// The values of one message, and its `id`.
    async fn message(&mut self) -> (Vec<MetricValue>, String) {
        let mut values = Vec::new();
        loop {
            let (value, id) = self.value().await;
            values.push(value);
            if let Some(id) = id {
                return (values, id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_value_of_a_sample_is_an_event() {
    let server = TestServer::start(|config| config.interval_ms = 100).await;
    let mut lines = Lines::of(&server, "/api/events/metrics?format=points", "").await;
    for _ in 0..3 {
        let (values, id) = lines.message().await;
        let names: Vec<_> = values.iter().map(|it| it.name.as_str()).collect();
        let key_metrics = [
            "cpu_usage",
            "memory_usage",
            "network_traffic",
            "active_connections",
        ];
        assert_eq!(names[..4], key_metrics);
        for series in ["cpu", "load1", "memory_used", "disk_read", "uptime"] {
            assert!(names.contains(&series), "{series} in {names:?}");
        }
        assert_eq!(values[3].value, 1.0, "viewers");
        let core = values
            .iter()
            .find(|it| it.labels.get("core").is_some())
            .unwrap();
        assert_eq!(
            (
                core.name.as_str(),
                core.unit.as_deref(),
                core.host.as_deref()
            ),
            ("cpu", Some("%"), Some("demo"))
        );
        let timestamp = values[0].timestamp;
        assert!(values.iter().all(|it| it.timestamp == timestamp), "{id}");
    }
    server.drain(lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_viewer_resumes_after_the_last_whole_message() {
    let server = TestServer::start(|config| config.interval_ms = 3_600_000).await;
    const PATH: &str = "/api/events?streams=data&format=points";
    let say = |label: &str| {
        let data = Data {
            timestamp: Timestamp::from_unix_ms(0),
            label: label.into(),
            value: 42.0,
            unit: None,
            source: Some("shop".into()),
            ..Data::default()
        };
        server.append(Durable::Data(data));
    };
    say("first");
    let mut lines = Lines::of(&server, PATH, "").await;
    let (values, id) = lines.message().await;
    assert_eq!(values[0].name, "first");
    assert_eq!(values[0].labels["source"], "shop");
    drop(lines);
    say("second");
    say("third");
    let headers = format!("Last-Event-ID: {id}\r\n");
    let mut lines = Lines::of(&server, PATH, &headers).await;
    for name in ["second", "third"] {
        assert_eq!(lines.message().await.0[0].name, name);
    }
    server.drain(lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_block_is_an_event_with_a_retry_time() {
    let server = TestServer::start(|_| ()).await;
    for query in ["", "?format=points"] {
        let mut lines = Lines::of(&server, &format!("/api/events/metrics{query}"), "").await;
        let first = lines.block().await;
        assert_eq!(first["event"], "connection", "{first:?}");
        assert!(
            first.contains_key("retry") && first.contains_key("data"),
            "{first:?}"
        );
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_without_values_are_refused() {
    let server = TestServer::start(|_| ()).await;
    for (path, named) in [
        ("/api/events/metrics?format=csv", "`points`"),
        ("/api/events/metrics?format=", "`points`"),
        ("/api/events?streams=metrics,events&format=points", "`data`"),
        ("/api/events/alerts?format=points", "`metrics`"),
    ] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.body.contains("format") && answer.body.contains(named),
            "{answer:?}"
        );
    }
    server.drain(()).await;
}

//! What other programs report in their own formats is stored, or refused as their protocols demand.

use crate::support::account::{Credentials, create_token, first_admin};
use crate::support::{Answer, TestServer, get, now_ms, soon};
use flate2::Compression;
use flate2::write::GzEncoder;
use server::config::{Config, ScrapeConfig};
use std::io::Write;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Sends a request with a body of bytes.
pub(crate) async fn post(server: &TestServer, path: &str, headers: &str, body: &[u8]) -> Answer {
    soon("an answer", async {
        let (host, bytes) = (server.address(), body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {bytes}\r\n{headers}\r\n"
        );
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        // A server that has refused the head need not read the body.
        let _ = socket.write_all(body).await;
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        Answer::parse(&String::from_utf8_lossy(&answer))
    })
    .await
}

/// Waits until the newest value of a series is this one.
async fn stored(server: &TestServer, series: &str, value: &str) {
    let encoded = crate::support::encoded(series);
    let path = format!("/api/v1/query?series={encoded}&from=0&points=1");
    soon(&format!("{series} = {value}"), async {
        loop {
            let answer = get(server, &path).await;
            if answer.body.contains(&format!("[{value}]")) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

/// The parts of protobuf messages (<https://protobuf.dev/programming-guides/encoding/>).
mod protobuf {
    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    pub(super) fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    pub(super) fn double(field: u64, value: f64) -> Vec<u8> {
        [varint(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
    }

    pub(super) fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        [
            varint(field << 3 | 2),
            varint(value.len() as u64),
            value.to_vec(),
        ]
        .concat()
    }

    pub(super) fn message(field: u64, parts: &[Vec<u8>]) -> Vec<u8> {
        bytes(field, parts.concat())
    }
}

use protobuf::{bytes, double, message, number};

/// A request of remote write 1.0 with one sample.
fn written(name: &str, value: f64, at_ms: i64) -> Vec<u8> {
    let labels = [("__name__", name), ("job", "shop")];
    let mut series: Vec<_> = labels
        .iter()
        .map(|(label, text)| message(1, &[bytes(1, label), bytes(2, text)]))
        .collect();
    series.push(message(
        2,
        &[double(1, value), number(2, at_ms.cast_unsigned())],
    ));
    message(1, &series)
}

/// A request of OpenTelemetry with one gauge.
fn exported(name: &str, value: f64) -> Vec<u8> {
    let gauge = message(5, &[message(1, &[double(4, value)])]);
    let metric = message(2, &[bytes(1, name), bytes(3, "By"), gauge]);
    message(1, &[message(2, &[metric])])
}

const SNAPPY: &str = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n";
const SNAPPY_2: &str = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request\r\n";
const PROTOBUF: &str = "Content-Type: application/x-protobuf\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_report_is_stored() {
    let server = TestServer::start(|_| ()).await;
    let now = now_ms();

    let line = format!("weather,location=us temperature=82.5,n=3i,on=true,note=\"x\" {now}\n");
    let answer = post(
        &server,
        "/write?db=telegraf&precision=ms",
        "",
        line.as_bytes(),
    )
    .await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (204, ""),
        "{answer:?}"
    );
    stored(&server, r#"weather_temperature{location="us"}"#, "82.5").await;
    stored(&server, r#"weather_on{location="us"}"#, "1.0").await;
    let packed = gzip(b"disk,path=/ used=7");
    let answer = post(
        &server,
        "/api/v2/write?org=o&bucket=b",
        "Content-Encoding: gzip\r\n",
        &packed,
    )
    .await;
    assert_eq!(answer.status, 204, "{answer:?}");
    stored(&server, r#"disk_used{path="/"}"#, "7.0").await;

    let body = snappy(&written("queue_length", 12.0, now));
    let answer = post(&server, "/api/v1/write", SNAPPY, &body).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (204, ""),
        "{answer:?}"
    );
    let samples = answer.header("X-Prometheus-Remote-Write-Samples-Written");
    assert_eq!(samples, Some("1"));
    stored(&server, r#"queue_length{job="shop"}"#, "12.0").await;
    let symbols = ["", "__name__", "queue_length_2"]
        .map(|it| bytes(4, it))
        .concat();
    let sample = message(2, &[double(1, 13.0), number(2, now.cast_unsigned())]);
    let series = message(5, &[bytes(1, [1, 2]), sample]);
    let body = snappy(&[symbols, series].concat());
    let answer = post(&server, "/api/v1/write", SNAPPY_2, &body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    stored(&server, "queue_length_2", "13.0").await;

    let answer = post(
        &server,
        "/v1/metrics",
        PROTOBUF,
        &exported("process.memory", 5.5),
    )
    .await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, ""),
        "{answer:?}"
    );
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/x-protobuf")
    );
    stored(&server, "process.memory", "5.5").await;
    let record = message(2, &[number(2, 17), message(5, &[bytes(1, "it failed")])]);
    let name = message(
        1,
        &[bytes(1, "service.name"), message(2, &[bytes(1, "shop")])],
    );
    let logs = message(1, &[message(1, &[name]), message(2, &[record])]);
    let answer = post(
        &server,
        "/v1/logs",
        &format!("{PROTOBUF}Content-Encoding: gzip\r\n"),
        &gzip(&logs),
    )
    .await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, ""),
        "{answer:?}"
    );
    let page = get(&server, "/api/v1/journal?stream=logs&source=shop").await;
    assert!(
        page.body.contains("it failed") && page.body.contains("error"),
        "{page:?}"
    );

    let answer = post(&server, "/api/v1/beat/backup?exit=3&seconds=2.5", "", b"").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    stored(&server, r#"heartbeat{job="backup"}"#, "1.0").await;
    stored(&server, r#"heartbeat_exit{job="backup"}"#, "3.0").await;
    stored(&server, r#"heartbeat_seconds{job="backup"}"#, "2.5").await;

    let packed = gzip(br#"{"type":"data","label":"Requests","value":12}"#);
    let answer = post(
        &server,
        "/api/v1/ingest",
        "Content-Encoding: gzip\r\n",
        &packed,
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    stored(&server, "Requests", "12.0").await;

    let ping = get(&server, "/ping").await;
    assert_eq!(
        (ping.status, ping.header("X-Influxdb-Version")),
        (204, Some("1.8.10"))
    );
    let create = post(&server, "/query?q=CREATE+DATABASE+%22telegraf%22", "", b"").await;
    assert_eq!(
        create.body, r#"{"results":[{"statement_id":0}]}"#,
        "{create:?}"
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_refused_as_the_protocol_demands() {
    let server = TestServer::start(|_| ()).await;
    let now = now_ms();
    let old = snappy(&written("old", 1.0, now - 100_000_000));
    let valid = snappy(&written("valid", 1.0, now));
    let bomb = gzip(&vec![b'x'; 20 << 20]);
    let long = vec![b'x'; 5 << 20];
    let many = "a b=1\n".repeat(20_001);
    let tags: String = (0..20).map(|it| format!(",t{it}=v")).collect();
    let wide = format!("a{tags} b=1\n").repeat(10_001);
    let record = message(2, &[message(5, &[bytes(1, "x")])]);
    let records = message(1, &[bytes(2, record.repeat(2_001))]);
    let lie = [0x80, 0x80, 0x80, 0x80, 0x08, 0x00];
    let gzipped = "Content-Encoding: gzip\r\n";
    let zstd = "Content-Encoding: zstd\r\n";
    let cross = "Sec-Fetch-Site: cross-site\r\n";
    let json = "Content-Type: application/json\r\n";
    let other = "Content-Type: application/x-protobuf;proto=a.B\r\n";
    let packed_protobuf = format!("{PROTOBUF}{gzipped}");
    let cases: &[(&str, &str, &[u8], u16, &str)] = &[
        (
            "/write",
            "",
            b"a b=1\nnonsense\na b=x",
            400,
            "partial write: line 2: it has no fields; line 3",
        ),
        (
            "/write",
            "",
            b"a b=1 1",
            400,
            "line 1: its time is more than 24 hours ago",
        ),
        (
            "/write",
            "",
            b"a\x07 b=1",
            400,
            "line 1: its series is not valid",
        ),
        ("/write", "", "a\u{202e} b=1".as_bytes(), 400, "not printed"),
        (
            "/write",
            "",
            b"\xff\xfe b=1",
            400,
            "line 1: it is not UTF-8",
        ),
        ("/write", "", b"", 204, ""),
        (
            "/write?precision=d",
            "",
            b"a b=1",
            400,
            "`precision` is none of",
        ),
        (
            "/write?precision=s&precision=s",
            "",
            b"a b=1",
            400,
            "the parameters cannot be read",
        ),
        ("/write", gzipped, b"a b=1", 400, "not valid gzip"),
        ("/write", gzipped, &bomb, 413, "when it is decompressed"),
        ("/write", "", &long, 413, "more than 4 MiB"),
        ("/write", "", many.as_bytes(), 413, "more than 20000 points"),
        (
            "/write",
            "",
            wide.as_bytes(),
            413,
            "more than 200000 labels together",
        ),
        (
            "/v1/logs",
            PROTOBUF,
            &records,
            413,
            "more than 2000 log records",
        ),
        ("/write", zstd, b"a b=1", 415, "only with gzip"),
        ("/write", cross, b"a b=1", 403, "another site"),
        (
            "/write",
            "Origin: http://evil.example\r\n",
            b"a b=1",
            403,
            "another site",
        ),
        (
            "/api/v2/write",
            "",
            b"nonsense",
            400,
            r#"{"code":"invalid","message":"partial write: line 1"#,
        ),
        (
            "/api/v2/write",
            "",
            &long,
            413,
            r#""code":"request too large""#,
        ),
        ("/query?q=SELECT+1", "", b"", 400, "no query of InfluxDB"),
        (
            "/api/v1/write",
            SNAPPY,
            &old,
            400,
            "sample 0: its time is more than 24 hours ago",
        ),
        (
            "/api/v1/write",
            SNAPPY,
            b"nonsense",
            400,
            "not valid Snappy",
        ),
        (
            "/api/v1/write",
            SNAPPY,
            &lie,
            413,
            "when it is decompressed",
        ),
        (
            "/api/v1/write",
            SNAPPY,
            &snappy(b"nonsense"),
            400,
            "not a valid protobuf message prometheus.WriteRequest",
        ),
        (
            "/api/v1/write",
            SNAPPY_2,
            &snappy(b"nonsense"),
            400,
            "message io.prometheus.write.v2.Request",
        ),
        (
            "/api/v1/write",
            "Content-Encoding: gzip\r\n",
            &valid,
            415,
            "compressed with snappy",
        ),
        (
            "/api/v1/write",
            other,
            &valid,
            415,
            "neither prometheus.WriteRequest nor",
        ),
        ("/v1/metrics", json, b"{}", 415, "not JSON"),
        (
            "/v1/metrics",
            PROTOBUF,
            b"{}",
            400,
            "not a valid protobuf message",
        ),
        (
            "/v1/metrics",
            &packed_protobuf,
            &bomb,
            413,
            "when it is decompressed",
        ),
        (
            "/v1/logs",
            PROTOBUF,
            b"nonsense",
            400,
            "not a valid protobuf message",
        ),
        ("/api/v1/ingest", gzipped, &bomb, 413, "more than 1 MiB"),
        ("/api/v1/beat/a%20b", "", b"", 400, "a heartbeat's name"),
        (
            "/api/v1/beat/a?exit=300",
            "",
            b"",
            400,
            "only the parameters",
        ),
    ];
    for (path, headers, body, status, text) in cases {
        let answer = post(&server, path, headers, body).await;
        assert_eq!(answer.status, *status, "{path} {text}: {answer:?}");
        assert!(answer.body.contains(text), "{path} {text}: {answer:?}");
    }
    // What is valid in a body with mistakes is stored.
    stored(&server, "a_b", "1.0").await;
    let answer = post(&server, "/api/v1/write", SNAPPY, &old).await;
    let samples = answer.header("X-Prometheus-Remote-Write-Samples-Written");
    assert_eq!(samples, Some("0"), "{answer:?}");
    // A partial success is a success.
    let delta = message(
        7,
        &[message(1, &[double(4, 1.0)]), number(2, 1), number(3, 1)],
    );
    // A histogram has a count and a sum, and is one data point.
    let old_ns = u64::try_from(now - 100_000_000).unwrap() * 1_000_000;
    let point = [
        double(3, f64::from_bits(old_ns)),
        double(4, f64::from_bits(1)),
        double(5, 1.0),
    ];
    let histogram = message(9, &[message(1, &point), number(2, 2)]);
    let metric = message(2, &[bytes(1, "h"), histogram]);
    let request = message(1, &[message(2, &[metric])]);
    let answer = post(&server, "/v1/metrics", PROTOBUF, &request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("\u{8}\u{1}\u{12}"), "{answer:?}");
    assert!(answer.body.contains("Rejected: 2, stored: 0"), "{answer:?}");
    let metric = message(2, &[bytes(1, "d"), delta]);
    let answer = post(
        &server,
        "/v1/metrics",
        PROTOBUF,
        &message(1, &[message(2, &[metric])]),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer
            .body
            .contains("data point 0: it has delta temporality"),
        "{answer:?}"
    );
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_sent_as_each_program_does() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["ingest"]).await.token;
    let reader = create_token(&server, &admin, &["read"]).await.token;
    let basic = |token: &str| {
        let pair = data_encoding::BASE64.encode(format!("any:{token}").as_bytes());
        format!("Authorization: Basic {pair}\r\n")
    };
    let line = b"a b=1";
    for (path, headers, status) in [
        ("/write".to_owned(), Credentials::bearer(&token).0, 204),
        (
            "/api/v2/write".to_owned(),
            format!("Authorization: Token {token}\r\n"),
            204,
        ),
        (
            "/write".to_owned(),
            format!("Authorization: Token any:{token}\r\n"),
            204,
        ),
        ("/write".to_owned(), basic(&token), 204),
        (format!("/write?u=any&p={token}"), String::new(), 204),
        ("/write".to_owned(), String::new(), 401),
        ("/write".to_owned(), basic("wrong"), 401),
        ("/write?u=any&p=wrong".to_owned(), String::new(), 401),
        ("/write".to_owned(), basic(&reader), 403),
        (format!("/write?p={token}"), basic(&token), 400),
        (format!("/write?p={token}"), admin.0.clone(), 400),
        (format!("/api/v2/write?p={token}"), String::new(), 401),
        ("/api/v1/ingest".to_owned(), basic(&token), 400),
    ] {
        let answer = post(&server, &path, &headers, line).await;
        assert_eq!(answer.status, status, "{path} {headers}: {answer:?}");
    }
    let beat = create_token(&server, &admin, &["beat:backup"]).await.token;
    let beat = Credentials::bearer(&beat).0;
    for (path, status) in [
        ("/api/v1/beat/backup", 204),
        ("/api/v1/beat/other", 403),
        ("/write", 403),
    ] {
        let answer = post(&server, path, &beat, line).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    server.drain(()).await;
}

/// A target of which the answer can be switched to an error.
pub(crate) async fn target(is_up: Arc<AtomicBool>, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).await;
            let status = if is_up.load(Ordering::SeqCst) {
                "200 OK"
            } else {
                "500 No"
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    address.to_string()
}

pub(crate) fn scrapes(config: &mut Config, instances: &[&str]) {
    config.scrape = instances
        .iter()
        .map(|instance| ScrapeConfig {
            url: format!("http://{instance}/metrics"),
            job: "shop".into(),
            interval_ms: 1_000,
            timeout_ms: 500,
            ..ScrapeConfig::default()
        })
        .collect();
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_scraped() {
    let is_up = Arc::new(AtomicBool::new(true));
    let orders = "# TYPE orders counter\norders_total{region=\"eu\"} 42\nbad\n";
    let instance = target(Arc::clone(&is_up), orders).await;
    // Accepts connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_instance = silent.local_addr().unwrap().to_string();
    let instances = [instance.as_str(), silent_instance.as_str()];
    let server = TestServer::start(|config| scrapes(config, &instances)).await;
    let series =
        |name: &str, instance: &str| format!(r#"{name}{{instance="{instance}",job="shop"}}"#);
    stored(&server, &series("up", &instance), "1.0").await;
    stored(&server, &series("scrape_samples_scraped", &instance), "1.0").await;
    let orders = format!(r#"orders_total{{instance="{instance}",job="shop",region="eu"}}"#);
    stored(&server, &orders, "42.0").await;
    stored(&server, &series("up", &silent_instance), "0.0").await;
    is_up.store(false, Ordering::SeqCst);
    let encoded = crate::support::encoded(&series("up", &instance));
    let path = format!("/api/v1/query?series={encoded}&from=0&points=1&agg=min");
    soon("a failed scrape", async {
        while !get(&server, &path).await.body.contains("[0.0]") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_json_documents_are_scraped() {
    let document =
        r#"{"queues": [{"name": "mail", "waiting": 7}], "up_seconds": 12.5, "state": "ok"}"#;
    let instance = target(Arc::new(AtomicBool::new(true)), document).await;
    let scrape = |name: &str, values: &str| -> ScrapeConfig {
        toml::from_str(&format!(
            "url = \"http://{instance}/\"\njob = \"{name}\"\ninterval_ms = 1000\nvalues = [{values}]"
        ))
        .unwrap()
    };
    let waiting = r#"{ name = "waiting", pointer = "/queues/0/waiting", labels = { queue = "mail" }, unit = "1" }"#;
    let up = r#"{ name = "up_seconds", pointer = "/up_seconds" }"#;
    let text = r#"{ name = "state", pointer = "/state" }"#;
    let server = TestServer::start(|config| {
        config.scrape = vec![
            scrape("some", &format!("{waiting}, {up}, {text}")),
            scrape("none", text),
        ];
    })
    .await;
    let series = |name: &str, job: &str| format!(r#"{name}{{instance="{instance}",job="{job}"}}"#);
    stored(&server, &series("up_seconds", "some"), "12.5").await;
    let waiting = format!(r#"waiting{{instance="{instance}",job="some",queue="mail"}}"#);
    stored(&server, &waiting, "7.0").await;
    stored(&server, &series("up", "some"), "1.0").await;
    stored(&server, &series("scrape_samples_scraped", "some"), "2.0").await;
    stored(&server, &series("up", "none"), "0.0").await;
    let list = get(&server, "/api/v1/series").await.body;
    assert!(!list.contains("state{"), "a text is no series: {list}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_of_statsd_are_added_up() {
    let port = {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let server =
        TestServer::start(|config| config.statsd_listen = format!("127.0.0.1:{port}")).await;
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    for datagram in [
        "hits:1|c\nhits:2|c",
        "nonsense",
        "temperature:21.5|g|#room:a",
    ] {
        socket.send(datagram.as_bytes()).unwrap();
    }
    stored(&server, r#"temperature{room="a"}"#, "21.5").await;
    stored(&server, "hits", "3.0").await;
    // What was read before a stop is committed before it.
    socket.send(b"hits:4|c\nnonsense").unwrap();
    soon("two rejected lines", async {
        let rejected = r#"watchroom_rejected_messages_total{reason="entry"} 2"#;
        while !get(&server, "/metrics").await.body.contains(rejected) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let server = server.restart().await;
    soon("hits = 7", async {
        let path = "/api/v1/query?series=hits&from=0&points=1&agg=max";
        while !get(&server, path).await.body.contains("[7.0]") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.drain(()).await;
}

//! Each variant's JSON, in `tests/golden/`: a change there is a change of the wire.
//!
//! `UPDATE_GOLDEN=1 cargo test -p protocol --test golden` updates the files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use protocol::*;
use std::path::PathBuf;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_768_473_000_000 + ms)
}

fn server_messages() -> Vec<(&'static str, ServerMessage)> {
    vec![
        (
            "connection",
            ServerMessage::Connection(Connection {
                message: "Connected to Watchroom".into(),
                client_id: "c-7f3a".into(),
                client_count: 5,
                epoch: "k3v9".into(),
                head: 1041,
                protocol: PROTOCOL_VERSION,
                server_version: "0.1.0".into(),
                heartbeat_ms: 15_000,
            }),
        ),
        (
            "client_count",
            ServerMessage::ClientCount(ClientCount { count: 6 }),
        ),
        (
            "subscribed",
            ServerMessage::Subscribed(Subscribed {
                streams: vec![Stream::Metrics, Stream::Events],
                epoch: "k3v9".into(),
                head: 1047,
                recovered: Some(true),
                correlation_id: Some("abc123".into()),
            }),
        ),
        (
            "gap",
            ServerMessage::Gap(Gap {
                stream: Stream::Metrics,
                after: Some(1042),
                before: 2050,
                reason: GapReason::Expired,
            }),
        ),
        (
            "gap_epoch",
            ServerMessage::Gap(Gap {
                stream: Stream::Metrics,
                after: None,
                before: 12,
                reason: GapReason::Epoch,
            }),
        ),
        (
            "error",
            ServerMessage::Error(Error {
                code: ErrorCode::InvalidMessage,
                message: "unknown type \"foo\"".into(),
                correlation_id: Some("abc123".into()),
            }),
        ),
        (
            "pong",
            ServerMessage::Pong(Pong {
                id: Some(7),
                timestamp: at(123),
                correlation_id: None,
            }),
        ),
        (
            "pong_bare",
            ServerMessage::Pong(Pong {
                id: None,
                timestamp: at(123),
                correlation_id: None,
            }),
        ),
    ]
}

fn durable_messages() -> Vec<(&'static str, Durable)> {
    vec![
        (
            "metrics",
            Durable::Metrics(Metrics {
                host: "local".into(),
                timestamp: at(123),
                interval_ms: 1000,
                cpu: Some(45.2),
                cores: vec![Some(40.0), None, Some(50.4)],
                load: Some(LoadAverage {
                    one: 0.5,
                    five: 0.4,
                    fifteen: 0.3,
                }),
                memory: Some(62.8),
                memory_bytes: Some(Memory {
                    used: 10_789_000_000,
                    total: 17_179_869_184,
                }),
                swap: Some(1.5),
                swap_bytes: Some(Memory {
                    used: 32_212_254,
                    total: 2_147_483_648,
                }),
                disk: Some(71.0),
                disks: vec![Disk {
                    mount: "/".into(),
                    filesystem: Some("ext4".into()),
                    percent: 71.0,
                    used_bytes: 71_000_000_000,
                    total_bytes: 105_000_000_000,
                    read: Some(4096),
                    written: Some(8192),
                }],
                network_sent: Some(1_024_000),
                network_recv: Some(2_048_000),
                network_sent_total_bytes: Some(99_000_000),
                network_recv_total_bytes: Some(198_000_000),
                interfaces: vec![Interface {
                    name: "eth0".into(),
                    sent: 1_024_000,
                    recv: 2_048_000,
                    sent_total_bytes: 99_000_000,
                    recv_total_bytes: 198_000_000,
                }],
                temperatures: vec![Temperature {
                    label: "Package id 0".into(),
                    celsius: 51.5,
                    critical: Some(100.0),
                }],
                uptime_seconds: Some(86_400),
            }),
        ),
        (
            "metrics_bare",
            Durable::Metrics(Metrics {
                host: "local".into(),
                timestamp: at(1123),
                interval_ms: 1000,
                cpu: None,
                cores: vec![],
                load: None,
                memory: None,
                memory_bytes: None,
                swap: None,
                swap_bytes: None,
                disk: None,
                disks: vec![],
                network_sent: None,
                network_recv: None,
                network_sent_total_bytes: None,
                network_recv_total_bytes: None,
                interfaces: vec![],
                temperatures: vec![],
                uptime_seconds: None,
            }),
        ),
        (
            "processes",
            Durable::Processes(Processes {
                host: "local".into(),
                timestamp: at(0),
                count: Some(212),
                top: vec![Process {
                    pid: 1,
                    name: "init".into(),
                    cpu: 0.1,
                    memory_bytes: 12_288_000,
                    user: Some("root".into()),
                }],
            }),
        ),
        (
            "event",
            Durable::Event(Event {
                timestamp: at(0),
                level: Level::Info,
                source: "server".into(),
                message: "Server started".into(),
            }),
        ),
        (
            "data",
            Durable::Data(Data {
                timestamp: at(0),
                label: "Requests".into(),
                value: 42.0,
                unit: Some("1/s".into()),
                source: Some("shop".into()),
                ..Data::default()
            }),
        ),
        (
            "alert",
            Durable::Alert(Alert {
                timestamp: at(0),
                state: AlertState::Firing,
                level: Level::Warning,
                rule: "cpu-high".into(),
                message: "CPU above 90 % for 10 s".into(),
                value: Some(93.1),
                host: Some("local".into()),
            }),
        ),
        (
            "log",
            Durable::Log(Log {
                timestamp: at(0),
                level: Level::Error,
                source: "nginx".into(),
                message: "upstream timed out <b>\"/\"</b>".into(),
            }),
        ),
        (
            "data_labels",
            Durable::Data(Data {
                timestamp: at(0),
                label: "Requests".into(),
                value: 42.0,
                unit: Some("1/s".into()),
                source: Some("shop".into()),
                host: Some("web-1".into()),
                labels: [
                    ("region".to_owned(), "eu".to_owned()),
                    ("shard".to_owned(), "7".to_owned()),
                ]
                .into(),
            }),
        ),
    ]
}

fn client_messages() -> Vec<(&'static str, Request)> {
    let request = |message| Request {
        correlation_id: Some("abc123".into()),
        message,
    };
    vec![
        (
            "subscribe",
            request(ClientMessage::Subscribe(Subscribe {
                streams: [
                    (
                        Stream::Metrics,
                        StreamOptions {
                            last: Some(50),
                            interval_ms: Some(5000),
                            hosts: Some(vec!["local".into()]),
                            ..StreamOptions::default()
                        },
                    ),
                    (
                        Stream::Events,
                        StreamOptions {
                            last: Some(100),
                            levels: Some(vec![Level::Warning, Level::Error]),
                            sources: Some(vec!["server".into()]),
                            ..StreamOptions::default()
                        },
                    ),
                    (
                        Stream::Data,
                        StreamOptions {
                            labels: Some(vec!["Requests".into()]),
                            ..StreamOptions::default()
                        },
                    ),
                ]
                .into(),
                epoch: Some("k3v9".into()),
                after: Some(1042),
            })),
        ),
        (
            "unsubscribe",
            request(ClientMessage::Unsubscribe(Unsubscribe {
                streams: vec![Stream::Data],
            })),
        ),
        (
            "set_interval",
            request(ClientMessage::SetInterval(SetInterval {
                stream: Stream::Metrics,
                interval_ms: 5000,
            })),
        ),
        (
            "request_metrics",
            ClientMessage::RequestMetrics(RequestMetrics::default()).into(),
        ),
        (
            "request_metrics_host",
            ClientMessage::RequestMetrics(RequestMetrics {
                host: Some("web-2".into()),
            })
            .into(),
        ),
        ("ping", ClientMessage::Ping(Ping { id: Some(7) }).into()),
        ("ping_bare", ClientMessage::Ping(Ping { id: None }).into()),
        ("pong", ClientMessage::Pong.into()),
    ]
}

/// Compares with the golden file and returns its text.
fn golden(side: &str, name: &str, json: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(side);
    let path = folder.join(name).with_extension("json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, format!("{json}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(golden.trim_end(), json, "{}", path.display());
    golden
}

#[test]
fn server_messages_match_golden_files() {
    for (name, message) in server_messages() {
        let golden = golden("server", name, &message.to_json());
        assert!(golden.starts_with(&format!(r#"{{"type":"{}","#, message.message_type())));
        let received = Received::parse(&golden);
        assert_eq!(
            (received.position, received.message),
            (None, Ok(message)),
            "{name}"
        );
    }
}

#[test]
fn durable_messages_match_golden_files() {
    for (seq, (name, message)) in (1042..).zip(durable_messages()) {
        let position = Position {
            seq,
            prev: seq - 5,
            stream: message.stream(),
        };
        let golden = golden(
            "server",
            name,
            &splice_position(&message.to_json(), position),
        );
        let received = Received::parse(&golden);
        assert_eq!(received.position, Some(position), "{name}");
        assert_eq!(received.message, Ok(message.into()), "{name}");
    }
}

#[test]
fn requests_match_golden_files() {
    for (name, request) in client_messages() {
        let golden = golden("client", name, &request.to_json());
        assert_eq!(Request::parse(&golden), Ok(request), "{name}");
    }
}

/// Every message in its envelope.
fn enveloped_messages() -> Vec<(&'static str, Envelope)> {
    let position = |seq| Some(format!("k3v9:{seq}"));
    let durable = (1042..)
        .zip(durable_messages())
        .map(|(seq, (name, message))| {
            let correlation_id = position(seq);
            let envelope = Envelope::of(message.into(), Some(24));
            let envelope = Envelope {
                correlation_id,
                ..envelope
            };
            (name, envelope)
        });
    let others = server_messages().into_iter();
    let others = others.map(|(name, message)| (name, Envelope::of(message, None)));
    others.chain(durable).collect()
}

#[test]
fn envelopes_match_golden_files() {
    for (name, envelope) in enveloped_messages() {
        let golden = golden("envelope/server", name, &envelope.to_json());
        assert_eq!(
            serde_json::from_str::<Envelope>(&golden).unwrap(),
            envelope,
            "{name}"
        );
    }
}

#[test]
fn metric_values_match_golden_files() {
    let key = MetricValue {
        name: "cpu_usage".into(),
        value: 45.2,
        timestamp: at(123),
        unit: None,
        host: None,
        labels: [].into(),
    };
    let series = MetricValue {
        name: "disk_read".into(),
        value: 4096.0,
        unit: Some("B/s".into()),
        host: Some("local".into()),
        labels: [("mount".into(), "/".into())].into(),
        ..key.clone()
    };
    for (name, value) in [("metric", key), ("metric_series", series)] {
        let golden = golden("server", name, &value.to_json());
        assert!(golden.starts_with(&format!(r#"{{"type":"{}","#, MetricValue::TYPE)));
        assert_eq!(serde_json::from_str::<MetricValue>(&golden).unwrap(), value);
    }
}

#[test]
fn enveloped_requests_are_parsed() {
    let table = [
        (
            "subscribe",
            r#"{"type":"subscribe","data":{"streams":["metrics","events"]},"correlation_id":"abc123"}"#,
            r#"{"type":"subscribe","streams":["metrics","events"],"correlation_id":"abc123"}"#,
        ),
        (
            "ping",
            r#"{"type":"ping","correlation_id":"abc123"}"#,
            r#"{"type":"ping","correlation_id":"abc123"}"#,
        ),
    ];
    for (name, json, plain) in table {
        let golden = golden("envelope/client", name, json);
        assert_eq!(
            Request::parse_enveloped(&golden),
            Request::parse(plain),
            "{name}"
        );
    }
}

#[test]
fn a_subscription_may_list_its_streams() {
    let list = Subscribe {
        streams: [Stream::Metrics, Stream::Events]
            .map(|stream| (stream, StreamOptions::default()))
            .into(),
        ..Subscribe::default()
    };
    let json = r#"{"type":"subscribe","streams":["metrics","events"]}"#;
    let golden = golden("client", "subscribe_list", json);
    assert_eq!(
        Request::parse(&golden),
        Ok(ClientMessage::Subscribe(list).into())
    );
}

#[test]
fn names_on_the_wire_do_not_change() {
    let names = [
        GapReason::ALL.map(GapReason::name).join(" "),
        ErrorCode::ALL.map(ErrorCode::name).join(" "),
        Level::ALL.map(Level::name).join(" "),
        Stream::ALL.map(Stream::name).join(" "),
    ];
    assert_eq!(
        names,
        [
            "expired too_far slow restart epoch",
            "invalid_message binary_message out_of_range not_subscribed not_available",
            "debug info success warning error",
            "metrics processes events data alerts logs",
        ]
    );
}

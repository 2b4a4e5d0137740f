//! Each variant's JSON, kept in `tests/golden/`: a change there is a change of the wire.
//!
//! `UPDATE_GOLDEN=1 cargo test -p protocol --test golden` writes the files anew.

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
    let named = |message| Request {
        correlation_id: Some("abc123".into()),
        message,
    };
    vec![
        (
            "subscribe",
            named(ClientMessage::Subscribe(Subscribe {
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
            named(ClientMessage::Unsubscribe(Unsubscribe {
                streams: vec![Stream::Data],
            })),
        ),
        (
            "set_interval",
            named(ClientMessage::SetInterval(SetInterval {
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

/// Compares with the kept file and returns its text.
fn kept(side: &str, name: &str, json: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(side);
    let path = folder.join(name).with_extension("json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, format!("{json}\n")).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept.trim_end(), json, "{}", path.display());
    kept
}

#[test]
fn what_the_server_says_is_as_kept() {
    for (name, message) in server_messages() {
        let kept = kept("server", name, &message.to_json());
        assert!(kept.starts_with(&format!(r#"{{"type":"{}","#, message.message_type())));
        let received = Received::parse(&kept);
        assert_eq!(
            (received.position, received.message),
            (None, Ok(message)),
            "{name}"
        );
    }
}

#[test]
fn what_the_journal_keeps_is_as_kept() {
    for (seq, (name, message)) in (1042..).zip(durable_messages()) {
        let position = Position {
            seq,
            prev: seq - 5,
            stream: message.stream(),
        };
        let kept = kept(
            "server",
            name,
            &splice_position(&message.to_json(), position),
        );
        let received = Received::parse(&kept);
        assert_eq!(received.position, Some(position), "{name}");
        assert_eq!(received.message, Ok(message.into()), "{name}");
    }
}

#[test]
fn what_a_viewer_says_is_as_kept() {
    for (name, request) in client_messages() {
        let kept = kept("client", name, &request.to_json());
        assert_eq!(Request::parse(&kept), Ok(request), "{name}");
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
            let named = Envelope {
                correlation_id,
                ..envelope
            };
            (name, named)
        });
    let others = server_messages().into_iter();
    let others = others.map(|(name, message)| (name, Envelope::of(message, None)));
    others.chain(durable).collect()
}

#[test]
fn what_comes_in_an_envelope_is_as_kept() {
    for (name, envelope) in enveloped_messages() {
        let kept = kept("envelope/server", name, &envelope.to_json());
        assert_eq!(
            serde_json::from_str::<Envelope>(&kept).unwrap(),
            envelope,
            "{name}"
        );
    }
}

#[test]
fn a_value_of_a_sample_is_as_kept() {
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
        let kept = kept("server", name, &value.to_json());
        assert!(kept.starts_with(&format!(r#"{{"type":"{}","#, MetricValue::TYPE)));
        assert_eq!(serde_json::from_str::<MetricValue>(&kept).unwrap(), value);
    }
}

/// Forms that are read and never written.
#[test]
fn what_a_viewer_says_in_an_envelope_is_read() {
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
        let kept = kept("envelope/client", name, json);
        assert_eq!(
            Request::parse_enveloped(&kept),
            Request::parse(plain),
            "{name}"
        );
    }
}

/// Forms that are read and never written.
#[test]
fn what_a_viewer_may_also_say_is_read() {
    let list = Subscribe {
        streams: [Stream::Metrics, Stream::Events]
            .map(|stream| (stream, StreamOptions::default()))
            .into(),
        ..Subscribe::default()
    };
    let json = r#"{"type":"subscribe","streams":["metrics","events"]}"#;
    let kept = kept("client", "subscribe_list", json);
    assert_eq!(
        Request::parse(&kept),
        Ok(ClientMessage::Subscribe(list).into())
    );
}

#[test]
fn every_gap_reason_error_code_and_level_has_its_name() {
    let json = |value: &dyn erased::Json| value.json();
    let reasons = [
        GapReason::Expired,
        GapReason::TooFar,
        GapReason::Slow,
        GapReason::Restart,
        GapReason::Epoch,
    ];
    assert_eq!(
        reasons.map(|reason| json(&reason)).join(" "),
        r#""expired" "too_far" "slow" "restart" "epoch""#
    );
    let codes = [
        ErrorCode::InvalidMessage,
        ErrorCode::BinaryMessage,
        ErrorCode::OutOfRange,
        ErrorCode::NotSubscribed,
        ErrorCode::NotAvailable,
    ];
    assert_eq!(
        codes.map(|code| json(&code)).join(" "),
        r#""invalid_message" "binary_message" "out_of_range" "not_subscribed" "not_available""#
    );
    for level in Level::ALL {
        assert_eq!(json(&level), format!("\"{}\"", level.name()));
    }
}

/// Lets a list of different types be written by one closure.
mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

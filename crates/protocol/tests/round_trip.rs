//! Every message is parsed as it was written.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use protocol::*;

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

/// Values as samplers round them; tenths are exact in the parser's fast path.
fn value() -> impl Strategy<Value = f64> {
    (-1_000_000_000_i64..1_000_000_000).prop_map(|tenths| tenths as f64 / 10.0)
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_000_i64).prop_map(Timestamp::from_unix_ms)
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(&Level::ALL[..])
}

fn metrics() -> impl Strategy<Value = Metrics> {
    let memory = || {
        option::of((any::<u64>(), any::<u64>()).prop_map(|(used, total)| Memory { used, total }))
    };
    let disk = (
        text(),
        option::of(text()),
        value(),
        any::<(u64, u64)>(),
        any::<Option<u64>>(),
    )
        .prop_map(
            |(mount, filesystem, percent, (used_bytes, total_bytes), read)| Disk {
                mount,
                filesystem,
                percent,
                used_bytes,
                total_bytes,
                read,
                written: read,
            },
        );
    let interface = (text(), any::<[u64; 4]>()).prop_map(|(name, [sent, recv, s, r])| Interface {
        name,
        sent,
        recv,
        sent_total_bytes: s,
        recv_total_bytes: r,
    });
    let temperature =
        (text(), value(), option::of(value())).prop_map(|(label, celsius, critical)| Temperature {
            label,
            celsius,
            critical,
        });
    let values = (
        option::of(value()),
        vec(option::of(value()), 0..4),
        option::of(value()),
    );
    (
        (text(), timestamp(), any::<u64>()),
        values,
        (memory(), memory()),
        (
            vec(disk, 0..3),
            vec(interface, 0..3),
            vec(temperature, 0..3),
        ),
        any::<(Option<u64>, Option<u64>)>(),
    )
        .prop_map(|(head, values, memories, lists, rates)| Metrics {
            host: head.0,
            timestamp: head.1,
            interval_ms: head.2,
            cpu: values.0,
            cores: values.1,
            load: values.2.map(|one| LoadAverage {
                one,
                five: one,
                fifteen: one,
            }),
            memory: values.0,
            memory_bytes: memories.0,
            swap: values.2,
            swap_bytes: memories.1,
            disk: values.0,
            disks: lists.0,
            network_sent: rates.0,
            network_recv: rates.1,
            network_sent_total_bytes: rates.1,
            network_recv_total_bytes: rates.0,
            interfaces: lists.1,
            temperatures: lists.2,
            uptime_seconds: rates.0,
        })
}

fn durable() -> impl Strategy<Value = Durable> {
    let process = (
        any::<u32>(),
        text(),
        value(),
        any::<u64>(),
        option::of(text()),
    )
        .prop_map(|(pid, name, cpu, memory_bytes, user)| Process {
            pid,
            name,
            cpu,
            memory_bytes,
            user,
        });
    let text_entry = || (timestamp(), level(), text(), text());
    prop_oneof![
        metrics().prop_map(Durable::Metrics),
        (
            text(),
            timestamp(),
            any::<Option<u64>>(),
            vec(process, 0..3)
        )
            .prop_map(
                |(host, timestamp, count, top)| Durable::Processes(Processes {
                    host,
                    timestamp,
                    count,
                    top
                })
            ),
        text_entry().prop_map(|(timestamp, level, source, message)| Durable::Event(Event {
            timestamp,
            level,
            source,
            message
        })),
        text_entry().prop_map(|(timestamp, level, source, message)| Durable::Log(Log {
            timestamp,
            level,
            source,
            message
        })),
        (
            timestamp(),
            text(),
            value(),
            (option::of(text()), option::of(text()), option::of(text())),
            btree_map(text(), text(), 0..3),
        )
            .prop_map(|(timestamp, label, value, texts, labels)| {
                let (unit, source, host) = texts;
                Durable::Data(Data {
                    timestamp,
                    label,
                    value,
                    unit,
                    source,
                    host,
                    labels: labels.into_iter().collect(),
                })
            }),
        (
            text_entry(),
            any::<bool>(),
            option::of(value()),
            option::of(text())
        )
            .prop_map(|((timestamp, level, rule, message), firing, value, host)| {
                Durable::Alert(Alert {
                    timestamp,
                    state: if firing {
                        AlertState::Firing
                    } else {
                        AlertState::Resolved
                    },
                    level,
                    rule,
                    message,
                    value,
                    host,
                    id: None,
                    series: None,
                    fired_at: None,
                    runbook: None,
                })
            }),
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    prop::sample::select(&Stream::PUBLIC[..])
}

fn client_message() -> impl Strategy<Value = ClientMessage> {
    let filter = || option::of(vec(text(), 0..3));
    let channels = option::of(vec("r[a-zA-Z0-9._-]{0,99}", 0..3));
    let options = (
        option::of(0..=LAST_MAX),
        option::of(INTERVAL_MS_RANGE),
        option::of(vec(level(), 0..3)),
        (filter(), filter(), filter(), channels),
    )
        .prop_map(
            |(last, interval_ms, levels, (sources, labels, hosts, channels))| StreamOptions {
                last,
                interval_ms,
                levels,
                sources,
                labels,
                hosts,
                channels,
            },
        );
    let streams = btree_map(stream(), options, 0..4);
    prop_oneof![
        (streams, option::of((text(), any::<u64>()))).prop_map(|(streams, position)| {
            let (epoch, after) = position.unzip();
            ClientMessage::Subscribe(Subscribe {
                streams: streams.into_iter().collect(),
                epoch,
                after,
            })
        }),
        vec(stream(), 0..4).prop_map(|streams| ClientMessage::Unsubscribe(Unsubscribe { streams })),
        (stream(), INTERVAL_MS_RANGE).prop_map(|(stream, interval_ms)| {
            ClientMessage::SetInterval(SetInterval {
                stream,
                interval_ms,
            })
        }),
        option::of(text()).prop_map(|host| ClientMessage::RequestMetrics(RequestMetrics { host })),
        any::<Option<u64>>().prop_map(|id| ClientMessage::Ping(Ping { id })),
        Just(ClientMessage::Pong),
    ]
}

proptest! {
    #[test]
    fn durable_messages_round_trip(message in durable(), seq in 1_u64.., prev: u64) {
        let position = Position { seq, prev, stream: message.stream() };
        let received = Received::parse(&splice_position(&message.to_json(), position));
        prop_assert_eq!(received.position, Some(position));
        prop_assert_eq!(received.message, Ok(ServerMessage::of(message).unwrap()));
    }

    #[test]
    fn requests_round_trip(message in client_message(), correlation_id in option::of(text())) {
        let request = Request { correlation_id, message };
        prop_assert_eq!(Request::parse(&request.to_json()), Ok(request));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = Request::parse(&text);
        let _ = Request::parse_enveloped(&text);
        let _ = Received::parse(&text);
    }
}

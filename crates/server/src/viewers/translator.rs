use super::control;
use bytes::Bytes;
use journal::{Frame, Translate};
use protocol::{
    Durable, Envelope, KeyMetrics, MetricValue, ServerMessage, Timestamp, Unit, points,
};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes the encodings that contain the number of viewers, as of the first viewer that needs the encoding.
pub(super) struct Translator {
    viewers: Arc<AtomicUsize>,
}

impl Translator {
    pub(super) fn new(viewers: Arc<AtomicUsize>) -> Self {
        Self { viewers }
    }

    fn viewers(&self) -> Option<u64> {
        Some(self.viewers.load(Ordering::Relaxed) as u64)
    }
}

impl Translate for Translator {
    fn envelope(&self, frame: &Frame, epoch: &str) -> Bytes {
        let message = Durable::from_json(frame.json()).ok();
        let Some(message) = message.and_then(ServerMessage::of) else {
            // A type of a newer server, which clients ignore.
            return plain(frame);
        };
        control::enveloped(&Envelope {
            correlation_id: Some(format!("{epoch}:{}", frame.seq())),
            ..Envelope::of(message, self.viewers())
        })
    }

    fn points(&self, frame: &Frame, epoch: &str) -> Option<Bytes> {
        let values = values(&Durable::from_json(frame.json()).ok()?, self.viewers());
        let (last, others) = values.split_last()?;
        let mut events = String::new();
        for value in others {
            event(&mut events, value, "");
        }
        // Only the last has an id: a viewer that is disconnected before it receives all values again.
        event(&mut events, last, &format!("id: {epoch}:{}\n", frame.seq()));
        Some(events.into())
    }
}

fn plain(frame: &Frame) -> Bytes {
    websocket::text_frame(frame.json().as_bytes())
}

fn event(events: &mut String, value: &MetricValue, id: &str) {
    let (name, json) = (MetricValue::TYPE, value.to_json());
    // Writing to a string cannot fail.
    let _ = write!(events, "event: {name}\n{id}data: {json}\n\n");
}

/// The values of a message: of `metrics` the key metrics, then the points of all series.
fn values(message: &Durable, viewers: Option<u64>) -> Vec<MetricValue> {
    let timestamp = message.timestamp();
    let key_metrics = match message {
        Durable::Metrics(metrics) => Some(KeyMetrics::of(metrics, viewers)),
        _ => None,
    };
    let key_values = key_metrics
        .into_iter()
        .flat_map(|it| key_values(it, timestamp));
    let points = points(message).into_iter();
    let series = points.map(|(point, unit)| MetricValue {
        name: point.series.name,
        value: point.value,
        timestamp,
        unit: unit.as_ref().map(Unit::to_string),
        host: Some(point.series.host).filter(|host| !host.is_empty()),
        labels: point.series.labels,
    });
    key_values.chain(series).collect()
}

fn key_values(metrics: KeyMetrics, timestamp: Timestamp) -> impl Iterator<Item = MetricValue> {
    let KeyMetrics {
        cpu_usage,
        memory_usage,
        network_traffic,
        active_connections,
    } = metrics;
    let values = [
        ("cpu_usage", cpu_usage),
        ("memory_usage", memory_usage),
        ("network_traffic", network_traffic.map(|bytes| bytes as f64)),
        (
            "active_connections",
            active_connections.map(|count| count as f64),
        ),
    ];
    values.into_iter().filter_map(move |(name, value)| {
        Some(MetricValue {
            name: name.into(),
            value: value?,
            timestamp,
            unit: None,
            host: None,
            labels: [].into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::{Encoding, Journal, Limits};
    use protocol::{Data, Metrics, OwnHost};

    fn encoded(message: Durable, encoding: Encoding) -> String {
        let journal = Journal::new(Limits::default(), OwnHost::default()).unwrap();
        journal.set_translator(Translator::new(Arc::new(AtomicUsize::new(24))));
        journal.append(&[message]);
        let frame = journal.batch(0).frames.remove(0);
        let bytes = journal.encoded(&frame, encoding);
        String::from_utf8_lossy(bytes).replace(&**journal.epoch(), "k3v9")
    }

    fn sample() -> Durable {
        Durable::from_json(
            r#"{"type":"metrics","host":"local","timestamp":"2026-01-15T10:30:00.123Z",
                "interval_ms":1000,"cpu":45.2,"cores":[40.0,50.4],"memory":67.8,
                "network_sent":1000,"network_recv":250}"#,
        )
        .unwrap()
    }

    #[test]
    fn metrics_in_an_envelope_have_the_key_metrics() {
        let envelope = encoded(sample(), Encoding::Envelope);
        let json = r#"{"type":"metrics_update","data":{"timestamp":"2026-01-15T10:30:00.123Z","metrics":{"cpu_usage":45.2,"memory_usage":67.8,"network_traffic":1250,"active_connections":24}},"correlation_id":"k3v9:1"}"#;
        assert!(envelope.ends_with(json), "{envelope}");
    }

    #[test]
    fn each_value_of_metrics_is_an_event_and_the_last_has_the_id() {
        let points = encoded(sample(), Encoding::Points);
        let events: Vec<_> = points.split_terminator("\n\n").collect();
        let named = |name: &str, value: &str, rest: &str| {
            format!(
                r#"data: {{"type":"metric","name":"{name}","value":{value},"timestamp":"2026-01-15T10:30:00.123Z"{rest}}}"#
            )
        };
        let bytes = r#","unit":"B/s","host":"local""#;
        let percent = r#","unit":"%","host":"local""#;
        let expected = [
            named("cpu_usage", "45.2", ""),
            named("memory_usage", "67.8", ""),
            named("network_traffic", "1250.0", ""),
            named("active_connections", "24.0", ""),
            named("cpu", "45.2", percent),
            named(
                "cpu",
                "40.0",
                &format!(r#"{percent},"labels":{{"core":"0"}}"#),
            ),
            named(
                "cpu",
                "50.4",
                &format!(r#"{percent},"labels":{{"core":"1"}}"#),
            ),
            named("memory", "67.8", percent),
            named("network_sent", "1000.0", bytes),
            named("network_recv", "250.0", bytes),
        ];
        let (last, others) = expected.split_last().unwrap();
        let expected: Vec<_> = others
            .iter()
            .map(|data| format!("event: metric\n{data}"))
            .chain([format!("event: metric\nid: k3v9:1\n{last}")])
            .collect();
        assert_eq!(events, expected);
    }

    #[test]
    fn unavailable_values_are_absent() {
        let bare = Durable::Metrics(Metrics {
            host: "local".into(),
            ..match sample() {
                Durable::Metrics(metrics) => Metrics {
                    cpu: None,
                    cores: Vec::new(),
                    memory: None,
                    network_sent: None,
                    ..metrics
                },
                other => panic!("{other:?}"),
            }
        });
        let envelope = encoded(bare, Encoding::Envelope);
        assert!(
            envelope.contains(r#""metrics":{"active_connections":24}"#),
            "{envelope}"
        );
    }

    #[test]
    fn data_of_a_program_is_one_event() {
        let data = Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(0),
            label: "Requests".into(),
            value: 42.0,
            unit: Some("1/s".into()),
            source: Some("shop".into()),
            ..Data::default()
        });
        assert_eq!(
            encoded(data, Encoding::Points),
            "event: metric\nid: k3v9:1\ndata: {\"type\":\"metric\",\"name\":\"Requests\",\"value\":42.0,\
             \"timestamp\":\"1970-01-01T00:00:00.000Z\",\"unit\":\"1/s\",\"labels\":{\"source\":\"shop\"}}\n\n"
        );
    }
}

//! The JSON of all messages, in `tests/golden/`: a change there is a change of the wire.
//!
//! Each file is parsed and written again. `UPDATE_GOLDEN=1 cargo test -p protocol --test golden` updates
//! the files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use protocol::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// The golden files of a folder, with their names.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(path(folder, ""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (
                name,
                fs::read_to_string(&path).unwrap().trim_end().to_owned(),
            )
        })
        .collect();
    files.sort();
    files
}

fn path(folder: &str, file: &str) -> PathBuf {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(folder).join(file)
}

/// Compares with a golden file, or updates it.
fn check(folder: &str, name: &str, json: &str) {
    let path = path(folder, name).with_extension("json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{json}\n")).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    assert_eq!(golden.trim_end(), json, "{}", path.display());
}

fn is_metric_value(name: &str) -> bool {
    name.starts_with("metric") && !name.starts_with("metrics")
}

#[test]
fn server_messages_round_trip() {
    let mut types = BTreeSet::new();
    for (name, json) in files("server") {
        if is_metric_value(&name) {
            let value: MetricValue = serde_json::from_str(&json).unwrap();
            assert!(json.starts_with(&format!(r#"{{"type":"{}","#, MetricValue::TYPE)));
            check("server", &name, &value.to_json());
            continue;
        }
        let Received { position, message } = Received::parse(&json);
        let message = message.unwrap();
        types.insert(message.message_type());
        assert!(json.starts_with(&format!(r#"{{"type":"{}","#, message.message_type())));
        let again = match position {
            Some(position) => {
                let durable = Durable::from_json(&json).unwrap();
                assert_eq!(durable.stream(), position.stream, "{name}");
                assert_eq!(
                    ServerMessage::of(durable.clone()).unwrap(),
                    message,
                    "{name}"
                );
                splice_position(&durable.to_json(), position)
            }
            None => message.to_json(),
        };
        check("server", &name, &again);
    }
    assert_eq!(types, BTreeSet::from(ServerMessage::TYPES));
}

#[test]
fn internal_messages_round_trip() {
    for (name, json) in files("internal") {
        let durable = Durable::from_json(&json).unwrap();
        assert!(durable.stream().is_internal(), "{name}");
        assert_eq!(ServerMessage::of(durable.clone()), None, "{name}");
        let position = Received::parse(&json).position;
        assert_eq!(position, None, "{name}: viewers do not know the stream");
        let position = Position {
            seq: 9,
            prev: 4,
            stream: durable.stream(),
        };
        check(
            "internal",
            &name,
            &splice_position(&durable.to_json(), position),
        );
    }
}

#[test]
fn envelopes_have_the_same_messages() {
    for (name, json) in files("server") {
        if is_metric_value(&name) {
            continue;
        }
        let Received { position, message } = Received::parse(&json);
        let viewers = position.map(|_| 24);
        let mut envelope = Envelope::of(message.unwrap(), viewers);
        if let Some(position) = position {
            envelope.correlation_id = Some(format!("k3v9:{}", position.seq));
        }
        let json = envelope.to_json();
        check("envelope/server", &name, &json);
        assert_eq!(Envelope::from_json(&json).unwrap(), envelope);
    }
}

#[test]
fn requests_round_trip() {
    for (name, json) in files("client") {
        let request = Request::parse(&json).unwrap();
        if name == "subscribe_list" {
            // This form is only parsed.
            let map = r#"{"type":"subscribe","streams":{"metrics":{},"events":{}}}"#;
            assert_eq!(request, Request::parse(map).unwrap());
        } else {
            check("client", &name, &request.to_json());
        }
    }
}

#[test]
fn enveloped_requests_are_parsed() {
    for (name, plain) in [
        (
            "subscribe",
            r#"{"type":"subscribe","streams":["metrics","events"],"correlation_id":"abc123"}"#,
        ),
        ("ping", r#"{"type":"ping","correlation_id":"abc123"}"#),
    ] {
        let path = path("envelope/client", name).with_extension("json");
        let enveloped = fs::read_to_string(path).unwrap();
        assert_eq!(
            Request::parse_enveloped(&enveloped),
            Request::parse(plain),
            "{name}"
        );
    }
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
            "metrics processes events data alerts logs samples rooms boards control",
        ]
    );
}

//! OpenTelemetry metrics and logs over HTTP, as protobuf (<https://opentelemetry.io/docs/specs/otlp/>), after
//! decompression.
//!
//! A metric keeps its name. The resource says the host (`host.name`) and, as in Prometheus, the labels `job`
//! (`service.namespace/service.name`) and `instance` (`service.instance.id`). Attributes with texts, numbers and truth
//! values are labels. Histograms are reduced to sum, count and quantiles.

mod metrics;

mod logs;

pub use logs::{Logs, parse_logs};
pub use metrics::parse_metrics;

use crate::batch::{BodyError, LabelSet, Reason, TEXT_BYTES_MAX};
use crate::protobuf::{Fields, Malformed, Stop};
use protocol::Timestamp;

fn ended<T>(result: Result<T, Stop>, message: &'static str) -> Result<T, BodyError> {
    result.map_err(|stop| match stop {
        Stop::Malformed => BodyError::Protobuf(message),
        Stop::Body(error) => error,
    })
}

/// Now, if it is not said.
fn timestamp(unix_ns: u64) -> Option<Timestamp> {
    let unix_ms = i64::try_from(unix_ns / 1_000_000).unwrap_or(i64::MAX);
    (unix_ns > 0).then(|| Timestamp::from_unix_ms(unix_ms))
}

/// Who reports.
#[derive(Default)]
struct Resource {
    host: String,
    service: String,
    namespace: String,
    instance: String,
}

impl Resource {
    fn labels(&self) -> Result<LabelSet, Reason> {
        let mut labels = LabelSet::default();
        labels.set_host(self.host.clone())?;
        let job = match self.namespace.as_str() {
            "" => self.service.clone(),
            namespace => format!("{namespace}/{}", self.service),
        };
        labels.push("job".to_owned(), job)?;
        labels.push("instance".to_owned(), self.instance.clone())?;
        Ok(labels)
    }
}

/// The resource of a message that has one as its first field.
fn resource(message: &[u8]) -> Result<Resource, Malformed> {
    let mut found = Resource::default();
    for field in Fields::of(message) {
        let (1, resource) = field? else { continue };
        for field in Fields::of(resource.bytes()?) {
            let (1, attribute) = field? else { continue };
            let (key, value) = key_value(attribute.bytes()?)?;
            let place = match key {
                "host.name" => &mut found.host,
                "service.name" => &mut found.service,
                "service.namespace" => &mut found.namespace,
                "service.instance.id" => &mut found.instance,
                _ => continue,
            };
            *place = scalar(value)?.unwrap_or_default();
        }
    }
    Ok(found)
}

fn key_value(message: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let (mut key, mut value) = ("", &[][..]);
    for field in Fields::of(message) {
        match field? {
            (1, it) => key = it.text()?,
            (2, it) => value = it.bytes()?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// The text of an `AnyValue` that is a text, a number or a truth value. A longer one than a label can have is cut just
/// beyond that, so that it is refused.
fn scalar(message: &[u8]) -> Result<Option<String>, Malformed> {
    let mut found = None;
    for field in Fields::of(message) {
        found = match field? {
            (1, it) => {
                let text = it.text()?;
                let end = text.ceil_char_boundary((TEXT_BYTES_MAX + 1).min(text.len()));
                Some(text[..end].to_owned())
            }
            (2, it) => Some((it.varint()? != 0).to_string()),
            (3, it) => Some(it.int64()?.to_string()),
            (4, it) => Some(it.double()?.to_string()),
            _ => None,
        };
    }
    Ok(found)
}

/// The response to a request for metrics or logs: how many are rejected, and why.
pub fn response(rejected: u64, error: &str) -> Vec<u8> {
    if rejected == 0 && error.is_empty() {
        return Vec::new();
    }
    let mut partial = Vec::new();
    if rejected > 0 {
        partial.push(1 << 3);
        push_varint(&mut partial, rejected);
    }
    push_bytes(&mut partial, 2, error.as_bytes());
    let mut response = Vec::new();
    push_bytes(&mut response, 1, &partial);
    response
}

/// The body of an error: `google.rpc.Status` with a message and no code.
pub fn status(error: &str) -> Vec<u8> {
    let mut status = Vec::new();
    push_bytes(&mut status, 2, error.as_bytes());
    status
}

fn push_bytes(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    message.push(field << 3 | 2);
    push_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn push_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod examples {
    use crate::protobuf::write::bytes;

    pub(super) const AT_NS: u64 = 1_700_000_000_123_456_789;

    pub(super) fn attribute(field: u64, key: &str, value: &[u8]) -> Vec<u8> {
        bytes(field, [bytes(1, key), bytes(2, value)].concat())
    }

    pub(super) fn text(value: &str) -> Vec<u8> {
        bytes(1, value)
    }

    pub(super) fn resource() -> Vec<u8> {
        let attributes = [
            attribute(1, "service.name", &text("shop")),
            attribute(1, "service.namespace", &text("team")),
            attribute(1, "host.name", &text("web-1")),
            attribute(1, "telemetry.sdk.name", &text("opentelemetry")),
        ];
        bytes(1, attributes.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;
    use crate::protobuf::write::{bytes, number};

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [&b"{\"resourceMetrics\":[]}"[..], b"\xff"] {
            assert!(matches!(parse_metrics(body), Err(BodyError::Protobuf(_))));
            assert!(matches!(parse_logs(body), Err(BodyError::Protobuf(_))));
        }
        assert_eq!(parse_metrics(b""), Ok(Batch::default()));
    }

    #[test]
    fn responses_are_messages() {
        assert!(response(0, "").is_empty());
        let expected = bytes(1, [number(1, 300), bytes(2, "why")].concat());
        assert_eq!(response(300, "why"), expected);
        assert_eq!(status("why"), bytes(2, "why"));
    }
}

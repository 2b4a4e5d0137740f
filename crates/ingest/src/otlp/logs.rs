//! Log lines.

use super::{Resource, Stop, ended, key_value, resource, timestamp};
use crate::batch::{BodyError, RECORDS_MAX, REJECTED_MAX, Reason, Rejected};
use crate::protobuf::{Fields, Malformed};
use protocol::{IngestEntry, IngestText, Level};
use std::fmt::Write;

const MESSAGE: &str = "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest";

/// The deepest value of a log line that is written out.
const DEPTH_MAX: usize = 4;

/// Log lines of a request.
#[derive(Debug, Default, PartialEq)]
pub struct Logs {
    /// The lines, each with its number among the records, from 0.
    pub lines: Vec<(u32, IngestText)>,
    /// The first [`REJECTED_MAX`] that cannot be read.
    pub rejected: Vec<Rejected>,
    /// How many cannot be read.
    pub rejected_count: usize,
}

/// The lines of a request for logs. A message is cut after [`IngestEntry::MESSAGE_CHARS_MAX`] characters.
///
/// # Errors
///
/// If it is no such message, or has too many lines.
pub fn parse_logs(body: &[u8]) -> Result<Logs, BodyError> {
    ended(read_logs(body), MESSAGE)
}

fn read_logs(body: &[u8]) -> Result<Logs, Stop> {
    let mut logs = Logs::default();
    let mut place = 0;
    for field in Fields::of(body) {
        let (1, resource_logs) = field? else { continue };
        let resource_logs = resource_logs.bytes()?;
        let source = match resource(resource_logs)? {
            Resource { service, .. } if !service.is_empty() => Some(service),
            _ => None,
        };
        for field in Fields::of(resource_logs) {
            let (2, scope_logs) = field? else { continue };
            for field in Fields::of(scope_logs.bytes()?) {
                let (2, record) = field? else { continue };
                if place as usize >= RECORDS_MAX {
                    return Err(BodyError::RecordCount.into());
                }
                match log_line(record.bytes()?, source.as_deref())? {
                    Some(line) => logs.lines.push((place, line)),
                    None => {
                        logs.rejected_count += 1;
                        if logs.rejected.len() < REJECTED_MAX {
                            let reason = Reason::Syntax("it has no text");
                            logs.rejected.push(Rejected { place, reason });
                        }
                    }
                }
                place += 1;
            }
        }
    }
    Ok(logs)
}

fn log_line(message: &[u8], source: Option<&str>) -> Result<Option<IngestText>, Malformed> {
    let (mut at_ns, mut observed_ns, mut severity) = (0, 0, 0);
    let mut text = Text::default();
    for field in Fields::of(message) {
        match field? {
            (1, it) => at_ns = it.fixed64()?,
            (2, it) => severity = it.varint()?,
            (5, it) => text.any_value(it.bytes()?, 0)?,
            (11, it) => observed_ns = it.fixed64()?,
            _ => {}
        }
    }
    let level = match severity {
        1..=8 => Level::Debug,
        13..=16 => Level::Warning,
        17..=24 => Level::Error,
        _ => Level::Info,
    };
    if text.written.trim().is_empty() {
        return Ok(None);
    }
    let source = source.map(|source| source.chars().take(IngestEntry::NAME_CHARS_MAX).collect());
    Ok(Some(IngestText {
        timestamp: timestamp(at_ns).or_else(|| timestamp(observed_ns)),
        level: Some(level),
        source,
        message: text.written,
    }))
}

/// A message while it is written, up to its limit.
#[derive(Default)]
struct Text {
    written: String,
    chars: usize,
}

impl Text {
    fn push(&mut self, text: &str) {
        let left = IngestEntry::MESSAGE_CHARS_MAX - self.chars;
        for character in text.chars().take(left) {
            self.written.push(character);
            self.chars += 1;
        }
    }

    /// Writes an `AnyValue`; what is in others as `name=value`.
    fn any_value(&mut self, message: &[u8], depth: usize) -> Result<(), Malformed> {
        for field in Fields::of(message) {
            let (number, value) = field?;
            if self.chars >= IngestEntry::MESSAGE_CHARS_MAX || depth > DEPTH_MAX {
                return Ok(());
            }
            match number {
                1 => self.push(value.text()?),
                2 => self.push(if value.varint()? != 0 {
                    "true"
                } else {
                    "false"
                }),
                3 => self.push(&value.int64()?.to_string()),
                4 => self.push(&value.double()?.to_string()),
                5 => {
                    for (at, field) in Fields::of(value.bytes()?).enumerate() {
                        if at > 0 {
                            self.push(" ");
                        }
                        let (1, element) = field? else { continue };
                        self.any_value(element.bytes()?, depth + 1)?;
                    }
                }
                6 => {
                    for (at, field) in Fields::of(value.bytes()?).enumerate() {
                        if at > 0 {
                            self.push(" ");
                        }
                        let (1, pair) = field? else { continue };
                        let (key, value) = key_value(pair.bytes()?)?;
                        self.push(key);
                        self.push("=");
                        self.any_value(value, depth + 1)?;
                    }
                }
                7 => {
                    let mut hex = String::new();
                    for byte in value.bytes()?.iter().take(IngestEntry::MESSAGE_CHARS_MAX) {
                        // Writing to a text cannot fail.
                        let _ = write!(hex, "{byte:02x}");
                    }
                    self.push(&hex);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::examples::{AT_NS, attribute, resource, text};
    use crate::protobuf::write::{bytes, fixed64, number};
    use protocol::Timestamp;

    #[test]
    fn log_records_are_lines() {
        let record = |parts: &[Vec<u8>]| bytes(2, parts.concat());
        let map = bytes(6, attribute(1, "user", &number(3, 7)));
        let records = [
            record(&[
                fixed64(1, AT_NS),
                number(2, 17),
                bytes(5, text("it failed")),
            ]),
            record(&[fixed64(11, AT_NS), bytes(5, map)]),
            record(&[number(2, 9)]),
            record(&[bytes(5, text(&"x".repeat(5_000)))]),
        ];
        let body = bytes(1, [resource(), bytes(2, records.concat())].concat());
        let logs = parse_logs(&body).expect("a request");
        let (_, first) = &logs.lines[0];
        assert_eq!(first.message, "it failed");
        assert_eq!(
            (first.level, first.source.as_deref()),
            (Some(Level::Error), Some("shop"))
        );
        assert_eq!(
            first.timestamp.map(Timestamp::unix_ms),
            Some(1_700_000_000_123)
        );
        assert_eq!(logs.lines[1].1.message, "user=7");
        assert!(logs.lines[1].1.timestamp.is_some());
        assert_eq!((logs.rejected[0].place, logs.rejected_count), (2, 1));
        assert_eq!(logs.lines[2].1.message.len(), 4_000);
    }

    #[test]
    fn too_many_log_records_are_refused() {
        let records = |count| {
            let record = bytes(2, bytes(5, text("x")));
            bytes(1, bytes(2, record.repeat(count)))
        };
        let most = parse_logs(&records(RECORDS_MAX)).expect("as many as there may be");
        assert_eq!(most.lines.len(), RECORDS_MAX);
        let refused = parse_logs(&records(RECORDS_MAX + 1));
        assert_eq!(refused, Err(BodyError::RecordCount));
        assert!(BodyError::RecordCount.is_size());
    }

    #[test]
    fn deep_values_end() {
        let mut value = text("x");
        for _ in 0..10_000 {
            value = bytes(5, bytes(1, value));
        }
        let body = bytes(1, bytes(2, bytes(2, bytes(5, value))));
        assert_eq!(parse_logs(&body).expect("a request").rejected_count, 1);
    }
}

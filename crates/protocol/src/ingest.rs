use crate::{
    Data, Durable, Event, Labels, Level, Log, Metric, OwnHost, Point, SeriesKey, Timestamp, Unit,
    is_disruptive,
};
use serde::{Deserialize, Serialize};

/// The default `source`.
const SOURCE_DEFAULT: &str = "ingest";

/// An entry of the body of `POST /api/v1/ingest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IngestEntry {
    /// A value of a series.
    Data(IngestData),
    /// An event.
    Event(IngestText),
    /// A line of a log.
    Log(IngestText),
}

/// A value of a series, sent as a `data` message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestData {
    /// When it was measured; now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The name of the series.
    pub label: String,
    /// The value.
    pub value: f64,
    /// Its unit, such as `1/s` or `ms`, of at most 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The program that reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The host it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Distinguishes the series from others of that name, such as `region` = `eu`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// An event or a line of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestText {
    /// When; now by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The severity: `debug`, `info` (the default), `success`, `warning` or `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The program or file; `ingest` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The event or the line.
    pub message: String,
}

/// Why an entry is rejected. Its text reads after "the entry is rejected:".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// A text is empty, or has too many characters.
    #[error("`{field}` has {chars} characters; {chars_min} to {chars_max} are accepted")]
    Length {
        /// The member.
        field: &'static str,
        /// How many it has.
        chars: usize,
        /// How many it needs.
        chars_min: usize,
        /// How many it may have.
        chars_max: usize,
    },
    /// A name has a control character, or one that changes the direction of writing.
    #[error("`{0}` has a character that is not printed, such as a line break")]
    Unprintable(&'static str),
    /// The unit is too long or not printable.
    #[error("`unit` is empty, has more than 32 bytes, or a character that is not printed")]
    Unit,
    /// There are too many labels.
    #[error("there are {0} labels; {LABELS_MAX} are accepted", LABELS_MAX = IngestEntry::LABELS_MAX)]
    LabelCount(usize),
    /// A label has no value, no name or a reserved one.
    #[error(
        "the label `{0}` has no value, or a name that is empty, `host`, `__name__` or, beside `source`, `source`"
    )]
    Label(String),
    /// A host's own metrics come from its samples.
    #[error(
        "`label` is `{0}`, a metric of each host; another name, or none in `host`, is accepted"
    )]
    HostMetric(String),
    /// The value is not finite.
    #[error("`value` is not finite")]
    Value,
    /// Name and labels are too long to be stored.
    #[error("name, host, source and labels take {0} bytes together; {TEXT_BYTES_MAX} are accepted", TEXT_BYTES_MAX = SeriesKey::TEXT_BYTES_MAX)]
    SeriesLength(usize),
    /// The time is too far in the past or future.
    #[error("`timestamp` is {0}; from 24 hours ago to a minute ahead is accepted")]
    Time(Timestamp),
}

impl IngestEntry {
    /// The most characters of a name: a label's, a series', a source's.
    pub const NAME_CHARS_MAX: usize = 200;
    /// The most characters of a message.
    pub const MESSAGE_CHARS_MAX: usize = 4_000;
    /// The most labels of a series.
    pub const LABELS_MAX: usize = 20;
    /// The oldest accepted timestamp, in milliseconds before now.
    pub const AGE_MAX_MS: i64 = 24 * 60 * 60 * 1_000;
    /// The latest accepted timestamp, in milliseconds after now.
    pub const AHEAD_MAX_MS: i64 = 60 * 1_000;

    /// Converts it to a message.
    ///
    /// # Errors
    ///
    /// If a text or a time is beyond its limits.
    pub fn into_durable(self, now: Timestamp) -> Result<Durable, IngestError> {
        Ok(match self {
            Self::Data(data) => Durable::Data(data.into_message(now)?),
            Self::Event(text) => {
                let (timestamp, level, source, message) = text.into_parts(now)?;
                Durable::Event(Event {
                    timestamp,
                    level,
                    source,
                    message,
                })
            }
            Self::Log(text) => {
                let (timestamp, level, source, message) = text.into_parts(now)?;
                Durable::Log(Log {
                    timestamp,
                    level,
                    source,
                    message,
                })
            }
        })
    }
}

impl IngestData {
    fn into_message(self, now: Timestamp) -> Result<Data, IngestError> {
        name("label", &self.label)?;
        if let Some(source) = &self.source {
            name("source", source)?;
        }
        if let Some(host) = &self.host {
            text("host", host, OwnHost::NAME_BYTES_MAX)?;
            printable("host", host)?;
        }
        if self
            .unit
            .as_deref()
            .is_some_and(|unit| Unit::new(unit).is_none())
        {
            return Err(IngestError::Unit);
        }
        if self.labels.len() > IngestEntry::LABELS_MAX {
            return Err(IngestError::LabelCount(self.labels.len()));
        }
        let data = Data {
            timestamp: time(self.timestamp, now)?,
            label: self.label,
            value: self.value,
            unit: self.unit,
            source: self.source,
            host: self.host,
            labels: self.labels,
        };
        let Some((Point { series, .. }, _)) = data.point() else {
            return Err(IngestError::Value);
        };
        if Metric::of(&series).is_some() {
            return Err(IngestError::HostMetric(series.name));
        }
        for (label, value) in data.labels.iter() {
            if value.is_empty() || series.labels.get(label) != Some(value) {
                return Err(IngestError::Label(label.chars().take(100).collect()));
            }
            printable("labels", label)?;
            printable("labels", value)?;
        }
        match series.to_string().len() {
            0..=SeriesKey::TEXT_BYTES_MAX => Ok(data),
            bytes => Err(IngestError::SeriesLength(bytes)),
        }
    }
}

impl IngestText {
    fn into_parts(self, now: Timestamp) -> Result<(Timestamp, Level, String, String), IngestError> {
        let source = self.source.unwrap_or_else(|| SOURCE_DEFAULT.to_owned());
        name("source", &source)?;
        text("message", &self.message, IngestEntry::MESSAGE_CHARS_MAX)?;
        let timestamp = time(self.timestamp, now)?;
        let level = self.level.unwrap_or(Level::Info);
        Ok((timestamp, level, source, self.message))
    }
}

fn name(field: &'static str, text: &str) -> Result<(), IngestError> {
    self::text(field, text, IngestEntry::NAME_CHARS_MAX)?;
    printable(field, text)
}

fn text(field: &'static str, text: &str, chars_max: usize) -> Result<(), IngestError> {
    let chars = text.chars().count();
    if (1..=chars_max).contains(&chars) {
        return Ok(());
    }
    Err(IngestError::Length {
        field,
        chars,
        chars_min: 1,
        chars_max,
    })
}

fn printable(field: &'static str, text: &str) -> Result<(), IngestError> {
    match text.contains(is_disruptive) {
        true => Err(IngestError::Unprintable(field)),
        false => Ok(()),
    }
}

fn time(given: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, IngestError> {
    let given = given.unwrap_or(now);
    let ahead_ms = given.unix_ms().saturating_sub(now.unix_ms());
    match (-IngestEntry::AGE_MAX_MS..=IngestEntry::AHEAD_MAX_MS).contains(&ahead_ms) {
        true => Ok(given),
        false => Err(IngestError::Time(given)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix_ms(1_768_473_000_123)
    }

    fn read(json: &str) -> Result<Durable, String> {
        let entry: IngestEntry = serde_json::from_str(json).map_err(|error| error.to_string())?;
        entry.into_durable(now()).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn rejected(json: &str, why: &str) {
        let error = read(json).expect_err(json);
        assert!(error.contains(why), "{json}: {error}");
    }

    #[test]
    fn absent_members_have_defaults() {
        let data = r#"{"type":"data","label":"Requests","value":12}"#;
        assert_eq!(
            read(data),
            Ok(Durable::Data(Data {
                timestamp: now(),
                label: "Requests".into(),
                value: 12.0,
                ..Data::default()
            }))
        );
        let event = r#"{"type":"event","message":"released 4.19"}"#;
        assert_eq!(
            read(event),
            Ok(Durable::Event(Event {
                timestamp: now(),
                level: Level::Info,
                source: SOURCE_DEFAULT.into(),
                message: "released 4.19".into(),
            }))
        );
    }

    #[test]
    fn all_members_of_a_message_are_accepted() {
        let log = r#"{"type":"log","timestamp":"2026-01-15T10:00:00.000Z","level":"error","source":"nginx","message":"upstream timed out"}"#;
        let Ok(Durable::Log(log)) = read(log) else {
            panic!("no log line");
        };
        assert_eq!((log.level, log.source.as_str()), (Level::Error, "nginx"));
        let data = r#"{"type":"data","label":"Requests","value":1,"unit":"1/s","source":"shop","host":"web-1","labels":{"region":"eu"}}"#;
        let Ok(Durable::Data(data)) = read(data) else {
            panic!("no data");
        };
        assert_eq!(data.host.as_deref(), Some("web-1"));
        assert_eq!(data.labels["region"], "eu");
    }

    #[test]
    fn mistakes_are_described() {
        rejected(r#"{"type":"metrics"}"#, "unknown variant `metrics`");
        rejected(r#"{"type":"data","value":1}"#, "missing field `label`");
        rejected(r#"{"type":"data","label":"a"}"#, "missing field `value`");
        rejected(
            r#"{"type":"data","label":"a","value":1,"lable":"b"}"#,
            "unknown field `lable`",
        );
        rejected(
            r#"{"type":"data","label":"","value":1}"#,
            "`label` has 0 characters; 1 to 200",
        );
        rejected(
            r#"{"type":"data","label":"a\nb","value":1}"#,
            "`label` has a character that is not printed",
        );
        rejected(
            r#"{"type":"data","label":"a","value":1,"labels":{"host":"b"}}"#,
            "the label `host`",
        );
        rejected(
            r#"{"type":"data","label":"cpu","host":"web-1","value":1}"#,
            "a metric of each host",
        );
        rejected(
            r#"{"type":"data","label":"a","value":1,"labels":{"b":""}}"#,
            "the label `b` has no value",
        );
        rejected(
            r#"{"type":"event","message":"a","timestamp":"2026-01-14T10:00:00.000Z"}"#,
            "from 24 hours ago",
        );
        rejected(
            r#"{"type":"event","message":"a","timestamp":"2026-01-15T10:40:00.000Z"}"#,
            "a minute ahead",
        );
        rejected(
            r#"{"type":"log","message":"a","level":"loud"}"#,
            "unknown variant `loud`",
        );
    }

    #[test]
    fn every_length_has_a_limit() {
        let long = "x".repeat(300);
        rejected(
            &format!(r#"{{"type":"data","label":"{long}","value":1}}"#),
            "`label` has 300 characters",
        );
        rejected(
            &format!(r#"{{"type":"data","label":"a","value":1,"unit":"{long}"}}"#),
            "`unit` is empty, has more than 32 bytes",
        );
        let labels: Vec<String> = (0..21).map(|it| format!(r#""l{it}":"v""#)).collect();
        let labels = labels.join(",");
        rejected(
            &format!(r#"{{"type":"data","label":"a","value":1,"labels":{{{labels}}}}}"#),
            "there are 21 labels; 20 are accepted",
        );
        let longer = "x".repeat(600);
        rejected(
            &format!(r#"{{"type":"data","label":"a","value":1,"labels":{{"l":"{longer}"}}}}"#),
            "bytes together; 512 are accepted",
        );
        rejected(
            &format!(r#"{{"type":"log","message":"{}"}}"#, "x".repeat(4_001)),
            "`message` has 4001 characters",
        );
    }
}

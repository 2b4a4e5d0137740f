//! JSON documents of other programs: numbers and texts at JSON Pointers (RFC 6901).

#![expect(
    clippy::disallowed_types,
    reason = "the document of another program has any shape; what is looked for in it is configured"
)]

use crate::naming::{kind_of_name, unit_of_name};
use crate::{Batch, BodyError, ParsedPoint, Reason};
use protocol::{Kind, Labels, SeriesKey, Unit};
use serde_json::Value;

/// A document.
#[derive(Debug)]
pub struct Document(Value);

/// A number of a document that is a series.
#[derive(Debug, Clone, PartialEq)]
pub struct PointedValue {
    /// The name of the series.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Where the number is.
    pub pointer: String,
    /// Its unit; absent for the one that the name ends in.
    pub unit: Option<Unit>,
    /// Its kind; absent for what the name says.
    pub kind: Option<Kind>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or nested more than 127 levels deep.
    pub fn parse(body: &[u8]) -> Result<Self, BodyError> {
        let value = serde_json::from_slice(body);
        value.map(Self).map_err(|_| BodyError::Json)
    }

    /// The number at a pointer. A truth value is 1 or 0, and a text may be a number.
    pub fn number(&self, pointer: &str) -> Option<f64> {
        match self.0.pointer(pointer)? {
            Value::Number(number) => number.as_f64(),
            Value::Bool(is_true) => Some(f64::from(u8::from(*is_true))),
            Value::String(text) => text.trim().parse().ok().filter(|it: &f64| it.is_finite()),
            _ => None,
        }
    }

    /// What is at a pointer, as a text. Absent if there is nothing, `null`, an array or an object.
    pub fn text(&self, pointer: &str) -> Option<String> {
        match self.0.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(is_true) => Some(is_true.to_string()),
            _ => None,
        }
    }
}

/// Reads the points of a document. The place of a value without a number is its index.
///
/// # Errors
///
/// If it is not JSON.
pub fn parse(body: &[u8], values: &[PointedValue]) -> Result<Batch, BodyError> {
    let document = Document::parse(body)?;
    let mut batch = Batch::default();
    for (place, value) in (0..).zip(values) {
        match document.number(&value.pointer) {
            None => batch.reject(place, Reason::Syntax("there is no number at its pointer")),
            Some(number) => batch.push(ParsedPoint {
                series: SeriesKey::new("", &value.name, value.labels.clone()),
                timestamp: None,
                value: number,
                unit: value.unit.clone().or_else(|| unit_of_name(&value.name)),
                kind: value.kind.unwrap_or_else(|| kind_of_name(&value.name)),
                place,
            })?,
        }
    }
    Ok(batch)
}

/// Whether a text is a JSON Pointer.
pub fn is_pointer(text: &str) -> bool {
    let mut escapes = text.split('~').skip(1);
    (text.is_empty() || text.starts_with('/')) && escapes.all(|it| it.starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"queue": {"length": 3, "age": "2.5", "paused": false, "name": "mail", "none": null},
        "workers": [{"busy": 1}, {"busy": 0}], "a/b~c": 7}"#;

    fn value(name: &str, pointer: &str) -> PointedValue {
        PointedValue {
            name: name.into(),
            labels: Labels::default(),
            pointer: pointer.into(),
            unit: None,
            kind: None,
        }
    }

    #[test]
    fn numbers_are_found_by_their_pointers() {
        let values = [
            value("queue_length", "/queue/length"),
            value("queue_age_seconds", "/queue/age"),
            value("queue_paused", "/queue/paused"),
            value("jobs_total", "/workers/0/busy"),
            value("escaped", "/a~1b~0c"),
        ];
        let batch = parse(DOCUMENT.as_bytes(), &values).expect("a document");
        let points: Vec<_> = batch.points.iter().map(ParsedPoint::described).collect();
        assert_eq!(
            points,
            [
                "queue_length = 3",
                "queue_age_seconds = 2.5 s",
                "queue_paused = 0",
                "jobs_total = 1 counter",
                "escaped = 7",
            ]
        );
        assert_eq!(batch.rejected_count, 0);
    }

    #[test]
    fn what_is_no_number_is_rejected() {
        let pointers = [
            "/queue",
            "/queue/name",
            "/queue/none",
            "/workers/2/busy",
            "/no",
        ];
        let values: Vec<_> = pointers.iter().map(|it| value("a", it)).collect();
        let batch = parse(DOCUMENT.as_bytes(), &values).expect("a document");
        assert_eq!((batch.points.len(), batch.rejected_count), (0, 5));
        let deep = "[".repeat(200_000);
        for body in ["", "{", "not JSON", &deep] {
            assert_eq!(parse(body.as_bytes(), &values), Err(BodyError::Json));
        }
    }

    #[test]
    fn what_is_at_a_pointer_is_a_text() {
        let document = Document::parse(DOCUMENT.as_bytes()).expect("a document");
        for (pointer, expected) in [
            ("/queue/name", Some("mail")),
            ("/queue/length", Some("3")),
            ("/queue/paused", Some("false")),
            ("/queue/none", None),
            ("/queue", None),
            ("", None),
        ] {
            assert_eq!(document.text(pointer).as_deref(), expected, "{pointer}");
        }
    }

    #[test]
    fn pointers_are_as_in_the_standard() {
        for (text, expected) in [
            ("", true),
            ("/", true),
            ("/a/0/b~0~1", true),
            ("a", false),
            ("/a~2", false),
            ("/a~", false),
        ] {
            assert_eq!(is_pointer(text), expected, "{text:?}");
        }
    }
}

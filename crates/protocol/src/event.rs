use crate::named_enum::named_enum;
use crate::properties::{Filterable, Properties};
use crate::{Labels, Timestamp};
use serde::{Deserialize, Serialize};

named_enum! {
    /// The severity of an event, alert or log line, least first.
    #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
    pub enum Level {
        /// For debugging.
        Debug = "debug",
        /// For information.
        Info = "info",
        /// An operation succeeded.
        Success = "success",
        /// It may need attention.
        Warning = "warning",
        /// A failure.
        Error = "error",
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub timestamp: Timestamp,
    /// Its severity.
    pub level: Level,
    /// Where it happened.
    pub source: String,
    /// What happened, as a sentence.
    pub message: String,
}

/// A value that a program reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// When.
    pub timestamp: Timestamp,
    /// The name of its series.
    pub label: String,
    /// The value.
    pub value: f64,
    /// Its unit, such as `1/s` or `ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The program that reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The host it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Distinguishes it from others of that label, such as `region` = `eu`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// Whether an alert's condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It holds, and has held for the rule's duration.
    Firing,
    /// It no longer holds.
    Resolved,
}

/// An alert that fired or resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// When.
    pub timestamp: Timestamp,
    /// Whether it fired or resolved.
    pub state: AlertState,
    /// Its severity.
    pub level: Level,
    /// The rule's name.
    pub rule: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// The value that the rule compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The host concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Identifies the alert: the same when it fires and when it resolves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The text of the series that the rule evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// When it fired, if it resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at: Option<Timestamp>,
    /// What to do about it, as a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// When it was written.
    pub timestamp: Timestamp,
    /// Its severity.
    pub level: Level,
    /// The program or file that wrote it.
    pub source: String,
    /// The line.
    pub message: String,
}

impl Filterable for Event {
    fn properties(&self) -> Properties<'_> {
        Properties {
            level: Some(self.level),
            source: Some(&self.source),
            ..Properties::default()
        }
    }
}

impl Filterable for Data {
    fn properties(&self) -> Properties<'_> {
        Properties {
            source: self.source.as_deref(),
            label: Some(&self.label),
            host: self.host.as_deref(),
            ..Properties::default()
        }
    }
}

impl Filterable for Alert {
    fn properties(&self) -> Properties<'_> {
        Properties {
            level: Some(self.level),
            source: Some(&self.rule),
            host: self.host.as_deref(),
            ..Properties::default()
        }
    }
}

impl Filterable for Log {
    fn properties(&self) -> Properties<'_> {
        Properties {
            level: Some(self.level),
            source: Some(&self.source),
            ..Properties::default()
        }
    }
}

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much something matters, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// Worth knowing.
    Info,
    /// Something went well.
    Success,
    /// Somebody should look.
    Warning,
    /// Something is broken.
    Error,
}

impl Level {
    /// Every level, least first.
    pub const ALL: [Self; 5] = [
        Self::Debug,
        Self::Info,
        Self::Success,
        Self::Warning,
        Self::Error,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub timestamp: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Where it happened.
    pub source: String,
    /// What happened, as a sentence.
    pub message: String,
}

/// A figure that a program reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// When.
    pub timestamp: Timestamp,
    /// What is counted: the name of its series.
    pub label: String,
    /// The figure.
    pub value: f64,
    /// Its unit, such as `1/s` or `ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Who reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The host it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What distinguishes it from others of that label, such as `region` = `eu`.
    #[serde(
        default,
        deserialize_with = "crate::read_labels",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub labels: BTreeMap<String, String>,
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
    /// Which of the two.
    pub state: AlertState,
    /// How much it matters.
    pub level: Level,
    /// The rule's name.
    pub rule: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// The figure that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The host concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// When it was written.
    pub timestamp: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The program or file it is from.
    pub source: String,
    /// The line.
    pub message: String,
}

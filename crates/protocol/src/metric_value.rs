use crate::server_message::to_json;
use crate::{Labels, Timestamp};
use serde::{Deserialize, Serialize};

/// One value of a sample or of a `data` message, as Server-Sent Events with `?format=points` send it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "metric")]
pub struct MetricValue {
    /// The name of a metric, such as `cpu_usage`, or of a series.
    pub name: String,
    /// The value. Finite.
    pub value: f64,
    /// When it was measured.
    pub timestamp: Timestamp,
    /// Its unit, such as `%` or `B/s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The host it is about; absent for values that other programs report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Distinguishes series of one name, such as `core`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

impl MetricValue {
    /// The `type`.
    pub const TYPE: &str = "metric";

    /// The value as JSON.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

//! The response of `/api/v1/checks`. Times are milliseconds since the Unix epoch.

use crate::named_enum::named_enum;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// What the newest result of a check says.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum CheckState {
        /// There is no result yet.
        Unknown = "unknown",
        /// The target answers as expected.
        Up = "up",
        /// It does not.
        Down = "down",
    }
}

/// A check: a target that the server probes at an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CheckInfo {
    /// Its name, the label `check` of its series.
    pub name: String,
    /// What is probed, without a query.
    pub url: String,
    /// The host that its series are about.
    pub host: String,
    /// The time between two probes.
    pub interval_ms: u64,
    /// What the newest result says.
    pub state: CheckState,
    /// When the state began, as far as this server has seen it since its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// When the newest result was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_ms: Option<i64>,
    /// How long the newest probe took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// For how many days the certificate is still valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_days_left: Option<f64>,
}

/// All checks, in the order of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CheckList {
    /// One each.
    pub checks: Vec<CheckInfo>,
}

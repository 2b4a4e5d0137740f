//! The response of `/api/v1/sources`: who reports to the server. Times are milliseconds since the Unix epoch. It is what
//! the server has seen since its start.

use crate::checks::CheckState;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// Everything that reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SourceList {
    /// When this was measured.
    pub now_ms: i64,
    /// Targets that the server scrapes, in the order of the configuration.
    pub targets: Vec<ScrapeInfo>,
    /// How many checks there are; `/api/v1/checks` has them.
    pub checks: u64,
    /// How many of them are down.
    pub checks_down: u64,
    /// Programs that send, the most recent first: at most 200.
    pub senders: Vec<SenderInfo>,
    /// Senders that were forgotten because there were more.
    pub senders_cut: u64,
    /// The labels with the most values among active series of programs: at most 20, counted each minute.
    pub labels: Vec<LabelInfo>,
    /// Further labels.
    pub labels_cut: u64,
    /// Where datagrams of StatsD are accepted; absent if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statsd_listen: Option<String>,
}

/// A target that the server scrapes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ScrapeInfo {
    /// What is requested, without a query.
    pub url: String,
    /// The label `job` of its series.
    pub job: String,
    /// The host that its series are about; empty for the server's own.
    pub host: String,
    /// Whether it is a JSON document.
    pub is_document: bool,
    /// The time between two scrapes.
    pub interval_ms: u64,
    /// What the newest scrape says.
    pub state: CheckState,
    /// When the state began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// When the newest scrape began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scraped_ms: Option<i64>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Samples of the newest scrape.
    pub samples: u64,
    /// Active series of the target.
    pub series: u64,
    /// Why the newest scrape failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Values that were rejected.
    pub rejected_count: u64,
    /// Why, the newest time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
}

/// A program that sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SenderInfo {
    /// The format: `json`, `influx`, `prometheus`, `otlp`, `statsd` or `heartbeat`.
    pub input: String,
    /// The name of its API token or user; `this machine` while login is off, and of datagrams.
    pub sender: String,
    /// What it calls itself: the `source` of entries in JSON, the name of a heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it last sent something.
    pub seen_ms: i64,
    /// Accepted values, events and lines.
    pub accepted_count: u64,
    /// Those per second, over the last minute.
    pub accepted_per_s: f64,
    /// Rejected ones.
    pub rejected_count: u64,
    /// Requests of which nothing was accepted.
    pub refused_count: u64,
    /// Why something was rejected or refused, the newest time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_ms: Option<i64>,
    /// Active series of the format, of all its senders together; absent for those in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<u64>,
}

/// A label, and how much it multiplies series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct LabelInfo {
    /// Its name.
    pub label: String,
    /// How many different values it has.
    pub values: u64,
    /// How many series have it.
    pub series: u64,
}

//! The responses of `/api/v1/server`: how the server itself is doing. Times are milliseconds since the Unix epoch.

use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The names of the series in which the server records how it is doing, each without labels.
pub mod series {
    /// Connected viewers.
    pub const VIEWERS: &str = "watchroom_viewers";
    /// Messages sent to viewers, each once for each viewer.
    pub const DELIVERIES: &str = "watchroom_deliveries_per_second";
    /// Bytes written to viewers.
    pub const SENT_BYTES: &str = "watchroom_sent_bytes_per_second";
    /// Messages between the slowest viewer and the newest message.
    pub const LAG: &str = "watchroom_lag_messages";
    /// The time within which 99 of 100 commits were done.
    pub const COMMIT_P99: &str = "watchroom_commit_seconds_p99";
    /// CPU usage of the server, of one core.
    pub const CPU: &str = "watchroom_cpu";
    /// Resident memory of the server.
    pub const MEMORY: &str = "watchroom_memory_bytes";
    /// Bytes that the store takes on disk.
    pub const STORE: &str = "watchroom_store_bytes";
    /// Active series.
    pub const SERIES: &str = "watchroom_active_series";
}

/// How the server is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ServerInfo {
    /// The version of the server.
    pub version: String,
    /// Its host, whose series `watchroom_…` are the history of what is here.
    pub host: String,
    /// When it was started.
    pub started_ms: i64,
    /// When this was measured.
    pub now_ms: i64,
    /// Why `/readyz` answers 503, as a sentence; absent if it answers 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Absent if the server stores nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreInfo>,
    /// Those who watch.
    pub viewers: ViewersInfo,
    /// Messages in memory.
    pub ring: RingInfo,
    /// The process.
    pub process: ProcessInfo,
    /// What has a limit, the fullest first.
    pub limits: Vec<LimitInfo>,
    /// What is failing at the moment: at most 100.
    pub failing: Vec<FailingInfo>,
    /// Rejected requests since the start by reason, without those of which there were none.
    pub rejected_requests: Vec<CountInfo>,
    /// Rejected messages, entries and samples, the same way.
    pub rejected_messages: Vec<CountInfo>,
    /// Sign-ins that failed since the start.
    pub failed_sign_ins: u64,
    /// Whether the server records series of itself, as the setting `self_metrics` says.
    pub has_history: bool,
}

/// The store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct StoreInfo {
    /// `SQLite` or `PostgreSQL`.
    pub kind: String,
    /// Whether it takes what is committed.
    pub is_available: bool,
    /// Bytes that the data take; of PostgreSQL an estimate. Absent until it is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_bytes: Option<u64>,
    /// Bytes on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_bytes: Option<u64>,
    /// Beyond so many bytes the oldest data are deleted.
    pub bytes_max: u64,
    /// The time within which half of the commits of the last minute were done, in seconds. Absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_p50_s: Option<f64>,
    /// The same of 99 of 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_p99_s: Option<f64>,
    /// Commits since the start that failed or took longer than a second.
    pub failed_commits: u64,
    /// Messages in memory that the store does not have yet.
    pub uncommitted_messages: u64,
    /// Series that receive samples.
    pub active_series: u64,
}

/// Those who watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ViewersInfo {
    /// Viewers by WebSocket.
    pub websocket: u64,
    /// Viewers by Server-Sent Events.
    pub sse: u64,
    /// Those of the latter that came over HTTP/2.
    pub sse_http2: u64,
    /// Messages of the log sent per second, each once for each viewer, over the last 10 s.
    pub deliveries_per_s: f64,
    /// Bytes written per second, over the last 10 s.
    pub bytes_per_s: f64,
    /// Gaps since the start: ranges that viewers did not receive.
    pub gaps: u64,
    /// Those who are behind the most, at most 5.
    pub slowest: Vec<SlowViewer>,
}

/// A viewer that is behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SlowViewer {
    /// As in its message `connection`.
    pub client_id: String,
    /// `websocket` or `sse`.
    pub transport: String,
    /// Messages that it has not been sent yet.
    pub behind_messages: u64,
    /// Since when, to a second and at most 10 minutes ago.
    pub since_ms: i64,
    /// Who it is; only for admins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its address, if limits of an address apply to it; only for admins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Messages in memory, from which viewers are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RingInfo {
    /// How many.
    pub messages: u64,
    /// The most.
    pub messages_max: u64,
    /// Their bytes, all encodings counted.
    pub bytes: u64,
    /// The most.
    pub bytes_max: u64,
}

/// The process of the server. What the platform does not provide is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ProcessInfo {
    /// CPU usage over the last 10 s, in percent of one core.
    pub cpu_percent: f64,
    /// Resident memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct LimitInfo {
    /// What is limited.
    pub name: String,
    /// How much there is.
    pub used: u64,
    /// The most that there may be.
    pub max: u64,
    /// `B` for bytes; empty for a number of things.
    pub unit: String,
    /// What happens beyond, as a sentence.
    pub beyond: String,
    /// The setting that changes it; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
}

/// Something that is failing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct FailingInfo {
    /// `scrape`, `check`, `notification` or `task`.
    pub kind: String,
    /// Which one; of notifications only for admins.
    pub name: String,
    /// Why.
    pub why: String,
    /// Since when, as far as this is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
}

/// How often something has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct CountInfo {
    /// What, as the label `reason` of `/metrics`.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// The level of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct LogLevelInfo {
    /// The directives that apply, as in `info,server::ws=debug`.
    pub directives: String,
    /// Those of the configuration, to which the next start returns.
    pub configured: String,
    /// When it returns to those; absent if it does not before the next start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// Another level of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogLevelChange {
    /// Directives as the setting `log` takes them; absent for those of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directives: Option<String>,
    /// After so many seconds those of the configuration apply again, 1 to 86400; absent for until the next start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<u32>,
}

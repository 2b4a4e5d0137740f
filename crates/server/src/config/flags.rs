use super::LogFormat;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// The flags of `watchroom serve`; a flag that is not given leaves its setting alone.
///
/// Values are checked together with those of the other layers, so that a wrong one reads the same
/// wherever it came from; hence the plain types.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Flags {
    /// Read this configuration file instead of watchroom.toml
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Listen on this address
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,

    /// Keep data in this directory
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,

    /// Write messages down there: postgres://…, or memory: for nowhere
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// Sample every so many milliseconds
    #[arg(long, value_name = "MS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_ms: Option<u64>,

    /// Call this host by this name instead of its hostname
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,

    /// Show a simulated host
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo: Option<bool>,

    /// Begin with a past of so many days of the simulated host
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_days: Option<u32>,

    /// Let the simulated host say so many messages a second
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_rate: Option<u32>,

    /// Spread what the simulated host fills up with over so many labels
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_labels: Option<u32>,

    /// Simulate so many hosts
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_hosts: Option<u32>,

    /// Simulate the same with the same seed
    #[arg(long, value_name = "SEED")]
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_seed: Option<u64>,

    /// Answer to this name, too; may be repeated
    #[arg(long = "allowed-host", value_name = "NAME")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_hosts: Vec<String>,

    /// Let pages of this origin connect, too; may be repeated
    #[arg(long = "allowed-origin", value_name = "ORIGIN")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_origins: Vec<String>,

    /// Have the page connect to this WebSocket
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ws_url: Option<String>,

    /// Log at this level: error, warn, info, debug, trace, or by module
    #[arg(long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,

    /// Write the log as text or as JSON
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// Send viewers away over so many milliseconds when stopping
    #[arg(long, value_name = "MS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    restart_spread_ms: Option<u64>,

    /// Expect a sign of life from each viewer every so many milliseconds
    #[arg(long, value_name = "MS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_ms: Option<u64>,

    /// Write to viewers with so many sweeps at the same time
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sweeps: Option<usize>,

    #[command(flatten)]
    #[serde(skip_serializing_if = "RingFlags::is_empty")]
    ring: RingFlags,

    #[command(flatten)]
    #[serde(skip_serializing_if = "LimitsFlags::is_empty")]
    limits: LimitsFlags,

    #[command(flatten)]
    #[serde(skip_serializing_if = "KeepFlags::is_empty")]
    keep: KeepFlags,
}

#[derive(Debug, Clone, Default, PartialEq, Args, Serialize)]
struct RingFlags {
    /// Keep so many messages in memory
    #[arg(long = "ring-frames", value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<usize>,

    /// Keep so many bytes of messages in memory
    #[arg(long = "ring-bytes", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Args, Serialize)]
struct LimitsFlags {
    /// Let so many watch
    #[arg(long = "limits-viewers", value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    viewers: Option<usize>,

    /// Let so many from one address watch
    #[arg(long = "limits-viewers-per-address", value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    viewers_per_address: Option<usize>,

    /// Take so many messages a second from one viewer
    #[arg(long = "limits-messages-per-second", value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_per_second: Option<u32>,

    /// Take so many messages at once from one viewer
    #[arg(long = "limits-messages-burst", value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_burst: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Args, Serialize)]
struct KeepFlags {
    /// Keep samples for so many days
    #[arg(long = "keep-metrics-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_days: Option<u32>,

    /// Keep so much of samples
    #[arg(long = "keep-metrics-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_mib: Option<u32>,

    /// Keep processes for so many days
    #[arg(long = "keep-processes-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    processes_days: Option<u32>,

    /// Keep so much of processes
    #[arg(long = "keep-processes-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    processes_mib: Option<u32>,

    /// Keep events for so many days
    #[arg(long = "keep-events-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    events_days: Option<u32>,

    /// Keep so much of events
    #[arg(long = "keep-events-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    events_mib: Option<u32>,

    /// Keep figures of other programs for so many days
    #[arg(long = "keep-data-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_days: Option<u32>,

    /// Keep so much of figures of other programs
    #[arg(long = "keep-data-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_mib: Option<u32>,

    /// Keep alerts for so many days
    #[arg(long = "keep-alerts-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts_days: Option<u32>,

    /// Keep so much of alerts
    #[arg(long = "keep-alerts-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts_mib: Option<u32>,

    /// Keep log lines for so many days
    #[arg(long = "keep-logs-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    logs_days: Option<u32>,

    /// Keep so much of log lines
    #[arg(long = "keep-logs-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    logs_mib: Option<u32>,

    /// Keep single samples for so many days
    #[arg(long = "keep-samples-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    samples_days: Option<u32>,

    /// Keep each minute's extremes and mean for so many days
    #[arg(long = "keep-minutes-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes_days: Option<u32>,

    /// Keep each hour's extremes and mean for so many days
    #[arg(long = "keep-hours-days", value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_days: Option<u32>,

    /// Keep so much in all
    #[arg(long = "keep-store-mib", value_name = "MIB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    store_mib: Option<u32>,
}

impl RingFlags {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl LimitsFlags {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl KeepFlags {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

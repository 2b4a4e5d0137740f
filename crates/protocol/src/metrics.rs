use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Cores with a higher number count towards the total only.
pub const CORES_MAX: usize = 1_024;

/// One sample of a host. Values the platform does not provide are absent, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The host's name.
    pub host: String,
    /// When the sample was taken.
    pub timestamp: Timestamp,
    /// The time to the next sample, in milliseconds.
    pub interval_ms: u64,
    /// CPU in use over all cores since the last sample, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// The same for each core, indexed by the operating system's number: `cpu0` is the first. A core that is
    /// offline, or just came online, has `None`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cores: Vec<Option<f64>>,
    /// Load averages, on systems that have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadAverage>,
    /// Memory in use, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Memory in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<Memory>,
    /// Swap in use, in percent; absent without swap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap: Option<f64>,
    /// Swap in bytes; absent without swap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_bytes: Option<Memory>,
    /// The fullest real filesystem, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<f64>,
    /// Each real filesystem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<Disk>,
    /// Bytes per second that the host sent. Each byte counts once, however many interfaces it passes
    /// (`docs/protocol.md` lists the interfaces that count).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_sent: Option<u64>,
    /// Bytes per second that the host received, over the same interfaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_recv: Option<u64>,
    /// Bytes sent over the same interfaces since they came up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_sent_total_bytes: Option<u64>,
    /// Bytes received over the same interfaces since they came up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_recv_total_bytes: Option<u64>,
    /// Each network interface, whether it counts towards the totals or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<Interface>,
    /// Each temperature sensor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<Temperature>,
    /// Seconds since the host was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<u64>,
}

/// The number of runnable processes, averaged over 1, 5 and 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoadAverage {
    /// Over the last minute.
    pub one: f64,
    /// Over the last five minutes.
    pub five: f64,
    /// Over the last fifteen minutes.
    pub fifteen: f64,
}

/// Memory or swap, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// In use.
    pub used: u64,
    /// In all.
    pub total: u64,
}

/// A filesystem and the device under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Its kind, such as `ext4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<String>,
    /// In use, in percent of the space available to unprivileged users.
    pub percent: f64,
    /// In use, in bytes.
    pub used_bytes: u64,
    /// In all, in bytes.
    pub total_bytes: u64,
    /// Bytes read per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    /// Bytes written per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<u64>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its name, such as `eth0`.
    pub name: String,
    /// Bytes sent per second.
    pub sent: u64,
    /// Bytes received per second.
    pub recv: u64,
    /// Bytes sent since the interface came up.
    pub sent_total_bytes: u64,
    /// Bytes received since the interface came up.
    pub recv_total_bytes: u64,
}

/// A temperature sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Temperature {
    /// The sensor's name.
    pub label: String,
    /// Degrees Celsius.
    pub celsius: f64,
    /// The sensor's own limit, in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<f64>,
}

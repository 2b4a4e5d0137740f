//! A host's metrics, each defined here alone: a member of the message, its series, and where its values are.

use crate::properties::{Filterable, Properties};
use crate::{Metric, Timestamp};
use serde::{Deserialize, Serialize};

/// Cores with a higher number count towards the total only.
pub const CORES_MAX: usize = 1_024;

/// One sample of a host. What the platform cannot tell is absent, never zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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

/// Every metric that has series, in the order in which [`points`](crate::points()) finds them.
pub const METRICS: [&Metric; 22] = [
    &CPU,
    &LOAD1,
    &LOAD5,
    &LOAD15,
    &MEMORY,
    &MEMORY_USED,
    &MEMORY_TOTAL,
    &SWAP,
    &SWAP_USED,
    &SWAP_TOTAL,
    &DISK,
    &DISK_USED,
    &DISK_TOTAL,
    &DISK_READ,
    &DISK_WRITTEN,
    &NETWORK_SENT,
    &NETWORK_RECV,
    &NETWORK_SENT_TOTAL,
    &NETWORK_RECV_TOTAL,
    &TEMPERATURE,
    &TEMPERATURE_CRITICAL,
    &UPTIME,
];

pub(crate) const CPU: Metric = Metric::of_unit("cpu", "%").or_by("core");
const LOAD1: Metric = Metric::of_unit("load1", "");
const LOAD5: Metric = Metric::of_unit("load5", "");
const LOAD15: Metric = Metric::of_unit("load15", "");
const MEMORY: Metric = Metric::of_unit("memory", "%");
const MEMORY_USED: Metric = Metric::size("memory_used");
const MEMORY_TOTAL: Metric = Metric::size("memory_total");
const SWAP: Metric = Metric::of_unit("swap", "%");
const SWAP_USED: Metric = Metric::size("swap_used");
const SWAP_TOTAL: Metric = Metric::size("swap_total");
const DISK: Metric = Metric::of_unit("disk", "%").or_by("mount");
const DISK_USED: Metric = Metric::size("disk_used").by("mount");
const DISK_TOTAL: Metric = Metric::size("disk_total").by("mount");
pub(crate) const DISK_READ: Metric = Metric::rate("disk_read").by("mount");
const DISK_WRITTEN: Metric = Metric::rate("disk_written").by("mount");
const NETWORK_SENT: Metric = Metric::rate("network_sent").or_by("interface");
const NETWORK_RECV: Metric = Metric::rate("network_recv").or_by("interface");
const NETWORK_SENT_TOTAL: Metric = Metric::counter("network_sent_total").or_by("interface");
const NETWORK_RECV_TOTAL: Metric = Metric::counter("network_recv_total").or_by("interface");
const TEMPERATURE: Metric = Metric::of_unit("temperature", "°C").by("sensor");
const TEMPERATURE_CRITICAL: Metric = Metric::of_unit("temperature_critical", "°C").by("sensor");
const UPTIME: Metric = Metric::of_unit("uptime", "s");

/// A metric, the value of its label, and a value.
type Each<'a> = &'a mut dyn FnMut(&Metric, Option<&str>, f64);

/// Every value of a sample, in the order of its members.
pub(crate) fn each_of_metrics(metrics: &Metrics, each: Each<'_>) {
    let mut host = Host { each };
    host.add(&CPU, None, metrics.cpu);
    for (core, percent) in metrics.cores.iter().enumerate() {
        host.add(&CPU, Some(&core.to_string()), *percent);
    }
    if let Some(load) = metrics.load {
        host.add(&LOAD1, None, load.one);
        host.add(&LOAD5, None, load.five);
        host.add(&LOAD15, None, load.fifteen);
    }
    host.add(&MEMORY, None, metrics.memory);
    if let Some(memory) = metrics.memory_bytes {
        host.add_whole(&MEMORY_USED, None, memory.used);
        host.add_whole(&MEMORY_TOTAL, None, memory.total);
    }
    host.add(&SWAP, None, metrics.swap);
    if let Some(swap) = metrics.swap_bytes {
        host.add_whole(&SWAP_USED, None, swap.used);
        host.add_whole(&SWAP_TOTAL, None, swap.total);
    }
    host.add(&DISK, None, metrics.disk);
    for disk in &metrics.disks {
        let mount = Some(disk.mount.as_str());
        host.add(&DISK, mount, disk.percent);
        host.add_whole(&DISK_USED, mount, disk.used_bytes);
        host.add_whole(&DISK_TOTAL, mount, disk.total_bytes);
        host.add_whole(&DISK_READ, mount, disk.read);
        host.add_whole(&DISK_WRITTEN, mount, disk.written);
    }
    host.add_whole(&NETWORK_SENT, None, metrics.network_sent);
    host.add_whole(&NETWORK_RECV, None, metrics.network_recv);
    host.add_whole(&NETWORK_SENT_TOTAL, None, metrics.network_sent_total_bytes);
    host.add_whole(&NETWORK_RECV_TOTAL, None, metrics.network_recv_total_bytes);
    for interface in &metrics.interfaces {
        let name = Some(interface.name.as_str());
        host.add_whole(&NETWORK_SENT, name, interface.sent);
        host.add_whole(&NETWORK_RECV, name, interface.recv);
        host.add_whole(&NETWORK_SENT_TOTAL, name, interface.sent_total_bytes);
        host.add_whole(&NETWORK_RECV_TOTAL, name, interface.recv_total_bytes);
    }
    for temperature in &metrics.temperatures {
        let sensor = Some(temperature.label.as_str());
        host.add(&TEMPERATURE, sensor, temperature.celsius);
        host.add(&TEMPERATURE_CRITICAL, sensor, temperature.critical);
    }
    host.add_whole(&UPTIME, None, metrics.uptime_seconds);
}

/// The values of one host's sample go on from here, as they are gathered.
struct Host<'a> {
    each: Each<'a>,
}

impl Host<'_> {
    /// What is absent is no point. A label's value that is empty would be another series: it is left out.
    fn add(&mut self, metric: &Metric, label: Option<&str>, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into().filter(|_| label != Some("")) {
            (self.each)(metric, label, value);
        }
    }

    fn add_whole(&mut self, metric: &Metric, label: Option<&str>, value: impl Into<Option<u64>>) {
        let value = value.into().map(|value| metric.rounded(value));
        self.add(metric, label, value);
    }
}

impl Filterable for Metrics {
    fn properties(&self) -> Properties<'_> {
        Properties {
            host: Some(&self.host),
            ..Properties::default()
        }
    }
}

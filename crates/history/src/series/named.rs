//! Which figures are series, and what they are called.

use std::collections::BTreeMap;

use protocol::{Data, Durable, Metrics};

use super::round::significant;
use crate::SeriesName;

/// Rates are read to three digits and vary far more from one second to the next.
const RATE_DIGITS: u32 = 3;
/// Sizes are read to three digits, too, but how fast one grows is told from its differences.
const SIZE_DIGITS: u32 = 5;

/// One figure of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Whose.
    pub series: SeriesName,
    /// The figure. Finite.
    pub value: f64,
}

/// The figures of a message that have a past as series; none but `metrics` and `data` have any.
///
/// Percents, loads, temperatures and what other programs report are kept as they came. Of bytes per
/// second three digits are kept, of bytes five.
///
/// | series | labels | unit | from |
/// |---|---|---|---|
/// | `cpu` | none, or `core` | % | `cpu`, `cores` |
/// | `load1`, `load5`, `load15` | | | `load` |
/// | `memory`, `swap` | | % | `memory`, `swap` |
/// | `memory_used`, `memory_total`, `swap_used`, `swap_total` | | B | `memory_bytes`, `swap_bytes` |
/// | `disk` | none, or `mount` | % | `disk`, `disks[].percent` |
/// | `disk_used`, `disk_total` | `mount` | B | `disks[]` |
/// | `disk_read`, `disk_written` | `mount` | B/s | `disks[]` |
/// | `network_sent`, `network_recv` | none, or `interface` | B/s | the same, `interfaces[]` |
/// | `network_sent_total`, `network_recv_total` | none, or `interface` | B | `network_sent_total_bytes`, `network_recv_total_bytes`, `interfaces[]` |
/// | `temperature`, `temperature_critical` | `sensor` | °C | `temperatures[]` |
/// | `uptime` | | s | `uptime_seconds` |
/// | a `data` message's `label` | none, or `source` | its own | `value` |
///
/// What is called the same twice in one message (two sensors of one name) is one series, and the
/// first counts. A series of `data` is about no host: its `host` is empty.
pub fn figures(message: &Durable) -> Vec<Figure> {
    let mut figures = match message {
        Durable::Metrics(metrics) => of_metrics(metrics),
        Durable::Data(data) => of_data(data),
        Durable::Processes(_) | Durable::Event(_) | Durable::Alert(_) | Durable::Log(_) => {
            return Vec::new();
        }
    };
    figures.retain(|figure| figure.value.is_finite());
    figures
}

fn of_data(data: &Data) -> Vec<Figure> {
    let source = data.source.iter();
    let labels = source.map(|source| ("source".to_owned(), source.clone()));
    vec![Figure {
        series: SeriesName {
            host: String::new(),
            name: data.label.clone(),
            labels: labels.collect(),
            unit: data.unit.clone(),
        },
        value: data.value,
    }]
}

fn of_metrics(metrics: &Metrics) -> Vec<Figure> {
    let mut host = Host {
        name: &metrics.host,
        figures: Vec::new(),
    };
    host.add("cpu", None, "%", metrics.cpu);
    for (core, percent) in metrics.cores.iter().enumerate() {
        host.add("cpu", Some(("core", &core.to_string())), "%", *percent);
    }
    if let Some(load) = metrics.load {
        host.add("load1", None, "", load.one);
        host.add("load5", None, "", load.five);
        host.add("load15", None, "", load.fifteen);
    }
    host.add("memory", None, "%", metrics.memory);
    if let Some(memory) = metrics.memory_bytes {
        host.add("memory_used", None, "B", size(memory.used));
        host.add("memory_total", None, "B", size(memory.total));
    }
    host.add("swap", None, "%", metrics.swap);
    if let Some(swap) = metrics.swap_bytes {
        host.add("swap_used", None, "B", size(swap.used));
        host.add("swap_total", None, "B", size(swap.total));
    }
    host.add("disk", None, "%", metrics.disk);
    for disk in &metrics.disks {
        let label = Some(("mount", disk.mount.as_str()));
        host.add("disk", label, "%", disk.percent);
        host.add("disk_used", label, "B", size(disk.used_bytes));
        host.add("disk_total", label, "B", size(disk.total_bytes));
        host.add("disk_read", label, "B/s", disk.read.map(rate));
        host.add("disk_written", label, "B/s", disk.written.map(rate));
    }
    host.add("network_sent", None, "B/s", metrics.network_sent.map(rate));
    host.add("network_recv", None, "B/s", metrics.network_recv.map(rate));
    let sent_total = metrics.network_sent_total_bytes;
    host.add("network_sent_total", None, "B", sent_total.map(size));
    let recv_total = metrics.network_recv_total_bytes;
    host.add("network_recv_total", None, "B", recv_total.map(size));
    for interface in &metrics.interfaces {
        let label = Some(("interface", interface.name.as_str()));
        host.add("network_sent", label, "B/s", rate(interface.sent));
        host.add("network_recv", label, "B/s", rate(interface.recv));
        let (sent, recv) = (interface.sent_total_bytes, interface.recv_total_bytes);
        host.add("network_sent_total", label, "B", size(sent));
        host.add("network_recv_total", label, "B", size(recv));
    }
    for temperature in &metrics.temperatures {
        let label = Some(("sensor", temperature.label.as_str()));
        host.add("temperature", label, "°C", temperature.celsius);
        host.add("temperature_critical", label, "°C", temperature.critical);
    }
    let uptime = metrics.uptime_seconds;
    host.add("uptime", None, "s", uptime.map(|seconds| seconds as f64));
    host.figures
}

/// The figures of one host, as they are gathered.
struct Host<'a> {
    name: &'a str,
    figures: Vec<Figure>,
}

impl Host<'_> {
    /// What is absent is no figure.
    fn add(
        &mut self,
        name: &str,
        label: Option<(&str, &str)>,
        unit: &str,
        value: impl Into<Option<f64>>,
    ) {
        let Some(value) = value.into() else { return };
        let label = label.map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.figures.push(Figure {
            series: SeriesName {
                host: self.name.to_owned(),
                name: name.to_owned(),
                labels: BTreeMap::from_iter(label),
                unit: (!unit.is_empty()).then(|| unit.to_owned()),
            },
            value,
        });
    }
}

fn rate(bytes_per_second: u64) -> f64 {
    significant(bytes_per_second, RATE_DIGITS)
}

fn size(bytes: u64) -> f64 {
    significant(bytes, SIZE_DIGITS)
}

use crate::metric::{
    CPU, DISK, DISK_READ, DISK_TOTAL, DISK_USED, DISK_WRITTEN, LOAD1, LOAD5, LOAD15, MEMORY,
    MEMORY_TOTAL, MEMORY_USED, NETWORK_RECV, NETWORK_RECV_TOTAL, NETWORK_SENT, NETWORK_SENT_TOTAL,
    SWAP, SWAP_TOTAL, SWAP_USED, TEMPERATURE, TEMPERATURE_CRITICAL, UPTIME,
};
use crate::{Data, Durable, HOST_LABEL, Metric, Metrics, SeriesKey, Timestamp, Unit};

/// The label that has the `source` of a `data` message.
const SOURCE_LABEL: &str = "source";

/// A value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The series.
    pub series: SeriesKey,
    /// When.
    pub timestamp: Timestamp,
    /// Finite.
    pub value: f64,
}

/// The points of a message, each with its series' unit; only `metrics` and `data` have any. History,
/// folds and live views all use this function.
///
/// Two values with the same key in one message (such as two sensors of one name) are one series, of which
/// the first counts.
pub fn points(message: &Durable) -> Vec<(Point, Option<Unit>)> {
    match message {
        Durable::Metrics(metrics) => metrics.points(),
        Durable::Data(data) => data.point().into_iter().collect(),
        Durable::Processes(_) | Durable::Event(_) | Durable::Alert(_) | Durable::Log(_) => {
            Vec::new()
        }
    }
}

impl Metrics {
    /// See [`points`].
    pub fn points(&self) -> Vec<(Point, Option<Unit>)> {
        let mut points = Vec::new();
        self.each_point(&mut |point, unit| points.push((point, unit)));
        points
    }

    /// Calls `each` for each point: without a list, the browser loads less code.
    pub fn each_point(&self, each: &mut dyn FnMut(Point, Option<Unit>)) {
        each_of_metrics(self, &mut |metric, label, value| {
            let label = metric.label.zip(label);
            let labels = label.map(|(label, value)| (label.to_owned(), value.to_owned()));
            let point = Point {
                series: SeriesKey::new(self.host.as_str(), metric.name, labels),
                timestamp: self.timestamp,
                value,
            };
            if is_point(&point) {
                each(point, metric.unit());
            }
        });
    }
}

impl Data {
    /// See [`points`].
    pub fn point(&self) -> Option<(Point, Option<Unit>)> {
        Some(of_data(self)).filter(|(point, _)| is_point(point))
    }
}

fn is_point(point: &Point) -> bool {
    point.value.is_finite() && !point.series.name.is_empty()
}

/// Only the values of [`points`], in the same order: a tenth of the work, where the series are known from
/// an earlier sample.
pub fn values(metrics: &Metrics) -> Vec<f64> {
    let mut values = Vec::with_capacity(64);
    each_of_metrics(metrics, &mut |_, _, value| values.push(value));
    values.retain(|value| value.is_finite());
    values
}

/// The members `host` and `source` have precedence over labels of that name.
fn of_data(data: &Data) -> (Point, Option<Unit>) {
    let host = data.host.as_ref().or_else(|| data.labels.get(HOST_LABEL));
    let labels = data.labels.iter();
    let labels = labels.map(|(label, value)| (label.as_str(), value));
    let labels = labels.chain(data.source.as_ref().map(|source| (SOURCE_LABEL, source)));
    let point = Point {
        series: SeriesKey::new(
            host.map_or("", String::as_str),
            data.label.as_str(),
            labels.map(|(label, value)| (label.to_owned(), value.clone())),
        ),
        timestamp: data.timestamp,
        value: data.value,
    };
    (point, data.unit.as_deref().and_then(Unit::new))
}

/// A metric, the value of its label, and a value.
type Each<'a> = &'a mut dyn FnMut(&Metric, Option<&str>, f64);

fn each_of_metrics(metrics: &Metrics, each: Each<'_>) {
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

/// Passes the values of a host's sample to `each`.
struct Host<'a> {
    each: Each<'a>,
}

impl Host<'_> {
    /// Skips absent values, and empty values of the label, which would mean another series.
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

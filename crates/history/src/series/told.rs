//! The inverse of [`protocol::points`]: series become the message again that they came from.

use std::collections::BTreeMap;

use protocol::{
    CORES_MAX, Data, Disk, Interface, LoadAverage, Memory, Metric, Metrics, SeriesKey, Temperature,
    Timestamp, Unit,
};

use crate::Series;

/// A sample of a host from its series' values, all of one moment. The same as was sent but for what is no
/// figure (a filesystem's kind) and the digits that are not kept; what lacks a part that it must have,
/// such as a disk without its size, is left out.
///
/// Where single samples are no longer kept, the figures are means; percents are rounded to 0.1 as
/// everywhere.
pub fn metrics<'a>(
    host: &str,
    timestamp: Timestamp,
    interval_ms: u64,
    values: impl IntoIterator<Item = (&'a SeriesKey, f64)>,
) -> Metrics {
    let told = Told::of(host, values);
    Metrics {
        host: host.to_owned(),
        timestamp,
        interval_ms,
        cpu: told.percent("cpu"),
        cores: told.cores(),
        load: told.load(),
        memory: told.percent("memory"),
        memory_bytes: told.memory("memory_used", "memory_total"),
        swap: told.percent("swap"),
        swap_bytes: told.memory("swap_used", "swap_total"),
        disk: told.percent("disk"),
        disks: told.each("disk", |mount| told.disk(mount)),
        network_sent: told.one("network_sent").map(whole),
        network_recv: told.one("network_recv").map(whole),
        network_sent_total_bytes: told.one("network_sent_total").map(whole),
        network_recv_total_bytes: told.one("network_recv_total").map(whole),
        interfaces: told.each("network_sent", |name| told.interface(name)),
        temperatures: told.each("temperature", |label| told.temperature(label)),
        uptime_seconds: told.one("uptime").map(whole),
    }
}

/// What a program reported, from its series; `None` if the series is of a host's samples.
pub fn data(series: &Series, timestamp: Timestamp, value: f64) -> Option<Data> {
    let key = &series.key;
    if Metric::of(key).is_some() {
        return None;
    }
    let mut labels = key.labels.clone();
    Some(Data {
        timestamp,
        label: key.name.clone(),
        value,
        unit: series.unit.as_ref().map(Unit::to_string),
        source: labels.remove("source"),
        host: Some(key.host.clone()).filter(|host| !host.is_empty()),
        labels,
    })
}

/// Values by name and label; no series of a host's samples has more than one label.
struct Told<'a>(BTreeMap<(&'a str, Option<&'a str>), f64>);

impl<'a> Told<'a> {
    fn of(host: &str, values: impl IntoIterator<Item = (&'a SeriesKey, f64)>) -> Self {
        let all = values.into_iter();
        let own = all.filter(|(series, _)| series.host == host && Metric::of(series).is_some());
        let named = own.map(|(series, value)| {
            let label = series.labels.values().next();
            ((series.name.as_str(), label.map(String::as_str)), value)
        });
        Self(named.collect())
    }

    fn one(&self, name: &str) -> Option<f64> {
        self.0.get(&(name, None)).copied()
    }

    fn labelled(&self, name: &str, label: &str) -> Option<f64> {
        self.0.get(&(name, Some(label))).copied()
    }

    fn percent(&self, name: &str) -> Option<f64> {
        self.one(name).map(tenths)
    }

    /// What can be told of each label that a name has.
    fn each<T>(&self, name: &str, tell: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let known = self.0.keys().filter(|(known, _)| *known == name);
        known.filter_map(|(_, label)| tell((*label)?)).collect()
    }

    /// Each at the place of its number; a core that was offline then has no figure.
    fn cores(&self) -> Vec<Option<f64>> {
        let mut cores = Vec::new();
        for ((_, label), &percent) in self.0.iter().filter(|((name, _), _)| *name == "cpu") {
            let number = label.and_then(|label| label.parse::<usize>().ok());
            // A number beyond the limit would make the list as long as itself.
            let Some(number) = number.filter(|&number| number < CORES_MAX) else {
                continue;
            };
            cores.resize(cores.len().max(number + 1), None);
            cores[number] = Some(tenths(percent));
        }
        cores
    }

    fn load(&self) -> Option<LoadAverage> {
        Some(LoadAverage {
            one: self.one("load1")?,
            five: self.one("load5")?,
            fifteen: self.one("load15")?,
        })
    }

    fn memory(&self, used: &str, total: &str) -> Option<Memory> {
        Some(Memory {
            used: whole(self.one(used)?),
            total: whole(self.one(total)?),
        })
    }

    fn disk(&self, mount: &str) -> Option<Disk> {
        Some(Disk {
            mount: mount.to_owned(),
            filesystem: None,
            percent: tenths(self.labelled("disk", mount)?),
            used_bytes: whole(self.labelled("disk_used", mount)?),
            total_bytes: whole(self.labelled("disk_total", mount)?),
            read: self.labelled("disk_read", mount).map(whole),
            written: self.labelled("disk_written", mount).map(whole),
        })
    }

    fn interface(&self, name: &str) -> Option<Interface> {
        Some(Interface {
            name: name.to_owned(),
            sent: whole(self.labelled("network_sent", name)?),
            recv: whole(self.labelled("network_recv", name)?),
            sent_total_bytes: whole(self.labelled("network_sent_total", name)?),
            recv_total_bytes: whole(self.labelled("network_recv_total", name)?),
        })
    }

    fn temperature(&self, label: &str) -> Option<Temperature> {
        Some(Temperature {
            label: label.to_owned(),
            celsius: self.labelled("temperature", label)?,
            critical: self.labelled("temperature_critical", label),
        })
    }
}

/// Bytes and seconds are never negative; a conversion from what is holds it at 0.
fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use collector::{Collector, Demo, Moment, Watched};
    use protocol::{Durable, Point, points};
    use std::time::{Duration, Instant};

    /// What two hours of a simulated host say.
    fn messages() -> Vec<Durable> {
        let demo = Demo {
            seed: 5,
            rate: Some(12),
            labels: 4,
            hosts: 1,
            start: None,
        };
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let mut collector = Collector::demo(demo, Duration::from_secs(1), start);
        let collect = move |number: u32| {
            let now = Moment {
                instant: start + minute * number,
                timestamp: Timestamp::from_unix_ms(1_768_473_000_000 + i64::from(number) * 60_000),
            };
            collector.collect(now, Watched::default())
        };
        (0..120).flat_map(collect).collect()
    }

    /// The same without what is no series, and as exact as series are.
    fn as_kept(metrics: &Metrics) -> Metrics {
        let kept = |value: u64, digits: u32| {
            let unit = 10_u64.pow((value.max(1).ilog10() + 1).saturating_sub(digits));
            (value + unit / 2) / unit * unit
        };
        let (rate, size) = (|value| kept(value, 3), |value| kept(value, 5));
        let memory = |memory: Memory| Memory {
            used: size(memory.used),
            total: size(memory.total),
        };
        let mut metrics = metrics.clone();
        metrics.memory_bytes = metrics.memory_bytes.map(memory);
        metrics.swap_bytes = metrics.swap_bytes.map(memory);
        metrics.network_sent = metrics.network_sent.map(rate);
        metrics.network_recv = metrics.network_recv.map(rate);
        metrics.network_sent_total_bytes = metrics.network_sent_total_bytes.map(size);
        metrics.network_recv_total_bytes = metrics.network_recv_total_bytes.map(size);
        for disk in &mut metrics.disks {
            disk.filesystem = None;
            disk.used_bytes = size(disk.used_bytes);
            disk.total_bytes = size(disk.total_bytes);
            disk.read = disk.read.map(rate);
            disk.written = disk.written.map(rate);
        }
        for interface in &mut metrics.interfaces {
            interface.sent = rate(interface.sent);
            interface.recv = rate(interface.recv);
            interface.sent_total_bytes = size(interface.sent_total_bytes);
            interface.recv_total_bytes = size(interface.recv_total_bytes);
        }
        metrics.temperatures.sort_by(|a, b| a.label.cmp(&b.label));
        metrics
    }

    fn told(sent: &Metrics, points: &[(Point, Option<Unit>)]) -> Metrics {
        let values = points.iter().map(|(point, _)| (&point.series, point.value));
        metrics(&sent.host, sent.timestamp, sent.interval_ms, values)
    }

    #[test]
    fn a_message_comes_back_from_its_points() {
        let mut hosts = 0;
        let mut programs = 0;
        for message in messages() {
            let points_sent = points(&message);
            match message {
                Durable::Metrics(sent) => {
                    hosts += 1;
                    let told = told(&sent, &points_sent);
                    assert_eq!(told, as_kept(&sent));
                    // And forth again: nothing is called differently in one of the two directions.
                    let again = points(&Durable::Metrics(told));
                    assert_eq!(sorted(again), sorted(points_sent));
                }
                Durable::Data(sent) => {
                    programs += 1;
                    let [(point, unit)] = points_sent.try_into().expect("one point");
                    let series = Series {
                        key: point.series,
                        unit,
                    };
                    assert_eq!(data(&series, sent.timestamp, point.value), Some(sent));
                }
                _ => assert!(points_sent.is_empty()),
            }
        }
        assert!(hosts == 120 && programs > 500, "{hosts} {programs}");
    }

    #[test]
    fn labelled_data_comes_back_too() {
        let golden = include_str!("../../../protocol/tests/golden/server/data_labels.json");
        let message = Durable::from_json(golden).expect("a message");
        let [(point, unit)] = points(&message).try_into().expect("one point");
        let series = Series {
            key: point.series,
            unit,
        };
        let told = data(&series, message.timestamp(), point.value);
        assert_eq!(told.map(Durable::Data), Some(message));
    }

    fn sorted(mut points: Vec<(Point, Option<Unit>)>) -> Vec<(Point, Option<Unit>)> {
        points.sort_by(|(one, _), (other, _)| one.series.cmp(&other.series));
        points
    }

    #[test]
    fn what_is_not_whole_is_left_out() {
        let Some(Durable::Metrics(sent)) = messages().into_iter().next() else {
            panic!("the first message is a sample");
        };
        let all = points(&Durable::Metrics(sent.clone()));
        let without = |text: &str| {
            let mut rest = all.clone();
            rest.retain(|(point, _)| point.series.to_string() != text);
            assert_eq!(rest.len(), all.len() - 1);
            told(&sent, &rest)
        };
        let less = without(r#"disk_total{host="demo",mount="/srv"}"#);
        assert_eq!(less.disks.len(), sent.disks.len() - 1);
        assert_eq!(without(r#"load5{host="demo"}"#).load, None);
        let without_core = without(r#"cpu{core="2",host="demo"}"#).cores;
        let mut expected = sent.cores.clone();
        expected[2] = None;
        assert_eq!(without_core, expected);
        assert_eq!(without(r#"cpu{host="demo"}"#).cpu, None);
        let other = Metrics {
            host: "other".into(),
            ..sent
        };
        assert!(told(&other, &all).cores.is_empty());
    }

    #[test]
    fn a_core_is_at_the_place_of_its_number() {
        let core = |core: &str| {
            let label = [("core".to_owned(), core.to_owned())];
            SeriesKey::new("demo", "cpu", label)
        };
        let keys = ["10", "2", "18446744073709551615", "1024", "-1", "two"].map(core);
        let values = keys.iter().map(|key| (key, 1.0));
        let cores = metrics("demo", Timestamp::default(), 1_000, values).cores;
        assert_eq!(cores.len(), 11);
        let known: Vec<_> = (0..11).filter(|&at| cores[at].is_some()).collect();
        assert_eq!(known, [2, 10]);
    }
}

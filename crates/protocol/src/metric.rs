//! The metrics that a host's samples have, each defined once.

use crate::{Kind, SeriesKey, Unit};

/// One of the metrics that [`points`](crate::points) finds in a host's sample.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// The name of its series.
    pub name: &'static str,
    /// Their kind.
    pub kind: Kind,
    /// The label that its series may have.
    pub label: Option<&'static str>,
    /// Whether there is a series without that label: the total, or the fullest disk.
    pub has_total: bool,
    /// Empty if it has none.
    unit: &'static str,
    /// Significant digits of a value; all of them if absent.
    digits: Option<u32>,
}

/// Every metric, in the order in which [`points`](crate::points) finds them.
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
pub(crate) const LOAD1: Metric = Metric::of_unit("load1", "");
pub(crate) const LOAD5: Metric = Metric::of_unit("load5", "");
pub(crate) const LOAD15: Metric = Metric::of_unit("load15", "");
pub(crate) const MEMORY: Metric = Metric::of_unit("memory", "%");
pub(crate) const MEMORY_USED: Metric = Metric::size("memory_used");
pub(crate) const MEMORY_TOTAL: Metric = Metric::size("memory_total");
pub(crate) const SWAP: Metric = Metric::of_unit("swap", "%");
pub(crate) const SWAP_USED: Metric = Metric::size("swap_used");
pub(crate) const SWAP_TOTAL: Metric = Metric::size("swap_total");
pub(crate) const DISK: Metric = Metric::of_unit("disk", "%").or_by("mount");
pub(crate) const DISK_USED: Metric = Metric::size("disk_used").by("mount");
pub(crate) const DISK_TOTAL: Metric = Metric::size("disk_total").by("mount");
pub(crate) const DISK_READ: Metric = Metric::rate("disk_read").by("mount");
pub(crate) const DISK_WRITTEN: Metric = Metric::rate("disk_written").by("mount");
pub(crate) const NETWORK_SENT: Metric = Metric::rate("network_sent").or_by("interface");
pub(crate) const NETWORK_RECV: Metric = Metric::rate("network_recv").or_by("interface");
pub(crate) const NETWORK_SENT_TOTAL: Metric =
    Metric::counter("network_sent_total").or_by("interface");
pub(crate) const NETWORK_RECV_TOTAL: Metric =
    Metric::counter("network_recv_total").or_by("interface");
pub(crate) const TEMPERATURE: Metric = Metric::of_unit("temperature", "°C").by("sensor");
pub(crate) const TEMPERATURE_CRITICAL: Metric =
    Metric::of_unit("temperature_critical", "°C").by("sensor");
pub(crate) const UPTIME: Metric = Metric::of_unit("uptime", "s");

/// Rates are displayed with three digits and vary far more from one second to the next.
const RATE_DIGITS: u32 = 3;
/// Sizes are displayed with three digits, too, but their growth is computed from differences.
const SIZE_DIGITS: u32 = 5;

impl Metric {
    /// The metric of a series; `None` if it is not from a host's samples.
    pub fn of(series: &SeriesKey) -> Option<&'static Self> {
        if series.host.is_empty() {
            return None;
        }
        let metric = METRICS.into_iter().find(|it| it.name == series.name)?;
        let mut labels = series.labels.keys();
        let is_of = match (labels.next(), labels.next()) {
            (None, _) => metric.has_total,
            (Some(label), None) => metric.label == Some(label),
            _ => false,
        };
        is_of.then_some(metric)
    }

    /// The unit of its values.
    pub fn unit(&self) -> Option<Unit> {
        Unit::new(self.unit)
    }

    /// Rounded to the stored precision, so that live and stored values are equal.
    pub(crate) fn rounded(&self, value: u64) -> f64 {
        self.digits
            .map_or(value as f64, |digits| significant(value, digits))
    }

    const fn of_unit(name: &'static str, unit: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Gauge,
            label: None,
            has_total: true,
            unit,
            digits: None,
        }
    }

    /// Bytes.
    const fn size(name: &'static str) -> Self {
        let mut metric = Self::of_unit(name, "B");
        metric.digits = Some(SIZE_DIGITS);
        metric
    }

    /// Bytes per second.
    const fn rate(name: &'static str) -> Self {
        let mut metric = Self::of_unit(name, "B/s");
        metric.digits = Some(RATE_DIGITS);
        metric
    }

    /// Bytes since a start.
    const fn counter(name: &'static str) -> Self {
        let mut metric = Self::size(name);
        metric.kind = Kind::Counter;
        metric
    }

    /// Each series has this label.
    const fn by(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self.has_total = false;
        self
    }

    /// One series is the total, the others have this label.
    const fn or_by(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }
}

/// The nearest number of `digits` significant digits: 126 973 with three is 127 000. A half goes up.
fn significant(number: u64, digits: u32) -> f64 {
    let length = number.checked_ilog10().unwrap_or(0) + 1;
    let unit = 10_u64.pow(length.saturating_sub(digits));
    let (whole, rest) = (number / unit, number % unit);
    let up = u64::from(rest > 0 && rest >= unit - rest);
    (whole + up) as f64 * unit as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_beyond_are_rounded_away() {
        for (number, rounded) in [
            (0, 0.0),
            (7, 7.0),
            (999, 999.0),
            (126_973, 127_000.0),
            (126_500, 127_000.0),
            (99_960, 100_000.0),
            (u64::MAX, 18_400_000_000_000_000_000.0),
        ] {
            assert_eq!(significant(number, 3), rounded, "{number}");
        }
    }

    fn check(host: &str, name: &str, labels: &[&str], expected: Option<&Metric>) {
        let labels = labels
            .iter()
            .map(|label| ((*label).to_owned(), "x".to_owned()));
        let key = SeriesKey::new(host, name, labels);
        assert_eq!(Metric::of(&key), expected, "{key}");
    }

    #[test]
    fn a_series_belongs_to_a_metric_with_its_labels() {
        check("local", "cpu", &[], Some(&CPU));
        check("local", "cpu", &["core"], Some(&CPU));
        check("local", "cpu", &["core", "source"], None);
        check("local", "cpu", &["source"], None);
        check("", "cpu", &[], None);
        check("local", "disk_read", &[], None);
        check("local", "disk_read", &["mount"], Some(&DISK_READ));
        check("local", "Requests", &[], None);
    }
}

//! What is known of a metric: name, unit, kind and label of its series. Which ones there are stands in
//! `metrics.rs`.

use crate::{Kind, METRICS, SeriesKey, Unit};

/// One of the metrics that [`points`](crate::points()) finds in a host's sample.
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

/// Rates are read to three digits and vary far more from one second to the next.
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

    pub(crate) const fn of_unit(name: &'static str, unit: &'static str) -> Self {
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
    pub(crate) const fn size(name: &'static str) -> Self {
        let mut metric = Self::of_unit(name, "B");
        metric.digits = Some(SIZE_DIGITS);
        metric
    }

    /// Bytes per second.
    pub(crate) const fn rate(name: &'static str) -> Self {
        let mut metric = Self::of_unit(name, "B/s");
        metric.digits = Some(RATE_DIGITS);
        metric
    }

    /// Bytes since a start.
    pub(crate) const fn counter(name: &'static str) -> Self {
        let mut metric = Self::size(name);
        metric.kind = Kind::Counter;
        metric
    }

    /// Each series has this label.
    pub(crate) const fn by(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self.has_total = false;
        self
    }

    /// One series is of all, the others have this label.
    pub(crate) const fn or_by(mut self, label: &'static str) -> Self {
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
    use crate::metrics::{CPU, DISK_READ};

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

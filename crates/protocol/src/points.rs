use crate::metrics::each_of_metrics;
use crate::{Data, Durable, HOST_LABEL, Metrics, SeriesKey, Timestamp, Unit};

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

/// The points of a message, each with its series' unit; only `metrics` and `data` have any; those of
/// `samples` need the series of its set. History,
/// folds and live views all use this function.
///
/// Two values with the same key in one message (such as two sensors of one name) are one series, of which
/// the first counts.
pub fn points(message: &Durable) -> Vec<(Point, Option<Unit>)> {
    match message {
        Durable::Metrics(metrics) => metrics.points(),
        Durable::Data(data) => data.point().into_iter().collect(),
        _ => Vec::new(),
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

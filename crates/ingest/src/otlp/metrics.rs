//! Metrics: points, and the buckets of histograms.

use super::{Stop, ended, key_value, resource, scalar, timestamp};
use crate::Histogram;
use crate::batch::{Batch, BodyError, LabelSet, ParsedPoint, Reason, TEXT_BYTES_MAX};
use crate::histogram::{Bucket, HISTOGRAM_BUCKETS_MAX, by_upper_bounds};
use crate::naming::unit_of_ucum;
use crate::protobuf::{Fields, Malformed, Value};
use crate::remote_write::exponential_bound;
use protocol::{Kind, Unit};

const MESSAGE: &str = "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest";

/// `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
const NO_RECORDED_VALUE: u64 = 1;

const DELTA: u64 = 1;

/// The points of a request for metrics. A place is the number of a data point, from 0.
///
/// # Errors
///
/// If it is no such message, or has too many points.
pub fn parse_metrics(body: &[u8]) -> Result<Batch, BodyError> {
    let mut metrics = Metrics::default();
    ended(metrics.request(body), MESSAGE)?;
    Ok(metrics.batch)
}

#[derive(Default)]
struct Metrics {
    batch: Batch,
    place: u32,
}

/// What the data points of a metric have in common.
struct Metric<'a> {
    name: &'a str,
    unit: Option<Unit>,
    resource: &'a Result<LabelSet, Reason>,
}

/// A data point of any kind.
#[derive(Default)]
struct DataPoint {
    timestamp_ns: u64,
    value: f64,
    flags: u64,
    count: f64,
    sum: Option<f64>,
    bucket_counts: Vec<u64>,
    bounds: Vec<u64>,
    scale: i64,
    zero_count: f64,
    zero_threshold: f64,
    positive: (i64, Vec<u64>),
    negative: (i64, Vec<u64>),
    quantiles: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Number(Kind),
    Histogram,
    Exponential,
    Summary,
}

impl Metrics {
    fn request(&mut self, body: &[u8]) -> Result<(), Stop> {
        for field in Fields::of(body) {
            let (1, resource_metrics) = field? else {
                continue;
            };
            let resource_metrics = resource_metrics.bytes()?;
            let resource = resource(resource_metrics)?.labels();
            for field in Fields::of(resource_metrics) {
                let (2, scope_metrics) = field? else { continue };
                for field in Fields::of(scope_metrics.bytes()?) {
                    let (2, metric) = field? else { continue };
                    self.metric(metric.bytes()?, &resource)?;
                }
            }
        }
        Ok(())
    }

    fn metric(&mut self, message: &[u8], resource: &Result<LabelSet, Reason>) -> Result<(), Stop> {
        let (mut name, mut unit) = ("", "");
        let mut data = None;
        for field in Fields::of(message) {
            let (number, value) = field?;
            match number {
                1 => name = value.text()?,
                3 => unit = value.text()?,
                5 | 7 | 9 | 10 | 11 => data = Some((number, value.bytes()?)),
                _ => {}
            }
        }
        let Some((number, data)) = data else {
            return Ok(());
        };
        let metric = Metric {
            name,
            unit: unit_of_ucum(unit),
            resource,
        };
        let (mut temporality, mut is_monotonic) = (0, false);
        for field in Fields::of(data) {
            match field? {
                (2, it) => temporality = it.varint()?,
                (3, it) => is_monotonic = it.varint()? != 0,
                _ => {}
            }
        }
        let shape = match number {
            5 => Shape::Number(Kind::Gauge),
            7 if is_monotonic => Shape::Number(Kind::Counter),
            7 => Shape::Number(Kind::Gauge),
            9 => Shape::Histogram,
            10 => Shape::Exponential,
            _ => Shape::Summary,
        };
        let has_temporality = matches!(number, 7 | 9 | 10);
        for field in Fields::of(data) {
            let (1, point) = field? else { continue };
            let place = self.place;
            self.place += 1;
            if has_temporality && temporality == DELTA {
                self.batch.reject(place, Reason::Delta);
                continue;
            }
            self.point(point.bytes()?, &metric, shape, place)?;
        }
        Ok(())
    }

    fn point(
        &mut self,
        message: &[u8],
        metric: &Metric<'_>,
        shape: Shape,
        place: u32,
    ) -> Result<(), Stop> {
        let mut labels = metric.resource.clone();
        let attributes_field = match shape {
            Shape::Exponential => 1,
            Shape::Histogram => 9,
            Shape::Number(_) | Shape::Summary => 7,
        };
        let mut point = DataPoint::default();
        for field in Fields::of(message) {
            let (number, value) = field?;
            if number == attributes_field {
                add_attribute(&mut labels, value.bytes()?)?;
                continue;
            }
            point.field(shape, number, value)?;
        }
        if point.flags & NO_RECORDED_VALUE != 0 {
            return Ok(());
        }
        let labels = labels.and_then(|mut labels| {
            labels.set_name(metric.name.to_owned())?;
            Ok(labels)
        });
        match labels {
            Ok(labels) => self.push(labels, point, metric, shape, place),
            Err(reason) => {
                self.batch.reject(place, reason);
                Ok(())
            }
        }
    }

    fn push(
        &mut self,
        labels: LabelSet,
        point: DataPoint,
        metric: &Metric<'_>,
        shape: Shape,
        place: u32,
    ) -> Result<(), Stop> {
        let timestamp = timestamp(point.timestamp_ns);
        let unit = metric.unit.clone();
        let made = |series, value, unit, kind| ParsedPoint {
            series,
            timestamp,
            value,
            unit,
            kind,
            place,
        };
        if let Shape::Number(kind) = shape {
            let series = labels.into_series();
            self.batch.push(made(series, point.value, unit, kind))?;
            return Ok(());
        }
        let name = labels.name().to_owned();
        let series = labels.series_named(format!("{name}_count"));
        self.batch
            .push(made(series, point.count, None, Kind::Counter))?;
        if let Some(sum) = point.sum {
            let series = labels.series_named(format!("{name}_sum"));
            self.batch
                .push(made(series, sum, unit.clone(), Kind::Counter))?;
        }
        if shape == Shape::Summary {
            for (quantile, value) in &point.quantiles {
                let mut series = labels.series_named(name.clone());
                series
                    .labels
                    .insert("quantile".to_owned(), quantile.to_string());
                self.batch
                    .push(made(series, *value, unit.clone(), Kind::Gauge))?;
            }
            return Ok(());
        }
        let Some(buckets) = point.buckets(shape) else {
            let reason = Reason::Syntax("its buckets and bounds do not match");
            self.batch.reject(place, reason);
            return Ok(());
        };
        if !buckets.is_empty() {
            self.batch.push_histogram(Histogram {
                series: labels.into_series(),
                timestamp,
                unit,
                place,
                buckets,
            })?;
        }
        Ok(())
    }
}

impl DataPoint {
    fn field(&mut self, shape: Shape, number: u64, value: Value<'_>) -> Result<(), Malformed> {
        let count_max = HISTOGRAM_BUCKETS_MAX;
        match (shape, number) {
            (_, 3) => self.timestamp_ns = value.fixed64()?,
            (Shape::Number(_), 4) => self.value = value.double()?,
            (Shape::Number(_), 6) => self.value = value.fixed64()?.cast_signed() as f64,
            (Shape::Number(_) | Shape::Summary, 8) => self.flags = value.varint()?,
            (Shape::Histogram | Shape::Exponential, 10) => self.flags = value.varint()?,
            (_, 4) => self.count = value.fixed64()? as f64,
            (_, 5) if !matches!(shape, Shape::Number(_)) => self.sum = Some(value.double()?),
            (Shape::Histogram, 6) => value.fixed64s(&mut self.bucket_counts, count_max)?,
            (Shape::Histogram, 7) => value.fixed64s(&mut self.bounds, count_max)?,
            (Shape::Exponential, 6) => self.scale = value.sint64()?,
            (Shape::Exponential, 7) => self.zero_count = value.fixed64()? as f64,
            (Shape::Exponential, 8) => self.positive = exponential_buckets(value.bytes()?)?,
            (Shape::Exponential, 9) => self.negative = exponential_buckets(value.bytes()?)?,
            (Shape::Exponential, 14) => self.zero_threshold = value.double()?,
            (Shape::Summary, 6) => {
                if self.quantiles.len() >= HISTOGRAM_BUCKETS_MAX {
                    return Err(Malformed);
                }
                let (mut quantile, mut at) = (0.0, 0.0);
                for field in Fields::of(value.bytes()?) {
                    match field? {
                        (1, it) => quantile = it.double()?,
                        (2, it) => at = it.double()?,
                        _ => {}
                    }
                }
                self.quantiles.push((quantile, at));
            }
            _ => {}
        }
        Ok(())
    }

    fn buckets(&self, shape: Shape) -> Option<Vec<Bucket>> {
        if shape == Shape::Histogram {
            if self.bucket_counts.is_empty() {
                return Some(Vec::new());
            }
            if self.bucket_counts.len() != self.bounds.len() + 1 {
                return None;
            }
            let bounds = self.bounds.iter().map(|bits| f64::from_bits(*bits));
            if !bounds.clone().is_sorted_by(|a, b| a < b) {
                return None;
            }
            let bounds = bounds.chain([f64::INFINITY]);
            let counts = self.bucket_counts.iter().map(|count| *count as f64);
            return Some(by_upper_bounds(bounds.zip(counts)));
        }
        if !(-10..=20).contains(&self.scale) {
            return None;
        }
        // The bucket with index `i` ends at the base to the power of `i + 1`.
        let bound = |offset: i64, at: usize| {
            let index = offset.saturating_add(i64::try_from(at).unwrap_or(i64::MAX));
            exponential_bound(self.scale, index)
        };
        let mut buckets = Vec::new();
        let (offset, counts) = &self.negative;
        for (at, count) in counts.iter().enumerate().rev() {
            buckets.push(Bucket {
                lower: -bound(*offset, at + 1),
                upper: -bound(*offset, at),
                count: *count as f64,
            });
        }
        if self.zero_count > 0.0 {
            buckets.push(Bucket {
                lower: -self.zero_threshold,
                upper: self.zero_threshold,
                count: self.zero_count,
            });
        }
        let (offset, counts) = &self.positive;
        for (at, count) in counts.iter().enumerate() {
            buckets.push(Bucket {
                lower: bound(*offset, at),
                upper: bound(*offset, at + 1),
                count: *count as f64,
            });
        }
        Some(buckets)
    }
}

/// Offset and counts.
fn exponential_buckets(message: &[u8]) -> Result<(i64, Vec<u64>), Malformed> {
    let (mut offset, mut counts) = (0, Vec::new());
    for field in Fields::of(message) {
        match field? {
            (1, it) => offset = it.sint64()?,
            (2, it) => it.varints(&mut counts, HISTOGRAM_BUCKETS_MAX)?,
            _ => {}
        }
    }
    Ok((offset, counts))
}

fn add_attribute(labels: &mut Result<LabelSet, Reason>, message: &[u8]) -> Result<(), Malformed> {
    let (key, value) = key_value(message)?;
    let value = scalar(value)?;
    let (Ok(set), Some(value)) = (labels.as_mut(), value) else {
        return Ok(());
    };
    let is_reserved = matches!(key, protocol::HOST_LABEL | protocol::NAME_LABEL);
    let pushed = match key.len() > TEXT_BYTES_MAX {
        _ if is_reserved => Ok(()),
        true => Err(Reason::TextLength),
        false => set.push(key.to_owned(), value),
    };
    if let Err(reason) = pushed {
        *labels = Err(reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::examples::{AT_NS, attribute, resource, text};
    use crate::protobuf::write::{bytes, double, fixed64, number};
    use protocol::Timestamp;

    /// A request with one metric, whose data is that of the field `kind`.
    fn request(name: &str, unit: &str, kind: u64, data: &[u8]) -> Vec<u8> {
        let metric = [bytes(1, name), bytes(3, unit), bytes(kind, data)].concat();
        let scope = bytes(2, bytes(2, metric));
        bytes(1, [scope, resource()].concat())
    }

    fn read(body: &[u8]) -> Vec<String> {
        let batch = parse_metrics(body).expect("a request");
        let points = batch.points.iter().map(ParsedPoint::described);
        let rejected = batch
            .rejected
            .iter()
            .map(|it| format!("{}: {}", it.place, it.reason));
        points.chain(rejected).collect()
    }

    #[test]
    fn sums_and_gauges_are_points() {
        let point = [
            attribute(7, "http.method", &text("GET")),
            attribute(7, "ok", &number(2, 1)),
            attribute(7, "list", &bytes(5, b"")),
            fixed64(3, AT_NS),
            fixed64(6, 42),
        ]
        .concat();
        let sum = [bytes(1, &point), number(2, 2), number(3, 1)].concat();
        let series =
            r#"http.server.requests{host="web-1",http.method="GET",job="team/shop",ok="true"}"#;
        let body = request("http.server.requests", "{request}", 7, &sum);
        assert_eq!(read(&body), [format!("{series} = 42 counter")]);
        let batch = parse_metrics(&body).expect("a request");
        let at = batch.points[0].timestamp.map(Timestamp::unix_ms);
        assert_eq!(at, Some(1_700_000_000_123));
        let gauge = bytes(1, [double(4, 1.5), fixed64(3, AT_NS)].concat());
        let expected = r#"memory{host="web-1",job="team/shop"} = 1.5 B"#;
        assert_eq!(read(&request("memory", "By", 5, &gauge)), [expected]);
        let delta = [bytes(1, &point), number(2, 1), number(3, 1)].concat();
        let expected = "0: it has delta temporality; send cumulative values";
        assert_eq!(read(&request("a", "", 7, &delta)), [expected]);
        let absent = bytes(1, [number(8, 1), fixed64(3, AT_NS)].concat());
        assert!(read(&request("a", "", 5, &absent)).is_empty());
    }

    #[test]
    fn histograms_have_count_sum_and_buckets() {
        let numbers = |values: &[u64]| {
            values
                .iter()
                .flat_map(|it| it.to_le_bytes())
                .collect::<Vec<_>>()
        };
        let point = [
            fixed64(3, AT_NS),
            fixed64(4, 3),
            double(5, 4.5),
            bytes(6, numbers(&[1, 2, 0])),
            bytes(7, numbers(&[1.0_f64.to_bits(), 5.0_f64.to_bits()])),
        ]
        .concat();
        let histogram = [bytes(1, &point), number(2, 2)].concat();
        let body = request("d", "s", 9, &histogram);
        let labels = r#"{host="web-1",job="team/shop"}"#;
        let expected = [
            format!("d_count{labels} = 3 counter"),
            format!("d_sum{labels} = 4.5 s counter"),
        ];
        assert_eq!(read(&body), expected);
        let batch = parse_metrics(&body).expect("a request");
        let buckets = &batch.histograms[0].buckets;
        let found: Vec<_> = buckets
            .iter()
            .map(|it| (it.lower, it.upper, it.count))
            .collect();
        assert_eq!(
            found,
            [(0.0, 1.0, 1.0), (1.0, 5.0, 2.0), (5.0, f64::INFINITY, 0.0)]
        );
        let exponential = [
            fixed64(4, 3),
            number(6, 0),
            fixed64(7, 1),
            bytes(8, [number(1, 2), bytes(2, [1, 1])].concat()),
        ]
        .concat();
        let exponential = [bytes(1, &exponential), number(2, 2)].concat();
        let batch = parse_metrics(&request("e", "", 10, &exponential)).expect("a request");
        let buckets = &batch.histograms[0].buckets;
        let found: Vec<_> = buckets
            .iter()
            .map(|it| (it.lower, it.upper, it.count))
            .collect();
        assert_eq!(found, [(-0.0, 0.0, 1.0), (2.0, 4.0, 1.0), (4.0, 8.0, 1.0)]);
    }

    #[test]
    fn summaries_have_quantiles() {
        let quantile = bytes(6, [double(1, 0.9), double(2, 7.0)].concat());
        let point = bytes(1, [fixed64(4, 2), double(5, 9.0), quantile].concat());
        let found = read(&request("s", "", 11, &point));
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[2],
            r#"s{host="web-1",job="team/shop",quantile="0.9"} = 7"#
        );
    }
}

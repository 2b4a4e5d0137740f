//! Prometheus remote write, 1.0 (<https://prometheus.io/docs/specs/prw/remote_write_spec/>) and 2.0
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>), after decompression.
//!
//! Native histograms are reduced to sum, count and quantiles. Stale markers and exemplars are read and not stored: a series
//! ends where its points end.

use crate::Histogram;
use crate::batch::{Batch, BodyError, LabelSet, ParsedPoint, Reason, TEXT_BYTES_MAX};
use crate::histogram::{Bucket, HISTOGRAM_BUCKETS_MAX};
use crate::naming::{kind_of_name, unit_of_name, unit_of_word};
use crate::protobuf::{Fields, Malformed, Stop, Value, zigzag};
use protocol::{Kind, SeriesKey, Timestamp, Unit};

/// The value by which Prometheus says that a series has ended.
const STALE_MARKER: u64 = 0x7ff0_0000_0000_0002;

/// The most texts of the table in a request of 2.0.
const SYMBOLS_MAX: usize = 200_000;

/// The version of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `prometheus.WriteRequest`.
    V1,
    /// `io.prometheus.write.v2.Request`.
    V2,
}

impl Version {
    /// By the `Content-Type`; 1.0 if it names no message. `None` for another message or another type.
    pub fn of(content_type: &str) -> Option<Self> {
        let mut parts = content_type.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        if !media_type.eq_ignore_ascii_case("application/x-protobuf") && !media_type.is_empty() {
            return None;
        }
        let proto = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.eq_ignore_ascii_case("proto")
                .then(|| value.trim_matches('"'))
        });
        match proto {
            None | Some("prometheus.WriteRequest") => Some(Self::V1),
            Some("io.prometheus.write.v2.Request") => Some(Self::V2),
            Some(_) => None,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::V1 => "prometheus.WriteRequest",
            Self::V2 => "io.prometheus.write.v2.Request",
        }
    }
}

/// What a request has.
#[derive(Debug, Default, PartialEq)]
pub struct Written {
    /// Its points. A place is the number of a sample or histogram, from 0.
    pub batch: Batch,
    /// Samples that can be read, stale markers among them.
    pub samples: u64,
    /// The places of histograms that can be read, ascending.
    pub histogram_places: Vec<u32>,
}

/// The points of a request.
///
/// # Errors
///
/// If it is no such message, or has too many points.
pub fn parse(body: &[u8], version: Version) -> Result<Written, BodyError> {
    let mut reading = Reading {
        version,
        symbols: Vec::new(),
        written: Written::default(),
        place: 0,
    };
    match reading.request(body) {
        Ok(()) => Ok(reading.written),
        Err(Stop::Malformed) => Err(BodyError::Protobuf(version.message())),
        Err(Stop::Body(error)) => Err(error),
    }
}

struct Reading<'a> {
    version: Version,
    symbols: Vec<&'a str>,
    written: Written,
    place: u32,
}

/// What 2.0 says of a series.
#[derive(Default)]
struct Metadata {
    kind: Option<Kind>,
    unit: Option<Unit>,
}

impl<'a> Reading<'a> {
    fn request(&mut self, body: &'a [u8]) -> Result<(), Stop> {
        let series_field = match self.version {
            Version::V1 => 1,
            Version::V2 => {
                // Series refer to the table wherever it stands.
                for field in Fields::of(body) {
                    let (4, value) = field? else { continue };
                    if self.symbols.len() >= SYMBOLS_MAX {
                        return Err(Stop::Malformed);
                    }
                    self.symbols.push(value.text()?);
                }
                if self.symbols.first().is_some_and(|first| !first.is_empty()) {
                    return Err(Stop::Malformed);
                }
                5
            }
        };
        for field in Fields::of(body) {
            let (number, value) = field?;
            if number == series_field {
                self.series(value.bytes()?)?;
            }
        }
        Ok(())
    }

    fn series(&mut self, message: &'a [u8]) -> Result<(), Stop> {
        // Labels and metadata may stand behind the samples.
        let mut labels = Ok(LabelSet::default());
        let mut refs = Vec::new();
        let mut metadata = Metadata::default();
        for field in Fields::of(message) {
            let (number, value) = field?;
            match (self.version, number) {
                (Version::V1, 1) => add_label(&mut labels, label(value.bytes()?)?),
                (Version::V2, 1) => value.varints(&mut refs, 1_000)?,
                (Version::V2, 5) => metadata = self.metadata(value.bytes()?)?,
                _ => {}
            }
        }
        let (pairs, rest) = refs.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(Stop::Malformed);
        }
        for [name, value] in pairs {
            let pair = (self.symbol(*name)?, self.symbol(*value)?);
            add_label(&mut labels, pair);
        }
        let labels = labels.and_then(|labels| match labels.name().is_empty() {
            true => Err(Reason::Syntax("it has no label `__name__`")),
            false => Ok(labels),
        });
        let histogram_field = match self.version {
            Version::V1 => 4,
            Version::V2 => 3,
        };
        let mut sender = None;
        for field in Fields::of(message) {
            let (number, value) = field?;
            if number != 2 && number != histogram_field {
                continue;
            }
            let message = value.bytes()?;
            let place = self.place;
            self.place += 1;
            let labels = match &labels {
                Ok(labels) => labels,
                Err(reason) => {
                    self.written.batch.reject(place, *reason);
                    continue;
                }
            };
            if number == 2 {
                let series = sender.get_or_insert_with(|| labels.clone().into_series());
                self.sample(message, series, &metadata, place)?;
            } else {
                self.histogram(message, labels, &metadata, place)?;
            }
        }
        Ok(())
    }

    fn symbol(&self, at: u64) -> Result<&'a str, Malformed> {
        let at = usize::try_from(at).map_err(|_| Malformed)?;
        self.symbols.get(at).copied().ok_or(Malformed)
    }

    fn metadata(&self, message: &[u8]) -> Result<Metadata, Malformed> {
        let mut metadata = Metadata::default();
        for field in Fields::of(message) {
            match field? {
                (1, kind) => {
                    metadata.kind = match kind.varint()? {
                        1 => Some(Kind::Counter),
                        2 | 4 | 6 | 7 => Some(Kind::Gauge),
                        // The parts of histograms and summaries are known by their names.
                        _ => None,
                    };
                }
                (4, unit) => {
                    let unit = self.symbol(unit.varint()?)?;
                    metadata.unit = unit_of_word(unit).or_else(|| Unit::new(unit));
                }
                _ => {}
            }
        }
        Ok(metadata)
    }

    fn sample(
        &mut self,
        message: &[u8],
        series: &SeriesKey,
        metadata: &Metadata,
        place: u32,
    ) -> Result<(), Stop> {
        let (mut value, mut timestamp) = (0.0, 0);
        for field in Fields::of(message) {
            match field? {
                (1, it) => value = it.double()?,
                (2, it) => timestamp = it.int64()?,
                _ => {}
            }
        }
        self.written.samples += 1;
        if value.to_bits() == STALE_MARKER {
            return Ok(());
        }
        let name = &series.name;
        self.written.batch.push(ParsedPoint {
            unit: metadata.unit.clone().or_else(|| unit_of_name(name)),
            kind: metadata.kind.unwrap_or_else(|| kind_of_name(name)),
            series: series.clone(),
            timestamp: Some(Timestamp::from_unix_ms(timestamp)),
            value,
            place,
        })?;
        Ok(())
    }

    fn histogram(
        &mut self,
        message: &[u8],
        labels: &LabelSet,
        metadata: &Metadata,
        place: u32,
    ) -> Result<(), Stop> {
        let native = NativeHistogram::read(message)?;
        self.written.histogram_places.push(place);
        if native.sum.to_bits() == STALE_MARKER {
            return Ok(());
        }
        let unit = metadata.unit.clone();
        let unit = unit.or_else(|| unit_of_name(labels.name()));
        let timestamp = Some(Timestamp::from_unix_ms(native.timestamp));
        let batch = &mut self.written.batch;
        for (ending, value) in [("_sum", native.sum), ("_count", native.count)] {
            batch.push(ParsedPoint {
                series: labels.series_named(format!("{}{ending}", labels.name())),
                timestamp,
                value,
                unit: unit.clone().filter(|_| ending == "_sum"),
                kind: Kind::Counter,
                place,
            })?;
        }
        let Some(buckets) = native.buckets() else {
            batch.reject(
                place,
                Reason::Syntax("its buckets contradict each other, or are more than 1000"),
            );
            return Ok(());
        };
        batch.push_histogram(Histogram {
            series: labels.clone().into_series(),
            timestamp,
            unit,
            place,
            buckets,
        })?;
        Ok(())
    }
}

fn label(message: &[u8]) -> Result<(&str, &str), Malformed> {
    let (mut name, mut text) = ("", "");
    for field in Fields::of(message) {
        match field? {
            (1, it) => name = it.text()?,
            (2, it) => text = it.text()?,
            _ => {}
        }
    }
    Ok((name, text))
}

fn add_label(labels: &mut Result<LabelSet, Reason>, (name, value): (&str, &str)) {
    let Ok(set) = labels else { return };
    // Before memory is taken for it.
    let pushed = match name.len() + value.len() > TEXT_BYTES_MAX {
        true => Err(Reason::TextLength),
        false => set.push(name.to_owned(), value.to_owned()),
    };
    if let Err(reason) = pushed {
        *labels = Err(reason);
    }
}

/// `prometheus.Histogram`, with the same fields in both versions.
#[derive(Default)]
struct NativeHistogram {
    count: f64,
    sum: f64,
    schema: i64,
    zero_threshold: f64,
    zero_count: f64,
    negative: Side,
    positive: Side,
    timestamp: i64,
    custom_bounds: Vec<u64>,
}

/// The buckets of one sign.
#[derive(Default)]
struct Side {
    /// Offset and length.
    spans: Vec<(i64, u64)>,
    deltas: Vec<u64>,
    counts: Vec<u64>,
}

impl NativeHistogram {
    fn read(message: &[u8]) -> Result<Self, Malformed> {
        let mut it = Self::default();
        let count_max = HISTOGRAM_BUCKETS_MAX;
        for field in Fields::of(message) {
            let (number, value) = field?;
            match number {
                1 => it.count = value.varint()? as f64,
                2 => it.count = value.double()?,
                3 => it.sum = value.double()?,
                4 => it.schema = value.sint64()?,
                5 => it.zero_threshold = value.double()?,
                6 => it.zero_count = value.varint()? as f64,
                7 => it.zero_count = value.double()?,
                8 => it.negative.span(value)?,
                9 => value.varints(&mut it.negative.deltas, count_max)?,
                10 => value.fixed64s(&mut it.negative.counts, count_max)?,
                11 => it.positive.span(value)?,
                12 => value.varints(&mut it.positive.deltas, count_max)?,
                13 => value.fixed64s(&mut it.positive.counts, count_max)?,
                15 => it.timestamp = value.int64()?,
                16 => value.fixed64s(&mut it.custom_bounds, count_max)?,
                _ => {}
            }
        }
        Ok(it)
    }

    fn buckets(&self) -> Option<Vec<Bucket>> {
        let is_custom = self.schema == -53;
        if !is_custom && !(-4..=8).contains(&self.schema) {
            return None;
        }
        let bound = |index: i64| match is_custom {
            true => match usize::try_from(index)
                .ok()
                .map(|index| self.custom_bounds.get(index))
            {
                Some(Some(bits)) => f64::from_bits(*bits),
                Some(None) => f64::INFINITY,
                None => f64::NEG_INFINITY,
            },
            false => exponential_bound(self.schema, index),
        };
        let mut buckets = Vec::new();
        for (index, count) in self.negative.counts()?.into_iter().rev() {
            buckets.push(Bucket {
                lower: -bound(index),
                upper: -bound(index - 1),
                count,
            });
        }
        if self.zero_count > 0.0 {
            buckets.push(Bucket {
                lower: -self.zero_threshold,
                upper: self.zero_threshold,
                count: self.zero_count,
            });
        }
        for (index, count) in self.positive.counts()? {
            buckets.push(Bucket {
                lower: bound(index - 1),
                upper: bound(index),
                count,
            });
        }
        Some(buckets)
    }
}

/// The upper bound of a bucket with this index: the base `2^(2^-schema)` to the power of the index.
pub(crate) fn exponential_bound(schema: i64, index: i64) -> f64 {
    (index as f64 * (-schema as f64).exp2()).exp2()
}

impl Side {
    fn span(&mut self, value: Value<'_>) -> Result<(), Malformed> {
        if self.spans.len() >= HISTOGRAM_BUCKETS_MAX {
            return Err(Malformed);
        }
        let (mut offset, mut length) = (0, 0);
        for field in Fields::of(value.bytes()?) {
            match field? {
                (1, it) => offset = it.sint64()?,
                (2, it) => length = it.varint()?,
                _ => {}
            }
        }
        self.spans.push((offset, length));
        Ok(())
    }

    /// Indexes with counts; `None` if spans and counts do not match.
    fn counts(&self) -> Option<Vec<(i64, f64)>> {
        let mut counts = Vec::new();
        let mut whole: i64 = 0;
        for delta in &self.deltas {
            whole = whole.checked_add(zigzag(*delta))?;
            counts.push(whole as f64);
        }
        counts.extend(self.counts.iter().map(|bits| f64::from_bits(*bits)));
        if counts.iter().any(|count| count.is_nan() || *count < 0.0) {
            return None;
        }
        let mut counts = counts.into_iter();
        let mut indexed = Vec::new();
        let mut index: i64 = 0;
        for (offset, length) in &self.spans {
            index = index.checked_add(*offset)?;
            for _ in 0..*length {
                indexed.push((index, counts.next()?));
                index = index.checked_add(1)?;
            }
        }
        counts.next().is_none().then_some(indexed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reducer;
    use crate::protobuf::write::{bytes, double, number, packed};
    use std::fmt::Write;

    fn label(name: &str, value: &str) -> Vec<u8> {
        bytes(1, [bytes(1, name), bytes(2, value)].concat())
    }

    fn sample(value: f64, timestamp: i64) -> Vec<u8> {
        bytes(
            2,
            [double(1, value), number(2, timestamp.cast_unsigned())].concat(),
        )
    }

    fn read(body: &[u8], version: Version) -> String {
        let written = parse(body, version).expect("a request");
        let mut text = String::new();
        for point in &written.batch.points {
            let at = point.timestamp.expect("a time").unix_ms();
            let _ = writeln!(text, "{} @{at}", point.described());
        }
        for rejected in &written.batch.rejected {
            let _ = writeln!(text, "{}: {}", rejected.place, rejected.reason);
        }
        let _ = write!(
            text,
            "{} samples, {} histograms",
            written.samples,
            written.histogram_places.len()
        );
        text
    }

    #[test]
    fn samples_of_1_0_are_points() {
        let series = |parts: &[Vec<u8>]| bytes(1, parts.concat());
        let stale = f64::from_bits(STALE_MARKER);
        let request = [
            series(&[
                label("__name__", "node_cpu_seconds_total"),
                label("host", "web-1"),
                sample(1.5, 1_700_000_000_000),
                sample(2.5, 1_700_000_015_000),
                sample(stale, 1_700_000_030_000),
            ]),
            series(&[sample(1.0, -5), label("__name__", "up")]),
            series(&[label("job", "node"), sample(1.0, 0)]),
        ]
        .concat();
        let expected = "node_cpu_seconds_total{host=\"web-1\"} = 1.5 s counter @1700000000000\n\
            node_cpu_seconds_total{host=\"web-1\"} = 2.5 s counter @1700000015000\n\
            up = 1 @-5\n\
            4: it has no label `__name__`\n\
            4 samples, 0 histograms";
        assert_eq!(read(&request, Version::V1), expected);
    }

    #[test]
    fn series_of_2_0_refer_to_a_table() {
        let symbols = ["", "__name__", "queue_length", "job", "worker", "bytes"];
        let symbols: Vec<_> = symbols.iter().flat_map(|it| bytes(4, it)).collect();
        let metadata = bytes(5, [number(1, 1), number(4, 5)].concat());
        let series = [packed(1, &[1, 2, 3, 4]), sample(7.0, 1_000), metadata].concat();
        let request = [bytes(5, series), symbols.clone()].concat();
        let expected = "queue_length{job=\"worker\"} = 7 B counter @1000\n1 samples, 0 histograms";
        assert_eq!(read(&request, Version::V2), expected);
        for refs in [&[1, 99][..], &[1]] {
            let series = [packed(1, refs), sample(7.0, 1_000)].concat();
            let request = [symbols.clone(), bytes(5, series)].concat();
            assert!(parse(&request, Version::V2).is_err(), "{refs:?}");
        }
    }

    #[test]
    fn a_native_histogram_has_sum_count_and_quantiles() {
        // Schema 0: bounds are powers of two. Buckets (1, 2] and (4, 8].
        let histogram = |counts: [u64; 2], at: u64| {
            let delta = (counts[1] as i64 - counts[0] as i64) << 1;
            let zigzagged = if delta < 0 {
                (-delta) as u64 - 1
            } else {
                delta as u64
            };
            let span = |offset: u64| bytes(11, [number(1, offset << 1), number(2, 1)].concat());
            let parts = [
                number(1, counts.iter().sum()),
                double(3, 12.5),
                number(4, 0),
                span(1),
                span(1),
                packed(12, &[counts[0] << 1, zigzagged]),
                number(15, at),
            ];
            let series = [label("__name__", "rpc_seconds"), bytes(4, parts.concat())].concat();
            bytes(1, series)
        };
        let expected = "rpc_seconds_sum = 12.5 s counter @1000\nrpc_seconds_count = 2 counter @1000\n\
            0 samples, 1 histograms";
        assert_eq!(read(&histogram([1, 1], 1_000), Version::V1), expected);
        let mut reducer = Reducer::default();
        let mut points = Vec::new();
        for request in [histogram([1, 1], 1_000), histogram([101, 1], 2_000)] {
            let mut batch = parse(&request, Version::V1).expect("a request").batch;
            reducer.reduce(&mut batch, Timestamp::from_unix_ms(2_000));
            points.extend(batch.points.into_iter().skip(2));
        }
        let found: Vec<_> = points
            .iter()
            .map(|it| (it.series.to_string(), it.value))
            .collect();
        let expected = [
            ("rpc_seconds{quantile=\"0.5\"}".to_owned(), 1.5),
            ("rpc_seconds{quantile=\"0.95\"}".to_owned(), 1.95),
            ("rpc_seconds{quantile=\"0.99\"}".to_owned(), 1.99),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_version_stands_in_the_content_type() {
        for (text, expected) in [
            ("application/x-protobuf", Some(Version::V1)),
            ("", Some(Version::V1)),
            (
                "application/x-protobuf;proto=prometheus.WriteRequest",
                Some(Version::V1),
            ),
            (
                "application/x-protobuf; proto=io.prometheus.write.v2.Request",
                Some(Version::V2),
            ),
            ("application/x-protobuf;proto=a.B", None),
            ("application/json", None),
        ] {
            assert_eq!(Version::of(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_requests_are_refused() {
        let span = bytes(11, [number(1, 0), number(2, u64::MAX)].concat());
        let parts = [span, packed(12, &[2])].concat();
        let huge = bytes(1, [label("__name__", "a"), bytes(4, parts)].concat());
        let written = parse(&huge, Version::V1).expect("a request");
        assert_eq!(written.batch.rejected_count, 1);
        let many = bytes(
            1,
            [
                label("__name__", "a"),
                sample(1.0, 1).repeat(crate::POINTS_MAX + 1),
            ]
            .concat(),
        );
        assert_eq!(parse(&many, Version::V1), Err(BodyError::PointCount));
        for garbage in [&b"\xff\xff"[..], b"{}", b"<html>"] {
            let refused = parse(garbage, Version::V1);
            assert!(
                matches!(refused, Err(BodyError::Protobuf(_))),
                "{garbage:?}"
            );
        }
        assert_eq!(parse(b"", Version::V2), Ok(Written::default()));
    }
}

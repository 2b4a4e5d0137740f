//! What Prometheus scrapes: its text format
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>) and OpenMetrics
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
//!
//! Buckets of histograms are not points: they are reduced to quantiles. Exemplars, help texts and `_created` are not read.

use crate::Histogram;
use crate::batch::{Batch, BodyError, LabelSet, ParsedPoint, Reason};
use crate::histogram::{HISTOGRAM_BUCKETS_MAX, by_upper_bounds};
use crate::naming::{kind_of_name, unit_of_name, unit_of_word};
use crate::quoted::{closing_quote, unquote};
use protocol::{Kind, SeriesKey, Timestamp, Unit};
use std::collections::HashMap;

/// Which of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Timestamps are whole milliseconds.
    Prometheus,
    /// Timestamps are seconds, and the last line is `# EOF`.
    OpenMetrics,
}

impl Format {
    /// By a response's `Content-Type`.
    pub fn of(content_type: &str) -> Self {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        match media_type.eq_ignore_ascii_case("application/openmetrics-text") {
            true => Self::OpenMetrics,
            false => Self::Prometheus,
        }
    }
}

/// What was scraped.
#[derive(Debug, PartialEq)]
pub struct Exposition {
    /// Its points.
    pub batch: Batch,
    /// Whether the end is there, as far as the format has one.
    pub is_complete: bool,
}

/// The type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Counter,
    Gauge,
    Histogram,
    Summary,
    Unknown,
}

/// The lines that belong together.
#[derive(Debug, Default)]
struct Family {
    name: String,
    kind: Option<Type>,
    unit: Option<Unit>,
    /// Cumulative counts by upper bound.
    buckets: HashMap<SeriesKey, Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    place: u32,
    timestamp: Option<Timestamp>,
    counts: Vec<(f64, f64)>,
}

/// The points of a body.
///
/// # Errors
///
/// If there are too many.
pub fn parse(body: &[u8], format: Format) -> Result<Exposition, BodyError> {
    let mut batch = Batch::default();
    let mut family = Family::default();
    let mut is_complete = format == Format::Prometheus;
    let mut place = 0;
    for line in body.split(|byte| *byte == b'\n') {
        place += 1;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if is_complete && format == Format::OpenMetrics {
            batch.reject(place, Reason::Syntax("it follows `# EOF`"));
            break;
        }
        if let Some(comment) = line.strip_prefix(b"#") {
            is_complete |= comment.trim_ascii() == b"EOF";
            family.comment(comment, &mut batch)?;
            continue;
        }
        match sample(line, format) {
            Ok(sample) => family.sample(sample, place, &mut batch)?,
            Err(reason) => batch.reject(place, reason),
        }
    }
    family.flush(&mut batch)?;
    Ok(Exposition { batch, is_complete })
}

impl Family {
    fn comment(&mut self, comment: &[u8], batch: &mut Batch) -> Result<(), BodyError> {
        let mut rest = comment.trim_ascii_start();
        let keyword = word(&mut rest);
        if !matches!(keyword, b"TYPE" | b"UNIT") {
            return Ok(());
        }
        let Some(name) = metric_name(&mut rest) else {
            return Ok(());
        };
        if name != self.name {
            self.flush(batch)?;
            *self = Self {
                name,
                ..Self::default()
            };
        }
        let value = str::from_utf8(rest.trim_ascii()).unwrap_or_default();
        match keyword {
            b"UNIT" => self.unit = unit_of_word(value).or_else(|| Unit::new(value)),
            _ => {
                self.kind = Some(match value {
                    "counter" => Type::Counter,
                    "gauge" | "info" | "stateset" => Type::Gauge,
                    "histogram" | "gaugehistogram" => Type::Histogram,
                    "summary" => Type::Summary,
                    _ => Type::Unknown,
                });
            }
        }
        Ok(())
    }

    fn sample(&mut self, sample: Sample, place: u32, batch: &mut Batch) -> Result<(), BodyError> {
        let Sample {
            mut labels,
            value,
            timestamp,
        } = sample;
        let suffix = labels.name().strip_prefix(self.name.as_str());
        let suffix = suffix.filter(|_| !self.name.is_empty()).map(str::to_owned);
        let kind = match (self.kind, suffix.as_deref()) {
            (Some(Type::Histogram), Some("_bucket")) => {
                let bound = labels
                    .remove("le")
                    .and_then(|bound| bound.parse::<f64>().ok());
                let Some(bound) = bound.filter(|bound| !bound.is_nan()) else {
                    batch.reject(
                        place,
                        Reason::Syntax("a bucket has no number as its label `le`"),
                    );
                    return Ok(());
                };
                return self.bucket(labels, bound, value, timestamp, place, batch);
            }
            (Some(Type::Histogram | Type::Summary), Some("_sum" | "_count")) => Kind::Counter,
            (Some(Type::Counter), Some("" | "_total")) => Kind::Counter,
            // When a series began is not a value of it.
            (Some(Type::Counter | Type::Histogram | Type::Summary), Some("_created")) => {
                return Ok(());
            }
            (Some(Type::Gauge | Type::Summary | Type::Histogram), Some("")) => Kind::Gauge,
            (Some(Type::Gauge), Some(_)) => Kind::Gauge,
            _ => kind_of_name(labels.name()),
        };
        let is_count = labels.name().ends_with("_count");
        let unit = match suffix.is_some() {
            true if self.unit.is_some() && !is_count => self.unit.clone(),
            _ => unit_of_name(labels.name()),
        };
        batch.push(ParsedPoint {
            series: labels.into_series(),
            timestamp,
            value,
            unit,
            kind,
            place,
        })
    }

    fn bucket(
        &mut self,
        labels: LabelSet,
        bound: f64,
        count: f64,
        timestamp: Option<Timestamp>,
        place: u32,
        batch: &mut Batch,
    ) -> Result<(), BodyError> {
        if self.buckets.len() >= crate::POINTS_MAX {
            return Err(BodyError::PointCount);
        }
        let series = labels.series_named(self.name.clone());
        let buckets = self.buckets.entry(series).or_default();
        if buckets.counts.len() >= HISTOGRAM_BUCKETS_MAX {
            batch.reject(
                place,
                Reason::Syntax("a histogram has more than 1000 buckets"),
            );
            return Ok(());
        }
        (buckets.place, buckets.timestamp) = (place, timestamp);
        buckets.counts.push((bound, count));
        Ok(())
    }

    /// What belongs to a histogram as a whole.
    fn flush(&mut self, batch: &mut Batch) -> Result<(), BodyError> {
        for (series, buckets) in std::mem::take(&mut self.buckets) {
            let Buckets {
                place,
                timestamp,
                mut counts,
            } = buckets;
            counts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let mut below = 0.0;
            let counts = counts.into_iter().map(|(bound, cumulative)| {
                let count = cumulative - below;
                below = cumulative;
                (bound, count)
            });
            batch.push_histogram(Histogram {
                unit: self.unit.clone().or_else(|| unit_of_name(&series.name)),
                series,
                timestamp,
                place,
                buckets: by_upper_bounds(counts),
            })?;
        }
        Ok(())
    }
}

/// A line with a value.
struct Sample {
    labels: LabelSet,
    value: f64,
    timestamp: Option<Timestamp>,
}

fn sample(line: &[u8], format: Format) -> Result<Sample, Reason> {
    let mut rest = line;
    let mut labels = LabelSet::default();
    if rest.first() != Some(&b'{') {
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'{' | b' ' | b'\t'))
            .ok_or(Reason::Syntax("it has no value"))?;
        let name = crate::batch::text(&rest[..end])?;
        if !is_metric_name(name) {
            return Err(Reason::Syntax(
                "it does not begin with the name of a metric",
            ));
        }
        labels.set_name(name.to_owned())?;
        rest = rest[end..].trim_ascii_start();
    }
    if let Some(inner) = rest.strip_prefix(b"{") {
        rest = label_pairs(inner, &mut labels)?;
    }
    if labels.name().is_empty() {
        return Err(Reason::Syntax("it has no name"));
    }
    let value = word(&mut rest);
    if value.is_empty() {
        return Err(Reason::Syntax("it has no value"));
    }
    let text = str::from_utf8(value).map_err(|_| Reason::NotUtf8)?;
    let value = text
        .parse()
        .map_err(|_| Reason::Syntax("its value is no number"))?;
    let timestamp = match word(&mut rest) {
        // An exemplar.
        b"" | b"#" => None,
        text => {
            let text = str::from_utf8(text).map_err(|_| Reason::NotUtf8)?;
            let timestamp = timestamp(text, format);
            let timestamp = timestamp.ok_or(Reason::Syntax("its timestamp is no number"))?;
            let after = word(&mut rest);
            if !matches!(after, b"" | b"#") {
                return Err(Reason::Syntax("something follows its timestamp"));
            }
            Some(timestamp)
        }
    };
    Ok(Sample {
        labels,
        value,
        timestamp,
    })
}

fn timestamp(text: &str, format: Format) -> Option<Timestamp> {
    let unix_ms = match format {
        Format::Prometheus => text.parse().ok()?,
        Format::OpenMetrics => {
            let seconds: f64 = text.parse().ok().filter(|it: &f64| it.is_finite())?;
            (seconds * 1_000.0).round() as i64
        }
    };
    Some(Timestamp::from_unix_ms(unix_ms))
}

/// Reads `a="b",c="d"}`; a text in quotes without a value is the name (Prometheus 3).
fn label_pairs<'a>(mut rest: &'a [u8], labels: &mut LabelSet) -> Result<&'a [u8], Reason> {
    const WRONG: Reason = Reason::Syntax("its labels are not `name=\"value\"`");
    loop {
        rest = rest.trim_ascii_start();
        match rest.first() {
            Some(b'}') => return Ok(&rest[1..]),
            Some(b'"') => {
                let name = quoted(&mut rest)?;
                rest = rest.trim_ascii_start();
                match rest.first() {
                    Some(b'=') => {
                        rest = rest[1..].trim_ascii_start();
                        let value = quoted(&mut rest)?;
                        labels.push(name, value)?;
                    }
                    _ if labels.name().is_empty() => labels.set_name(name)?,
                    _ => return Err(WRONG),
                }
            }
            Some(_) => {
                let end = rest.iter().position(|byte| *byte == b'=').ok_or(WRONG)?;
                let name = crate::batch::text(rest[..end].trim_ascii_end())?;
                if !is_label_name(name) || name == protocol::NAME_LABEL {
                    return Err(WRONG);
                }
                rest = rest[end + 1..].trim_ascii_start();
                let value = quoted(&mut rest)?;
                labels.push(name.to_owned(), value)?;
            }
            None => return Err(WRONG),
        }
        rest = rest.trim_ascii_start();
        match rest.first() {
            Some(b',') => rest = &rest[1..],
            Some(b'}') => {}
            _ => return Err(WRONG),
        }
    }
}

fn quoted(rest: &mut &[u8]) -> Result<String, Reason> {
    const WRONG: Reason = Reason::Syntax("a label's value is not in quotes");
    let inner = rest.strip_prefix(b"\"").ok_or(WRONG)?;
    let end = closing_quote(inner).ok_or(WRONG)?;
    *rest = &inner[end + 1..];
    unquote(&inner[..end])
}

/// The name after `# TYPE`, which may be in quotes.
fn metric_name(rest: &mut &[u8]) -> Option<String> {
    *rest = rest.trim_ascii_start();
    if rest.first() == Some(&b'"') {
        return quoted(rest).ok();
    }
    let name = crate::batch::text(word(rest)).ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The next word, and what follows it.
fn word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let start = rest.trim_ascii_start();
    let end = start.iter().position(u8::is_ascii_whitespace);
    let (word, after) = start.split_at(end.unwrap_or(start.len()));
    *rest = after;
    word
}

fn is_metric_name(name: &str) -> bool {
    name.split(':')
        .all(|part| part.is_empty() || is_label_name(part))
        && !name.is_empty()
}

fn is_label_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts_with_digit = name.bytes().next().is_none_or(|byte| byte.is_ascii_digit());
    !starts_with_digit && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn read(body: &str, format: Format) -> String {
        let Exposition { batch, is_complete } = parse(body.as_bytes(), format).expect("few points");
        let mut text = String::new();
        for point in &batch.points {
            let at = point
                .timestamp
                .map(|at| format!(" @{}", at.unix_ms()))
                .unwrap_or_default();
            let _ = writeln!(text, "{}{at}", point.described());
        }
        for histogram in &batch.histograms {
            let counts: Vec<_> = histogram
                .buckets
                .iter()
                .map(|it| (it.upper, it.count))
                .collect();
            let _ = writeln!(text, "{}: {counts:?}", histogram.series);
        }
        for rejected in &batch.rejected {
            let _ = writeln!(text, "{}: {}", rejected.place, rejected.reason);
        }
        if !is_complete {
            text.push_str("incomplete\n");
        }
        text
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(read(body, Format::Prometheus), expected, "{body}");
    }

    #[test]
    fn samples_are_points() {
        check(
            "# HELP http_requests_total The total number of HTTP requests.\n\
             # TYPE http_requests_total counter\n\
             http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n\
             http_requests_total{method=\"post\",code=\"400\",}    3\n\
             # Escaping in label values:\n\
             msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9\n\
             metric_without_timestamp_and_labels 12.47\n\
             something_weird{problem=\"division by zero\"} +Inf -3982045\n\
             # TYPE t gauge\n\
             t_celsius -3.5e1\n\
             nothing NaN\n",
            "http_requests_total{code=\"200\",method=\"post\"} = 1027 counter @1395066363000\n\
             http_requests_total{code=\"400\",method=\"post\"} = 3 counter\n\
             msdos_file_access_time_seconds{error=\"Cannot find file:\n\\\"FILE.TXT\\\"\",path=\"C:\\\\DIR\\\\FILE.TXT\"} = 1458255915 s\n\
             metric_without_timestamp_and_labels = 12.47\n\
             t_celsius = -35 °C\n",
        );
    }

    #[test]
    fn histograms_have_buckets_and_summaries_quantiles() {
        check(
            "# TYPE d_seconds histogram\n\
             d_seconds_bucket{le=\"0.05\",a=\"b\"} 10\n\
             d_seconds_bucket{le=\"+Inf\",a=\"b\"} 15\n\
             d_seconds_bucket{le=\"0.1\",a=\"b\"} 12\n\
             d_seconds_sum{a=\"b\"} 53423\n\
             d_seconds_count{a=\"b\"} 15\n\
             # TYPE rpc summary\n\
             rpc{quantile=\"0.5\"} 4773\n\
             rpc_sum 1.7e7\n\
             rpc_count 2693\n",
            "d_seconds_sum{a=\"b\"} = 53423 s counter\n\
             d_seconds_count{a=\"b\"} = 15 counter\n\
             rpc{quantile=\"0.5\"} = 4773\n\
             rpc_sum = 17000000 counter\n\
             rpc_count = 2693 counter\n\
             d_seconds{a=\"b\"}: [(0.05, 10.0), (0.1, 2.0), (inf, 3.0)]\n",
        );
    }

    #[test]
    fn openmetrics_has_seconds_units_exemplars_and_an_end() {
        let body = "# TYPE acme_http_router_request_seconds summary\n\
             # UNIT acme_http_router_request_seconds seconds\n\
             acme_http_router_request_seconds_sum{path=\"/api/v1\"} 9036.32 1520879607.789\n\
             acme_http_router_request_seconds_created{path=\"/api/v1\"} 1605281325.0\n\
             # TYPE foo counter\n\
             foo_total 17.0 1520879607.789 # {trace_id=\"KOO5S4vxi0o\"} 0.67\n\
             foo_total{a=\"b\"} 1 # {trace_id=\"K\"} 0.67 1520879607.789\n";
        let points = "acme_http_router_request_seconds_sum{path=\"/api/v1\"} = 9036.32 s counter @1520879607789\n\
             foo_total = 17 counter @1520879607789\n\
             foo_total{a=\"b\"} = 1 counter\n";
        assert_eq!(read(&format!("{body}# EOF\n"), Format::OpenMetrics), points);
        assert_eq!(
            read(body, Format::OpenMetrics),
            format!("{points}incomplete\n")
        );
        let after = read(&format!("{body}# EOF\nx 1\n"), Format::OpenMetrics);
        assert!(after.ends_with("9: it follows `# EOF`\n"), "{after}");
    }

    #[test]
    fn names_may_be_in_quotes() {
        check(
            "# TYPE \"my.metric\" counter\n{\"my.metric\",\"a.b\"=\"c\",host=\"web-1\"} 3\n",
            "my.metric{a.b=\"c\",host=\"web-1\"} = 3 counter\n",
        );
    }

    #[test]
    fn a_bad_line_does_not_reject_the_others() {
        check(
            "<!DOCTYPE html>\na\na{b\na{b=c} 1\na{b=\"c} 1\na{b=\"c\" d=\"e\"} 1\na{} x\na 1 x\na 1 2 3\n{} 1\na{__name__=\"b\"} 1\n1a 1\nok 1",
            "ok = 1\n\
             1: it does not begin with the name of a metric\n\
             2: it has no value\n\
             3: its labels are not `name=\"value\"`\n\
             4: a label's value is not in quotes\n\
             5: a label's value is not in quotes\n\
             6: its labels are not `name=\"value\"`\n\
             7: its value is no number\n\
             8: its timestamp is no number\n\
             9: something follows its timestamp\n\
             10: it has no name\n\
             11: its labels are not `name=\"value\"`\n\
             12: it does not begin with the name of a metric\n",
        );
    }

    #[test]
    fn the_number_of_points_and_buckets_is_limited() {
        let many = "a 1\n".repeat(crate::POINTS_MAX + 1);
        let error = parse(many.as_bytes(), Format::Prometheus);
        assert_eq!(error, Err(BodyError::PointCount));
        let mut buckets = "# TYPE a histogram\n".to_owned();
        for bound in 0..=HISTOGRAM_BUCKETS_MAX {
            let _ = writeln!(buckets, "a_bucket{{le=\"{bound}\"}} 1");
        }
        let read = parse(buckets.as_bytes(), Format::Prometheus).expect("few points");
        assert_eq!(read.batch.rejected_count, 1);
    }
}

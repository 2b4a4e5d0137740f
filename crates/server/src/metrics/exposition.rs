//! Prometheus's text format 0.0.4 and OpenMetrics 1.0.0, which differ in the names of counters and in the end.

use super::histogram::{BOUNDS_SECONDS, Observed};
use axum::http::{HeaderMap, header};
use std::fmt::Write;

/// A format of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    OpenMetrics,
}

impl Format {
    /// The format that a client prefers; the text format unless it names the other.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let (mut text, mut open) = (0, 0);
        let values = headers.get_all(header::ACCEPT).iter();
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut thousandths, mut version) = (1_000, None);
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                match key.trim().to_ascii_lowercase().as_str() {
                    "q" => thousandths = quality(value.trim()),
                    "version" => version = Some(value.trim().trim_matches('"')),
                    _ => {}
                }
            }
            match (name.as_str(), version) {
                ("application/openmetrics-text", None | Some("1.0.0")) => {
                    open = open.max(thousandths);
                }
                ("text/plain", None | Some("0.0.4")) => text = text.max(thousandths),
                _ => {}
            }
        }
        match open > 0 && open >= text {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// RFC 9110, 12.4.2, in thousandths.
fn quality(text: &str) -> u32 {
    let quality = text.parse::<f64>().unwrap_or(0.0);
    (quality.clamp(0.0, 1.0) * 1_000.0) as u32
}

/// The metrics, as they are written.
pub(crate) struct Exposition {
    format: Format,
    text: String,
}

/// A metric with its samples, which is not written without any.
pub(super) struct Family<'a> {
    exposition: &'a mut Exposition,
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    has_samples: bool,
}

impl Exposition {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            text: String::with_capacity(16 << 10),
        }
    }

    /// `name` ends with `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.family(name, "counter", help)
    }

    pub(super) fn gauge(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.family(name, "gauge", help)
    }

    pub(super) fn histogram(&mut self, name: &'static str, help: &'static str) -> Family<'_> {
        self.family(name, "histogram", help)
    }

    fn family(&mut self, name: &'static str, kind: &'static str, help: &'static str) -> Family<'_> {
        Family {
            exposition: self,
            name,
            kind,
            help,
            has_samples: false,
        }
    }

    /// The whole text.
    pub(crate) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

impl Family<'_> {
    pub(super) fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        self.sample("", labels, value);
    }

    /// The same for what is counted.
    pub(super) fn count(&mut self, labels: &[(&str, &str)], count: u64) {
        self.add(labels, count as f64);
    }

    /// One sample for each name, as the label's value.
    pub(super) fn counts(&mut self, label: &str, names: &[&str], counts: &[u64]) {
        for (name, count) in names.iter().zip(counts) {
            self.count(&[(label, name)], *count);
        }
    }

    pub(super) fn observed(&mut self, observed: &Observed) {
        let bounds = BOUNDS_SECONDS.into_iter().chain([f64::INFINITY]);
        for (bound, count) in bounds.zip(observed.cumulative) {
            self.sample("_bucket", &[("le", &float(bound))], count as f64);
        }
        self.sample("_sum", &[], observed.sum_seconds);
        let all = observed.cumulative.last().copied().unwrap_or_default();
        self.sample("_count", &[], all as f64);
    }

    fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        if !std::mem::replace(&mut self.has_samples, true) {
            self.head();
        }
        let text = &mut self.exposition.text;
        text.push_str(self.name);
        text.push_str(suffix);
        for (index, (name, value)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            text.push_str(name);
            text.push_str("=\"");
            escape(text, value);
            text.push('"');
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // Writing to a string cannot fail.
        let _ = match value {
            _ if value.is_nan() => writeln!(text, " NaN"),
            f64::INFINITY => writeln!(text, " +Inf"),
            f64::NEG_INFINITY => writeln!(text, " -Inf"),
            value => writeln!(text, " {value}"),
        };
    }

    /// OpenMetrics names the family of a counter without its suffix.
    fn head(&mut self) {
        let name = match self.exposition.format {
            Format::Text => self.name,
            Format::OpenMetrics => self.name.strip_suffix("_total").unwrap_or(self.name),
        };
        let (kind, help) = (self.kind, self.help);
        let _ = write!(
            self.exposition.text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n"
        );
    }
}

/// As OpenMetrics has the bounds of buckets: always with a decimal point.
fn float(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        value => format!("{value:?}"),
    }
}

fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use std::time::Duration;

    fn written(format: Format) -> String {
        let mut exposition = Exposition::new(format);
        let mut requests = exposition.counter("requests_total", "Requests.");
        requests.count(&[("path", "a\"b\\c\nd"), ("code", "2xx")], 3);
        exposition.gauge("empty", "Nothing.");
        exposition
            .gauge("size_bytes", "A size.")
            .add(&[], 9_090_863_104.5);
        exposition.finish()
    }

    #[test]
    fn counters_have_their_suffix_in_samples_alone_in_openmetrics() {
        assert_eq!(
            written(Format::Text),
            "# HELP requests_total Requests.\n\
             # TYPE requests_total counter\n\
             requests_total{path=\"a\\\"b\\\\c\\nd\",code=\"2xx\"} 3\n\
             # HELP size_bytes A size.\n\
             # TYPE size_bytes gauge\n\
             size_bytes 9090863104.5\n"
        );
        assert_eq!(
            written(Format::OpenMetrics),
            "# HELP requests Requests.\n\
             # TYPE requests counter\n\
             requests_total{path=\"a\\\"b\\\\c\\nd\",code=\"2xx\"} 3\n\
             # HELP size_bytes A size.\n\
             # TYPE size_bytes gauge\n\
             size_bytes 9090863104.5\n\
             # EOF\n"
        );
    }

    #[test]
    fn a_histogram_ends_with_all() {
        let histogram = super::super::histogram::Histogram::default();
        histogram.observe(Duration::from_secs(2));
        let mut exposition = Exposition::new(Format::Text);
        let mut family = exposition.histogram("took_seconds", "Time.");
        family.observed(&histogram.observed());
        let text = exposition.finish();
        assert!(
            text.contains("took_seconds_bucket{le=\"1.0\"} 0\n"),
            "{text}"
        );
        let end = "took_seconds_bucket{le=\"+Inf\"} 1\ntook_seconds_sum 2\ntook_seconds_count 1\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn the_accept_header_decides() {
        // As Prometheus 2.42 sends it.
        const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0,\
            application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for (accept, expected) in [
            (PROMETHEUS, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            (
                "application/openmetrics-text; version=1.0.0; q=0.3",
                Format::OpenMetrics,
            ),
            (
                "application/openmetrics-text;q=0.3, text/plain;q=0.5",
                Format::Text,
            ),
            ("application/openmetrics-text; version=0.0.1", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/vnd.google.protobuf", Format::Text),
            ("text/html,*/*;q=0.8", Format::Text),
            ("", Format::Text),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(Format::accepted(&headers), expected, "{accept}");
        }
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Text);
    }
}

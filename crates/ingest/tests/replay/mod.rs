//! Properties of the parsers for any bytes. Called by the fuzz targets, the corpus test and the property tests.

use ingest::exposition::{self, Format};
use ingest::influx::{self, Precision};
use ingest::remote_write::{self, Version};
use ingest::statsd::Aggregator;
use ingest::{
    Batch, BodyError, LABELS_MAX, POINTS_MAX, REJECTED_MAX, Reducer, gunzip, otlp, unsnap,
};
use protocol::{SeriesKey, Timestamp};

/// The limit of decompressed bodies here.
const BYTES_MAX: usize = 1 << 20;

/// Whatever was sent, what is made of it is within the limits.
fn check(batch: Result<Batch, BodyError>) {
    let Ok(mut batch) = batch else { return };
    let now = Timestamp::from_unix_ms(1_700_000_000_000);
    let before = batch.points.len();
    Reducer::default().reduce(&mut batch, now);
    assert_eq!(
        batch.points.len(),
        before,
        "quantiles need a previous request"
    );
    assert!(batch.points.len() <= POINTS_MAX);
    assert!(batch.rejected.len() <= REJECTED_MAX.min(batch.rejected_count));
    for point in &batch.points {
        let labels = &point.series.labels;
        // Three of ours, and the quantile.
        assert!(labels.len() <= LABELS_MAX + 4);
        let texts = labels
            .iter()
            .map(|(label, value)| label.len() + value.len());
        let bytes = point.series.name.len() + point.series.host.len() + texts.sum::<usize>();
        assert!(bytes <= 2 * SeriesKey::TEXT_BYTES_MAX + 64, "{bytes}");
    }
}

/// Line protocol, plain or as gzip.
pub(crate) fn influx(data: &[u8]) {
    check(influx::parse(data, Precision::Nanoseconds));
    if let Ok(plain) = gunzip(data, BYTES_MAX) {
        check(influx::parse(&plain, Precision::Hours));
    }
}

/// Both formats of Prometheus.
pub(crate) fn exposition(data: &[u8]) {
    for format in [Format::Prometheus, Format::OpenMetrics] {
        check(exposition::parse(data, format).map(|it| it.batch));
    }
}

/// Both versions, plain or as Snappy.
pub(crate) fn remote_write(data: &[u8]) {
    let unpacked = unsnap(data, BYTES_MAX);
    for body in [Some(data), unpacked.as_deref().ok()].into_iter().flatten() {
        for version in [Version::V1, Version::V2] {
            check(remote_write::parse(body, version).map(|it| it.batch));
        }
    }
}

/// Metrics and logs.
pub(crate) fn otlp(data: &[u8]) {
    check(otlp::parse_metrics(data));
    if let Ok(logs) = otlp::parse_logs(data) {
        for (_, line) in &logs.lines {
            assert!(!line.message.is_empty());
            assert!(line.message.chars().count() <= protocol::IngestEntry::MESSAGE_CHARS_MAX);
        }
    }
}

/// Datagrams, with a write after each of two.
pub(crate) fn statsd(data: &[u8]) {
    let mut aggregator = Aggregator::default();
    for now_ms in [0, 1_000] {
        let now = Timestamp::from_unix_ms(now_ms);
        aggregator.add(data, now);
        aggregator.flush(now).for_each(|batch| check(Ok(batch)));
    }
}

use super::Rates;
use crate::app::App;
use crate::metrics::process::resident_bytes;
use ingest::{Batch, ParsedPoint};
use protocol::server_info::series;
use protocol::{Kind, SeriesKey, Timestamp, Unit};

/// It is recorded with each of so many readings: each 10 s.
pub(super) const EVERY_READINGS: u32 = 5;

/// Commits how the server is doing as series of its own host. While the store is unavailable there is a gap.
pub(super) async fn record(app: &App, rates: &Rates, at: Timestamp) {
    let mut batch = Batch::default();
    batch.points.extend(points(app, rates, at));
    match app.inputs().commit("server", batch).await {
        Ok(outcome) if outcome.rejected_count == 0 => {}
        Ok(outcome) => {
            let why = outcome.describe("point");
            tracing::debug!(why, "Series of the server itself are not stored.");
        }
        Err(error) => {
            tracing::debug!(%error, "Series of the server itself are not stored.");
        }
    }
}

fn points(app: &App, rates: &Rates, at: Timestamp) -> impl Iterator<Item = ParsedPoint> {
    let (hub, traffic) = (app.hub(), app.hub().traffic());
    let usage = hub.metrics().usage();
    let active = app.archive().map(|archive| archive.series().active());
    let all = [
        (series::VIEWERS, "", Some(hub.count() as f64)),
        (series::DELIVERIES, "1/s", Some(rates.deliveries_per_s)),
        (series::SENT_BYTES, "B/s", Some(rates.sent_bytes_per_s)),
        (series::LAG, "", Some(traffic.lag_messages as f64)),
        (series::COMMIT_P99, "s", rates.commit_p99_s),
        (series::CPU, "%", Some(rates.cpu_percent)),
        (series::MEMORY, "B", resident_bytes().map(|it| it as f64)),
        (
            series::STORE,
            "B",
            usage.map(|(_, disk_bytes)| disk_bytes as f64),
        ),
        (series::SERIES, "", active.map(|it| it as f64)),
    ];
    all.into_iter().filter_map(move |(name, unit, value)| {
        Some(ParsedPoint {
            series: SeriesKey::new("", name, []),
            timestamp: Some(at),
            value: value?,
            unit: Unit::new(unit),
            kind: Kind::Gauge,
            place: 0,
        })
    })
}

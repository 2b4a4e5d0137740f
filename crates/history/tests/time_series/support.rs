use crate::memory::Memory;
use history::query::{Aggregation, Query, QueryResult, RetentionPeriods};
use history::series::{IngestOutcome, Limits, SERIES_MAX_LEAST};
use history::{Tier, TimeSeries};
use protocol::{Data, Durable, OwnHost, Timestamp};
use std::sync::Arc;

/// The start of a window of every tier.
pub(crate) const START_MS: i64 = 1_768_435_200_000 / (15 * 86_400_000) * (15 * 86_400_000);
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

pub(crate) fn data(label: &str, at_ms: i64, value: f64) -> Durable {
    Durable::Data(Data {
        timestamp: Timestamp::from_unix_ms(at_ms),
        label: label.to_owned(),
        value,
        unit: None,
        source: None,
        ..Data::default()
    })
}

/// Runs a future that awaits only the tables in memory.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

pub(crate) async fn open(store: &Arc<Memory>) -> TimeSeries {
    let limits = Limits {
        series_max: SERIES_MAX_LEAST,
        ..Limits::default()
    };
    let time_series = TimeSeries::open_with(
        store.clone(),
        RetentionPeriods::default(),
        OwnHost::default(),
        limits,
    )
    .await;
    time_series.expect("the tables are in memory")
}

/// The result of a query.
pub(crate) async fn evaluate(time_series: &TimeSeries, query: &Query, now_ms: i64) -> QueryResult {
    let result = time_series.query(query, now_ms).await;
    result.expect("a result")
}

/// Ingests a sample with its time as the clock.
pub(crate) fn ingest(
    time_series: &TimeSeries,
    label: &str,
    at_ms: i64,
    value: f64,
) -> IngestOutcome {
    time_series.ingest(&data(label, at_ms, value), 0, at_ms)
}

pub(crate) fn query(
    series: &str,
    from_ms: i64,
    to_ms: i64,
    points: usize,
    aggregation: &str,
) -> Query {
    Query {
        series: vec![series.to_owned()],
        from_ms,
        to_ms,
        points,
        aggregation: aggregation
            .parse::<Aggregation>()
            .expect("a known aggregation"),
    }
}

/// Long enough after a time that its window is due.
pub(crate) fn after(at_ms: i64) -> i64 {
    at_ms + Tier::Second.window_ms() + 2 * MINUTE_MS
}

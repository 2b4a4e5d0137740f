//! Results of queries.

use crate::memory::Memory;
use crate::support::*;
use history::query::{AnalysisRequest, ExportRequest, NoPercentile, QueryError};
use history::{Tier, TimeSeries};
use protocol::{Data, Durable, SeriesKey, Timestamp};
use std::sync::atomic::Ordering;
use store::SeriesStore;

/// A value each second from `from_ms` on, sealed as time passes.
async fn recorded(time_series: &TimeSeries, from_ms: i64, count: i64, value: impl Fn(i64) -> f64) {
    for second in 0..count {
        let at_ms = from_ms + second * 1_000;
        ingest(time_series, "x", at_ms, value(second));
        if second % 900 == 0 {
            time_series.seal(at_ms).await.expect("memory");
        }
    }
    time_series
        .seal(after(from_ms + count * 1_000))
        .await
        .expect("memory");
}

#[tokio::test]
async fn extremes_show_a_spike_at_any_zoom() {
    let time_series = open(&Memory::new()).await;
    let spike = |second| if second == 12_345 { 100.0 } else { 1.0 };
    recorded(&time_series, START_MS, 6 * 3_600, spike).await;
    let now_ms = START_MS + DAY_MS;
    for (points, tier) in [
        (10_000, Tier::Second),
        (120, Tier::Minute),
        (3, Tier::Hour),
        // A single point covers exactly the range.
        (1, Tier::Second),
    ] {
        let request = query("x", START_MS, START_MS + 6 * HOUR_MS, points, "avg");
        let result = evaluate(&time_series, &request, now_ms).await;
        assert_eq!(result.tier, tier);
        let extremes = result.columns[0].extremes.as_ref().expect("avg has them");
        let highest = extremes.max.iter().flatten().copied().fold(0.0, f64::max);
        assert_eq!(highest, 100.0, "{points} points");
    }
}

#[tokio::test]
async fn jitter_makes_no_gaps_and_a_gap_is_not_zero() {
    let time_series = open(&Memory::new()).await;
    // Around the edge of a second, with three missing.
    for second in (0..60).filter(|second| !(20..23).contains(second)) {
        let jitter_ms = [-2, 0, 3, 0, -1, 0, 0][second as usize % 7];
        ingest(
            &time_series,
            "x",
            START_MS + 1_000 + second * 1_000 + jitter_ms,
            1.0,
        );
    }
    let request = query("x", START_MS + 500, START_MS + 60_500, 500, "count");
    let result = evaluate(&time_series, &request, START_MS + 61_000).await;
    assert_eq!(result.step_ms, 1_000);
    assert!(result.is_single);
    assert_eq!(
        result.times_ms[..4],
        [0, 998, 2_000, 3_003].map(|ms| START_MS + ms),
        "when samples were taken"
    );
    assert!(result.times_ms.is_sorted());
    let column = &result.columns[0];
    assert_eq!(column.interval_ms, Some(1_000));
    let empty = column.values.iter().filter(|value| value.is_none()).count();
    let single = column
        .values
        .iter()
        .filter(|value| **value == Some(1.0))
        .count();
    assert_eq!(
        (empty, single),
        (3 + 1, 57),
        "three missing, and the half second at an end"
    );
}

#[tokio::test]
async fn percentiles_before_the_retention_period_are_an_error() {
    let time_series = open(&Memory::new()).await;
    recorded(&time_series, START_MS, 1_000, |second| second as f64).await;
    let request = query("x", START_MS, START_MS + HOUR_MS, 1, "p95");
    let result = evaluate(&time_series, &request, START_MS + DAY_MS).await;
    assert_eq!(result.columns[0].values, [Some(949.0)]);
    let refused = time_series
        .query(&request, START_MS + 15 * DAY_MS)
        .await
        .expect_err("too old");
    assert!(
        matches!(refused, QueryError::PercentilesBeyondRetention { .. }),
        "{refused}"
    );
    assert!(
        refused
            .to_string()
            .contains("single samples are kept from there on")
    );
}

#[tokio::test]
async fn an_unknown_series_is_named_in_the_error() {
    let time_series = open(&Memory::new()).await;
    ingest(&time_series, "x", START_MS, 1.0);
    let request = query("y", START_MS, START_MS + 1, 1, "avg");
    let refused = time_series
        .query(&request, START_MS)
        .await
        .expect_err("there is no y");
    assert_eq!(
        refused.to_string(),
        "find a series that `y` selects: there is none"
    );
}

#[tokio::test]
async fn a_range_is_compared_with_the_same_a_day_before() {
    let time_series = open(&Memory::new()).await;
    recorded(&time_series, START_MS, 600, |_| 1.0).await;
    recorded(&time_series, START_MS + DAY_MS, 600, |second| second as f64).await;
    let request = AnalysisRequest {
        series: vec!["x".to_owned()],
        from_ms: START_MS + DAY_MS,
        to_ms: START_MS + DAY_MS + 600_000,
        earlier_ms: Some(DAY_MS),
    };
    let now_ms = START_MS + 2 * DAY_MS;
    let analyse = async |request: &AnalysisRequest, now_ms| {
        let mut compared = time_series
            .analyse(request, now_ms)
            .await
            .expect("a result");
        assert_eq!(compared.len(), 1);
        compared.remove(0)
    };
    let compared = analyse(&request, now_ms).await;
    let (range, earlier) = (
        compared.range.expect("samples"),
        compared.earlier.expect("samples"),
    );
    assert_eq!((range.min, range.max, range.avg), (0.0, 599.0, 299.5));
    assert_eq!((range.p95, range.count), (Ok(569.0), 600));
    assert_eq!(
        (earlier.min, earlier.max, earlier.avg, earlier.p95),
        (1.0, 1.0, 1.0, Ok(1.0))
    );

    let later_ms = START_MS + 16 * DAY_MS;
    let of_minutes = analyse(&request, later_ms).await.range;
    let of_minutes = of_minutes.expect("minutes are stored");
    assert_eq!((of_minutes.tier, of_minutes.count), (Tier::Minute, 600));
    let reason = of_minutes.p95.expect_err("single samples are gone");
    assert!(
        reason
            .to_string()
            .starts_with("single samples are kept from ")
    );
    let request = AnalysisRequest {
        earlier_ms: Some(2 * DAY_MS),
        ..request
    };
    let compared = analyse(&request, now_ms).await;
    assert_eq!(compared.earlier, None, "nothing was sampled then");
}

#[tokio::test]
async fn samples_deleted_early_are_replaced_by_minutes_or_reported_missing() {
    let store = Memory::new();
    let time_series = open(&store).await;
    recorded(&time_series, START_MS, 8 * 3_600, |second| second as f64).await;
    let now_ms = START_MS + 9 * HOUR_MS;
    let analyse = async || {
        let request = AnalysisRequest {
            series: vec!["x".to_owned()],
            from_ms: START_MS,
            to_ms: START_MS + 8 * HOUR_MS,
            earlier_ms: None,
        };
        let mut compared = time_series
            .analyse(&request, now_ms)
            .await
            .expect("a result");
        compared.remove(0).range.expect("samples")
    };
    assert_eq!(analyse().await.p95, Ok(27_359.0));
    let expire = async |before_ms| {
        let second_ms = Tier::Second.resolution_ms();
        let removed = store.expire_chunks(second_ms, before_ms, usize::MAX).await;
        assert!(removed.expect("memory") > 0);
    };

    // Within the first window of minutes an early deletion cannot be detected.
    expire(START_MS + HOUR_MS).await;
    let range = analyse().await;
    assert_eq!(
        (range.max, range.p95),
        (28_799.0, Err(NoPercentile::Incomplete))
    );

    expire(START_MS + 7 * HOUR_MS).await;
    let range = analyse().await;
    assert_eq!((range.tier, range.count), (Tier::Minute, 8 * 3_600));
    let reason = range.p95.expect_err("single samples are gone").to_string();
    assert!(
        reason.starts_with("single samples are kept from "),
        "{reason}"
    );
    let request = query(
        "x",
        START_MS + HOUR_MS,
        START_MS + HOUR_MS + 600_000,
        500,
        "max",
    );
    let result = evaluate(&time_series, &request, now_ms).await;
    assert_eq!(result.tier, Tier::Minute);
    assert_eq!(result.columns[0].values[0], Some(3_659.0));
    let at_ms = START_MS + HOUR_MS;
    let at = time_series
        .at("local", at_ms, 10_000, now_ms)
        .await
        .expect("a result");
    assert_eq!((at[0].at_ms, at[0].value), (at_ms, 3_629.5));
    let request = ExportRequest {
        series: vec!["x".to_owned()],
        from_ms: START_MS,
        to_ms: now_ms,
    };
    let refused = time_series.export(&request, now_ms).await.err();
    assert!(matches!(
        refused,
        Some(QueryError::ExportBeyondRetention { .. })
    ));
    // What is left has its full resolution.
    let request = query(
        "x",
        START_MS + 7 * HOUR_MS,
        START_MS + 8 * HOUR_MS,
        1,
        "p50",
    );
    let result = evaluate(&time_series, &request, now_ms).await;
    assert_eq!(result.columns[0].values, [Some(26_999.0)]);
}

#[tokio::test]
async fn after_a_long_pause_new_samples_have_full_resolution() {
    let store = Memory::new();
    let time_series = open(&store).await;
    recorded(&time_series, START_MS, 600, |_| 1.0).await;
    let again_ms = START_MS + 21 * DAY_MS;
    let second_ms = Tier::Second.resolution_ms();
    store
        .expire_chunks(second_ms, again_ms, usize::MAX)
        .await
        .expect("memory");
    recorded(&time_series, again_ms, 1_800, |second| second as f64).await;
    let request = AnalysisRequest {
        series: vec!["x".to_owned()],
        from_ms: again_ms - HOUR_MS,
        to_ms: again_ms + HOUR_MS,
        earlier_ms: None,
    };
    let compared = time_series.analyse(&request, again_ms + HOUR_MS).await;
    let range = compared.expect("a result").remove(0).range;
    let range = range.expect("samples");
    assert_eq!((range.tier, range.p95), (Tier::Second, Ok(1_709.0)));
}

#[tokio::test]
async fn at_returns_the_value_of_each_series() {
    let time_series = open(&Memory::new()).await;
    recorded(&time_series, START_MS, 1_000, |second| second as f64).await;
    ingest(&time_series, "y", START_MS + 1_200_000, 7.0);
    let now_ms = START_MS + 1_200_000;
    let at = async |at_ms| {
        let all = time_series
            .at("local", START_MS + at_ms, 10_000, now_ms)
            .await
            .expect("a result");
        all.into_iter()
            .map(|one| (one.series.key.name, one.at_ms - START_MS, one.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(at(427_500).await, [("x".to_owned(), 427_000, 427.0)]);
    assert_eq!(at(1_009_000).await, [("x".to_owned(), 999_000, 999.0)]);
    assert_eq!(at(1_100_000).await, []);
    assert_eq!(at(1_200_000).await, [("y".to_owned(), 1_200_000, 7.0)]);
}

#[tokio::test]
async fn spans_cover_sealed_and_unsealed_samples() {
    let time_series = open(&Memory::new()).await;
    // Sealed, then unsealed; with a gap.
    recorded(&time_series, START_MS, 1_000, |second| second as f64).await;
    let last_ms = START_MS + 3_650_000;
    for at_ms in [last_ms - 5_000, last_ms] {
        ingest(&time_series, "x", at_ms, 1.0);
    }
    let spans_ms = time_series.spans_ms().await.expect("a result");
    assert_eq!(spans_ms[&SeriesKey::new("", "x", [])], (START_MS, last_ms));
}

#[tokio::test]
async fn at_returns_the_series_of_one_host() {
    let time_series = open(&Memory::new()).await;
    for host in ["", "local", "web-2"] {
        let message = Durable::Data(Data {
            timestamp: Timestamp::from_unix_ms(START_MS),
            label: if host.is_empty() {
                "of none".to_owned()
            } else {
                format!("of {host}")
            },
            value: 1.0,
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            ..Data::default()
        });
        time_series.ingest(&message, 0, START_MS);
    }
    let names = async |host: &str| {
        let all = time_series.at(host, START_MS, 10_000, START_MS).await;
        let all = all.expect("a result").into_iter();
        all.map(|it| it.series.key.name).collect::<Vec<_>>()
    };
    assert_eq!(names("local").await, ["of local", "of none"]);
    assert_eq!(names("web-2").await, ["of web-2"]);
    assert_eq!(names("web-3").await, [""; 0]);
}

#[tokio::test]
async fn an_export_reads_page_by_page() {
    let store = Memory::new();
    let time_series = open(&store).await;
    recorded(&time_series, START_MS, 3 * 3_600, |second| second as f64).await;
    recorded(&time_series, START_MS + 3 * DAY_MS, 10, |_| 1.0).await;
    ingest(&time_series, "y", START_MS + 3 * DAY_MS + 3_000, 2.0);
    let series = ["x", "y"].map(str::to_owned).to_vec();
    let request = ExportRequest {
        series,
        from_ms: START_MS,
        to_ms: START_MS + 4 * DAY_MS,
    };
    let now_ms = START_MS + 4 * DAY_MS;
    store.read_max.store(0, Ordering::Relaxed);
    let mut export = time_series
        .export(&request, now_ms)
        .await
        .expect("a possible query");
    let (mut rows, mut ys) = (0, Vec::new());
    while let Some(page) = export.next().await.expect("memory") {
        rows += page.times_ms.len();
        let of_y = page.times_ms.iter().zip(&page.columns[1]);
        ys.extend(of_y.filter_map(|(at_ms, value)| Some((at_ms - START_MS, (*value)?))));
    }
    assert_eq!(rows, 3 * 3_600 + 10);
    assert_eq!(ys, [(3 * DAY_MS + 3_000, 2.0)]);
    assert!(store.read_max.load(Ordering::Relaxed) <= 64);

    let request = ExportRequest {
        from_ms: START_MS - 30 * DAY_MS,
        ..request
    };
    let refused = time_series
        .export(&request, now_ms)
        .await
        .err()
        .expect("beyond the retention period");
    assert!(matches!(refused, QueryError::ExportBeyondRetention { .. }));
}

#[tokio::test]
async fn a_damaged_chunk_is_a_gap_and_is_counted() {
    let store = Memory::new();
    let time_series = open(&store).await;
    recorded(&time_series, START_MS, 900, |_| 1.0).await;
    store.damage(Tier::Second);
    let request = query("x", START_MS, START_MS + 900_000, 100, "avg");
    let result = evaluate(&time_series, &request, START_MS + HOUR_MS).await;
    assert_eq!(result.damaged_chunks, 1);
    assert!(result.columns[0].values.iter().all(Option::is_none));
}

//! Backfilled samples give the same results as live ones.

use crate::memory::Memory;
use crate::support::*;
use history::rollup::Buckets;
use history::{Samples, Tier, TimeSeries};
use protocol::SeriesKey;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::Series;

fn series(name: &str) -> Series {
    Series::new(SeriesKey::new("", name, []), None)
}

/// One a second, each another tenth.
fn samples(from_ms: i64, to_ms: i64) -> Samples {
    let times_ms = (from_ms..to_ms).step_by(1_000);
    let all = times_ms.map(|at_ms| (at_ms, (at_ms / 1_000 % 977) as f64 / 10.0));
    all.collect()
}

async fn seconds(time_series: &TimeSeries, now_ms: i64) -> u64 {
    let request = query("x", START_MS, now_ms, 1, "count");
    let result = evaluate(time_series, &request, now_ms).await;
    result.columns[0].values[0].unwrap_or(0.0) as u64
}

#[tokio::test]
async fn minutes_before_samples_give_the_same_result_as_both_together() {
    let (from_ms, to_ms) = (START_MS + 2 * HOUR_MS, START_MS + 9 * HOUR_MS);
    let window_ms = Tier::Minute.window_start_ms(to_ms);
    let (apart, together) = (Memory::new(), Memory::new());
    let time_series = open(&apart).await;
    for (from_ms, to_ms) in [(window_ms, to_ms), (from_ms, window_ms)] {
        let minutes = Buckets::minutes(&samples(from_ms, to_ms));
        let done = time_series
            .backfill_minutes(&[(series("x"), minutes)])
            .await;
        done.expect("memory");
    }
    assert_eq!(apart.tier(Tier::Second), [], "samples come later");
    assert_eq!(
        seconds(&time_series, to_ms).await,
        7 * 3_600,
        "and from minutes"
    );
    let done = time_series
        .backfill_samples(&[(series("x"), samples(from_ms, to_ms))])
        .await;
    done.expect("memory");

    let time_series = open(&together).await;
    let done = time_series
        .backfill(&[(series("x"), samples(from_ms, to_ms))])
        .await;
    done.expect("memory");
    for tier in Tier::ALL {
        assert_eq!(apart.tier(tier), together.tier(tier), "{tier:?}");
    }
    // And as sealing window by window.
    let live = Memory::new();
    let time_series = open(&live).await;
    for (at_ms, value) in samples(from_ms, to_ms).iter() {
        ingest(&time_series, "x", at_ms, value);
    }
    time_series.seal(i64::MAX).await.expect("memory");
    for tier in Tier::ALL {
        assert_eq!(live.tier(tier), together.tier(tier), "{tier:?}");
    }
}

#[tokio::test]
async fn a_live_series_continues_after_its_backfill() {
    let store = Memory::new();
    let time_series = open(&store).await;
    let now_ms = START_MS + 10 * HOUR_MS + 7 * MINUTE_MS;
    let end_ms = now_ms + 20 * MINUTE_MS;
    ingest(&time_series, "x", now_ms, 5.0);
    let whole_ms = Tier::Second.window_start_ms(now_ms);
    let done = time_series
        .backfill(&[(series("x"), samples(whole_ms, now_ms))])
        .await;
    done.expect("memory");
    for (at_ms, value) in samples(now_ms, end_ms).iter() {
        ingest(&time_series, "x", at_ms, value);
    }
    assert_eq!(seconds(&time_series, end_ms).await, 27 * 60);
    time_series.seal(i64::MAX).await.expect("memory");
    let minutes = Buckets::minutes(&samples(START_MS, whole_ms));
    let minutes = minutes.within(Tier::Minute.window_start_ms(whole_ms), whole_ms);
    let done = time_series
        .backfill_minutes(&[(series("x"), minutes)])
        .await;
    done.expect("memory");
    // The window's four hours, the seven minutes, and the live samples.
    assert_eq!(seconds(&time_series, end_ms).await, (4 * 60 + 27) * 60);
}

#[tokio::test]
async fn gaps_are_between_samples() {
    let store = Memory::new();
    let time_series = open(&store).await;
    let end_ms = START_MS + 20 * HOUR_MS;
    let gaps = async |time_series: &TimeSeries| {
        let gaps = time_series
            .gaps_ms(&series("x").key, START_MS, end_ms, 10_000)
            .await;
        gaps.expect("memory")
    };
    assert_eq!(
        gaps(&time_series).await,
        [(START_MS, end_ms)],
        "there is no such series yet"
    );
    let (first_ms, second_ms) = (START_MS + HOUR_MS, START_MS + 5 * HOUR_MS);
    for from_ms in [first_ms, second_ms] {
        let all = samples(from_ms, from_ms + HOUR_MS);
        time_series
            .backfill(&[(series("x"), all)])
            .await
            .expect("memory");
    }
    // Unsealed samples count, and a short pause does not.
    ingest(&time_series, "x", second_ms + HOUR_MS + 9_000, 1.0);
    let expected = [
        (START_MS, first_ms),
        (first_ms + HOUR_MS - 1_000, second_ms),
        (second_ms + HOUR_MS + 9_000, end_ms),
    ];
    assert_eq!(gaps(&time_series).await, expected);
    // A reopened store has the series and its samples.
    let again = open(&Arc::clone(&store)).await;
    assert_eq!(gaps(&again).await.len(), 3);
    assert!(store.puts.load(Ordering::Relaxed) > 0);
}

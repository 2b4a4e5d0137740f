//! Samples that are late, duplicate, out of order or too many, a clock that jumps, and a store that fails.

use crate::memory::Memory;
use crate::support::*;
use history::series::LATE_MAX_MS;
use history::{Samples, Tier, TimeSeries};
use protocol::{Data, Durable, Unit};
use std::sync::atomic::Ordering;
use store::SeriesStore;

#[tokio::test]
async fn a_window_is_sealed_after_its_end_and_readable_throughout() {
    let store = Memory::new();
    let time_series = open(&store).await;
    for second in 0..900 {
        ingest(&time_series, "x", START_MS + second * 1_000, second as f64);
    }
    let request = query("x", START_MS, START_MS + HOUR_MS, 1, "sum");
    let sum = Some(f64::from(899 * 900 / 2));
    for now_ms in [START_MS + 900_000, after(START_MS)] {
        let sealed = time_series.seal(now_ms).await.expect("memory");
        let is_over = now_ms == after(START_MS);
        assert_eq!(sealed.windows, u64::from(is_over));
        assert_eq!(time_series.unsealed(), if is_over { 0 } else { 900 });
        let result = evaluate(&time_series, &request, now_ms).await;
        assert_eq!(result.columns[0].values, [sum]);
    }
    for (tier, count) in [(Tier::Second, 900), (Tier::Minute, 15), (Tier::Hour, 1)] {
        let chunks = store.tier(tier);
        assert_eq!((chunks.len(), chunks[0].count), (1, count), "{tier:?}");
    }
}

#[tokio::test]
async fn late_and_duplicate_samples_rewrite_the_chunk() {
    let store = Memory::new();
    let time_series = open(&store).await;
    ingest(&time_series, "x", START_MS + 500_000, 1.0);
    let now_ms = after(START_MS);
    time_series.seal(now_ms).await.expect("memory");

    // Before the first one, after it, and at the same time.
    for (at_ms, value) in [(1_000, 5.0), (600_000, 7.0), (500_000, 2.0)] {
        let message = data("x", START_MS + at_ms, value);
        assert_eq!(time_series.ingest(&message, 0, now_ms).added, 1);
    }
    time_series.seal(now_ms).await.expect("memory");
    assert_eq!(
        store.puts.load(Ordering::Relaxed),
        1,
        "late samples are gathered for a minute"
    );
    time_series.seal(now_ms + MINUTE_MS).await.expect("memory");

    let chunks = store.tier(Tier::Second);
    assert_eq!((chunks.len(), chunks[0].count), (1, 3));
    let request = |aggregation| query("x", START_MS, START_MS + DAY_MS, 2, aggregation);
    for (aggregation, expected) in [("sum", 14.0), ("min", 2.0), ("max", 7.0), ("count", 3.0)] {
        let result = evaluate(&time_series, &request(aggregation), now_ms).await;
        assert_eq!(result.tier, Tier::Hour);
        assert_eq!(result.columns[0].values[0], Some(expected), "{aggregation}");
    }
}

#[tokio::test]
async fn a_clock_that_jumps_makes_a_gap_or_overwrites() {
    let store = Memory::new();
    let time_series = open(&store).await;
    // Normal, ten years ahead briefly, and back to two seconds ago.
    let year_ms = 365 * DAY_MS;
    for at_ms in [0, 1_000, 2_000, 10 * year_ms, 1_000, 2_000, 3_000] {
        assert_eq!(
            ingest(&time_series, "x", START_MS + at_ms, at_ms as f64).rejected(),
            0
        );
    }
    let now_ms = after(START_MS);
    time_series.seal(now_ms).await.expect("memory");
    assert_eq!(
        time_series.unsealed(),
        0,
        "nothing waits for a future that may not come"
    );
    let request = query("x", START_MS, now_ms, 1, "count");
    let result = evaluate(&time_series, &request, now_ms).await;
    assert_eq!(result.columns[0].values, [Some(4.0)]);
    // After a restart it is unknown what is sealed, and everything is replayed.
    let replay_from_ms = time_series.replay_from_ms(now_ms).await.expect("memory");
    assert_eq!(replay_from_ms, None);
}

#[tokio::test]
async fn times_far_from_the_clock_are_rejected() {
    let time_series = open(&Memory::new()).await;
    for (at_ms, is_kept) in [
        (START_MS - LATE_MAX_MS, true),
        (START_MS - LATE_MAX_MS - 1, false),
        (START_MS + MINUTE_MS, true),
        (START_MS + MINUTE_MS + 1, false),
    ] {
        let outcome = time_series.ingest(&data("x", at_ms, 1.0), 0, START_MS);
        assert_eq!(
            (outcome.added, outcome.out_of_bounds),
            (u64::from(is_kept), u64::from(!is_kept))
        );
    }
}

/// The clock went back 20 days, to a time whose single samples are deleted.
#[tokio::test]
async fn a_clock_far_behind_does_not_replace_rollups_without_samples() {
    let store = Memory::new();
    let time_series = open(&store).await;
    for second in 0..900 {
        ingest(&time_series, "x", START_MS + second * 1_000, 1.0);
    }
    time_series.seal(after(START_MS)).await.expect("memory");
    let now_ms = START_MS + 20 * DAY_MS;
    let gone = store.expire_chunks(1_000, now_ms - 14 * DAY_MS, 9).await;
    assert_eq!(gone.expect("memory"), 1);

    let check = async |time_series: &TimeSeries| {
        for (tier, points) in [(Tier::Minute, 500), (Tier::Hour, 2)] {
            let mut request = query("x", START_MS, START_MS + 3 * HOUR_MS, points, "count");
            if tier == Tier::Hour {
                request.to_ms = START_MS + 3 * DAY_MS;
            }
            let result = evaluate(time_series, &request, now_ms).await;
            assert_eq!(result.tier, tier);
            let counts = result.columns[0].values.iter().flatten();
            assert_eq!(counts.sum::<f64>(), 900.0, "{tier:?}");
        }
    };
    check(&time_series).await;
    for second in 0..130 {
        ingest(&time_series, "x", START_MS + second * 1_000, 50.0);
    }
    check(&time_series).await;
    time_series.seal(i64::MAX).await.expect("memory");
    check(&time_series).await;
    // Late, and so written again.
    ingest(&time_series, "x", START_MS + 130_000, 50.0);
    time_series.seal(i64::MAX).await.expect("memory");
    check(&time_series).await;
}

#[tokio::test]
async fn a_series_without_samples_is_deleted() {
    let store = Memory::new();
    let time_series = open(&store).await;
    ingest(&time_series, "gone", START_MS, 1.0);
    ingest(&time_series, "here", START_MS, 1.0);
    time_series.seal(after(START_MS)).await.expect("memory");
    store.clear();
    let again_ms = START_MS + DAY_MS;
    ingest(&time_series, "here", again_ms, 2.0);
    assert_eq!(time_series.forget().await.expect("memory"), 2);
    let listed = time_series.catalogue();
    assert_eq!((listed.len(), listed[0].key.name.as_str()), (1, "here"));
    // One that continues is not confused with one that reuses its id.
    ingest(&time_series, "new", again_ms, 3.0);
    time_series.seal(after(again_ms)).await.expect("memory");
    for (series, value) in [("here", 2.0), ("new", 3.0)] {
        let request = query(series, again_ms, again_ms + 1, 1, "sum");
        let result = evaluate(&time_series, &request, after(again_ms)).await;
        assert_eq!(result.columns[0].values, [Some(value)]);
    }
}

#[tokio::test]
async fn the_newest_unit_is_stored() {
    let store = Memory::new();
    let time_series = open(&store).await;
    let stored_unit = |time_series: &TimeSeries| {
        time_series.catalogue()[0]
            .unit
            .as_ref()
            .map(Unit::to_string)
    };
    // A sample without a unit does not remove it.
    let units = [Some("1/s"), Some("1/min"), None, Some("1/h")];
    let mut at_ms = START_MS;
    for (unit, expected) in units.into_iter().zip(["1/s", "1/min", "1/min", "1/h"]) {
        let Durable::Data(message) = data("x", at_ms, 1.0) else {
            panic!("this is what it makes");
        };
        let unit = unit.map(str::to_owned);
        time_series.ingest(&Durable::Data(Data { unit, ..message }), 0, at_ms);
        assert_eq!(stored_unit(&time_series).as_deref(), Some(expected));
        at_ms = after(at_ms);
        time_series.seal(at_ms).await.expect("memory");
        let expected = Some(expected);
        assert_eq!(
            stored_unit(&open(&store).await).as_deref(),
            expected,
            "stored"
        );
    }
    assert_eq!(time_series.catalogue().len(), 1);
}

#[tokio::test]
async fn a_failing_store_loses_nothing() {
    let store = Memory::new();
    let time_series = open(&store).await;
    ingest(&time_series, "x", START_MS, 1.0);
    let now_ms = after(START_MS);
    store.is_full.store(true, Ordering::Relaxed);
    time_series
        .seal(now_ms)
        .await
        .expect_err("the store is full");
    assert_eq!(time_series.unsealed(), 1);
    let late = data("x", START_MS + 1_000, 2.0);
    time_series.ingest(&late, 0, now_ms);
    let request = query("x", START_MS, now_ms, 1, "sum");
    let result = evaluate(&time_series, &request, now_ms).await;
    assert_eq!(result.columns[0].values, [Some(3.0)]);

    store.is_full.store(false, Ordering::Relaxed);
    assert_eq!(time_series.seal(now_ms).await.expect("memory").windows, 1);
    assert_eq!(time_series.unsealed(), 0);
    let result = evaluate(&time_series, &request, now_ms).await;
    assert_eq!(result.columns[0].values, [Some(3.0)]);
}

#[tokio::test]
async fn replaying_sealed_messages_writes_nothing() {
    let store = Memory::new();
    let time_series = open(&store).await;
    let messages: Vec<_> = (0..100)
        .map(|second| data("x", START_MS + second * 1_000, second as f64))
        .collect();
    for message in &messages {
        time_series.ingest(message, 0, message.timestamp().unix_ms());
    }
    time_series.seal(after(START_MS)).await.expect("memory");

    let time_series = open(&store).await;
    for message in &messages {
        time_series.replay(message, 0);
    }
    let sealed = time_series.seal(after(START_MS)).await.expect("memory");
    assert_eq!((sealed.windows, sealed.chunks), (1, 0));
    assert_eq!(store.puts.load(Ordering::Relaxed), 1);
    assert_eq!(time_series.unsealed(), 0);
}

#[test]
fn duplicates_are_counted_once_in_any_order() {
    let samples: Samples = [(3, 1.0), (1, 1.0), (3, 2.0), (2, 1.0)]
        .into_iter()
        .collect();
    assert_eq!(samples.times_ms(), [1, 2, 3]);
    assert_eq!(samples.values(), [1.0, 1.0, 2.0]);
}

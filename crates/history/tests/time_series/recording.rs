//! What becomes of samples: late, twice, out of order, with a clock that jumps, with a store that
//! fails, and when there are too many.

use std::sync::atomic::Ordering;

use history::series::LATE_MAX_MS;
use history::{Samples, Tier, TimeSeries};
use protocol::{Data, Durable, Unit};
use store::SeriesStore;

use crate::memory::Memory;
use crate::support::*;

#[test]
fn a_window_is_sealed_once_it_is_over_and_is_told_all_along() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        for second in 0..900 {
            take(&past, "x", START_MS + second * 1_000, second as f64);
        }
        let asked = query("x", START_MS, START_MS + HOUR_MS, 1, "sum");
        let sum = Some(f64::from(899 * 900 / 2));
        for now_ms in [START_MS + 900_000, after(START_MS)] {
            let sealed = past.seal(now_ms).await.expect("memory");
            let is_over = now_ms == after(START_MS);
            assert_eq!(sealed.windows, u64::from(is_over));
            assert_eq!(past.unsealed(), if is_over { 0 } else { 900 });
            let answer = past.query(&asked, now_ms).await.expect("an answer");
            assert_eq!(answer.columns[0].values, [sum]);
        }
        for (tier, count) in [(Tier::Second, 900), (Tier::Minute, 15), (Tier::Hour, 1)] {
            let chunks = store.tier(tier);
            assert_eq!((chunks.len(), chunks[0].count), (1, count), "{tier:?}");
        }
    });
}

#[test]
fn late_samples_and_duplicates_change_the_chunk_and_never_add_one() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        take(&past, "x", START_MS + 500_000, 1.0);
        let now_ms = after(START_MS);
        past.seal(now_ms).await.expect("memory");

        // Before the first one, after it, and in its place.
        for (at_ms, value) in [(1_000, 5.0), (600_000, 7.0), (500_000, 2.0)] {
            let message = data("x", START_MS + at_ms, value);
            assert_eq!(past.take(&message, now_ms).kept, 1);
        }
        past.seal(now_ms).await.expect("memory");
        assert_eq!(
            store.puts.load(Ordering::Relaxed),
            1,
            "late samples are gathered for a minute"
        );
        past.seal(now_ms + MINUTE_MS).await.expect("memory");

        let chunks = store.tier(Tier::Second);
        assert_eq!((chunks.len(), chunks[0].count), (1, 3));
        let asked = |aggregation| query("x", START_MS, START_MS + DAY_MS, 2, aggregation);
        for (aggregation, told) in [("sum", 14.0), ("min", 2.0), ("max", 7.0), ("count", 3.0)] {
            let answer = past
                .query(&asked(aggregation), now_ms)
                .await
                .expect("an answer");
            assert_eq!(answer.tier, Tier::Hour);
            assert_eq!(answer.columns[0].values[0], Some(told), "{aggregation}");
        }
    });
}

#[test]
fn a_clock_that_jumps_leaves_a_gap_or_overwrites_and_nothing_else() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        // On, ten years ahead for a moment, and back to two seconds ago.
        let year_ms = 365 * DAY_MS;
        for at_ms in [0, 1_000, 2_000, 10 * year_ms, 1_000, 2_000, 3_000] {
            assert_eq!(
                take(&past, "x", START_MS + at_ms, at_ms as f64).refused(),
                0
            );
        }
        let now_ms = after(START_MS);
        past.seal(now_ms).await.expect("memory");
        assert_eq!(
            past.unsealed(),
            0,
            "nothing waits for a future that may not come"
        );
        let asked = query("x", START_MS, now_ms, 1, "count");
        let answer = past.query(&asked, now_ms).await.expect("an answer");
        assert_eq!(answer.columns[0].values, [Some(4.0)]);
        // A restart cannot tell what is sealed, and takes in everything again.
        let replay_from_ms = past.replay_from_ms(now_ms).await.expect("memory");
        assert_eq!(replay_from_ms, None);
    });
}

#[test]
fn what_a_clock_cannot_have_said_is_refused() {
    run(async {
        let past = open(&Memory::new()).await;
        for (at_ms, is_kept) in [
            (START_MS - LATE_MAX_MS, true),
            (START_MS - LATE_MAX_MS - 1, false),
            (START_MS + MINUTE_MS, true),
            (START_MS + MINUTE_MS + 1, false),
        ] {
            let taken = past.take(&data("x", at_ms, 1.0), START_MS);
            assert_eq!(
                (taken.kept, taken.untimely),
                (u64::from(is_kept), u64::from(!is_kept))
            );
        }
    });
}

/// As a sample of 20 days ago, whose single samples have left: the clock went back to there.
#[test]
fn a_clock_far_behind_replaces_nothing_that_cannot_be_computed_again() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        for second in 0..900 {
            take(&past, "x", START_MS + second * 1_000, 1.0);
        }
        past.seal(after(START_MS)).await.expect("memory");
        let now_ms = START_MS + 20 * DAY_MS;
        let gone = store.expire_chunks(1_000, now_ms - 14 * DAY_MS, 9).await;
        assert_eq!(gone.expect("memory"), 1);

        let is_told = async |past: &TimeSeries| {
            for (tier, points) in [(Tier::Minute, 500), (Tier::Hour, 2)] {
                let mut asked = query("x", START_MS, START_MS + 3 * HOUR_MS, points, "count");
                if tier == Tier::Hour {
                    asked.to_ms = START_MS + 3 * DAY_MS;
                }
                let answer = past.query(&asked, now_ms).await.expect("an answer");
                assert_eq!(answer.tier, tier);
                let counts = answer.columns[0].values.iter().flatten();
                assert_eq!(counts.sum::<f64>(), 900.0, "{tier:?}");
            }
        };
        is_told(&past).await;
        for second in 0..130 {
            take(&past, "x", START_MS + second * 1_000, 50.0);
        }
        is_told(&past).await;
        past.seal(i64::MAX).await.expect("memory");
        is_told(&past).await;
        // Late, and so another time.
        take(&past, "x", START_MS + 130_000, 50.0);
        past.seal(i64::MAX).await.expect("memory");
        is_told(&past).await;
    });
}

#[test]
fn a_series_of_which_nothing_is_kept_is_forgotten() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        take(&past, "gone", START_MS, 1.0);
        take(&past, "here", START_MS, 1.0);
        past.seal(after(START_MS)).await.expect("memory");
        store.clear();
        let again_ms = START_MS + DAY_MS;
        take(&past, "here", again_ms, 2.0);
        assert_eq!(past.forget().await.expect("memory"), 2);
        let known = past.catalogue();
        assert_eq!((known.len(), known[0].key.name.as_str()), (1, "here"));
        // What goes on is not mixed up with one that takes the number.
        take(&past, "new", again_ms, 3.0);
        past.seal(after(again_ms)).await.expect("memory");
        for (series, value) in [("here", 2.0), ("new", 3.0)] {
            let asked = query(series, again_ms, again_ms + 1, 1, "sum");
            let answer = past.query(&asked, after(again_ms)).await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.columns[0].values, [Some(value)]);
        }
    });
}

#[test]
fn the_newest_unit_counts() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        let told = |past: &TimeSeries| past.catalogue()[0].unit.as_ref().map(Unit::to_string);
        // None says nothing, and does not take the unit away.
        let units = [Some("1/s"), Some("1/min"), None, Some("1/h")];
        let mut at_ms = START_MS;
        for (unit, expected) in units.into_iter().zip(["1/s", "1/min", "1/min", "1/h"]) {
            let Durable::Data(message) = data("x", at_ms, 1.0) else {
                panic!("this is what it makes");
            };
            let unit = unit.map(str::to_owned);
            past.take(&Durable::Data(Data { unit, ..message }), at_ms);
            assert_eq!(told(&past).as_deref(), Some(expected));
            at_ms = after(at_ms);
            past.seal(at_ms).await.expect("memory");
            let expected = Some(expected);
            assert_eq!(told(&open(&store).await).as_deref(), expected, "kept");
        }
        assert_eq!(past.catalogue().len(), 1);
    });
}

#[test]
fn a_store_that_fails_loses_nothing() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        take(&past, "x", START_MS, 1.0);
        let now_ms = after(START_MS);
        store.is_full.store(true, Ordering::Relaxed);
        past.seal(now_ms).await.expect_err("the store is full");
        assert_eq!(past.unsealed(), 1);
        let late = data("x", START_MS + 1_000, 2.0);
        past.take(&late, now_ms);
        let asked = query("x", START_MS, now_ms, 1, "sum");
        let answer = past.query(&asked, now_ms).await.expect("an answer");
        assert_eq!(answer.columns[0].values, [Some(3.0)]);

        store.is_full.store(false, Ordering::Relaxed);
        assert_eq!(past.seal(now_ms).await.expect("memory").windows, 1);
        assert_eq!(past.unsealed(), 0);
        let answer = past.query(&asked, now_ms).await.expect("an answer");
        assert_eq!(answer.columns[0].values, [Some(3.0)]);
    });
}

#[test]
fn a_replay_of_what_is_sealed_writes_nothing() {
    run(async {
        let store = Memory::new();
        let past = open(&store).await;
        let messages: Vec<_> = (0..100)
            .map(|second| data("x", START_MS + second * 1_000, second as f64))
            .collect();
        for message in &messages {
            past.take(message, message.timestamp().unix_ms());
        }
        past.seal(after(START_MS)).await.expect("memory");

        let past = open(&store).await;
        for message in &messages {
            past.replay(message);
        }
        let sealed = past.seal(after(START_MS)).await.expect("memory");
        assert_eq!((sealed.windows, sealed.chunks), (1, 0));
        assert_eq!(store.puts.load(Ordering::Relaxed), 1);
        assert_eq!(past.unsealed(), 0);
    });
}

#[test]
fn samples_are_counted_once_whatever_order_they_come_in() {
    let samples: Samples = [(3, 1.0), (1, 1.0), (3, 2.0), (2, 1.0)]
        .into_iter()
        .collect();
    assert_eq!(samples.times_ms(), [1, 2, 3]);
    assert_eq!(samples.values(), [1.0, 1.0, 2.0]);
}

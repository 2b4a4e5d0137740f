//! Random operations and queries, compared with a naive model.

use crate::memory::Memory;
use crate::naive::Naive;
use crate::support::*;
use history::query::ExportRequest;
use history::{Tier, TimeSeries};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// So many samples, so far apart in milliseconds; 0 are duplicates.
    Samples {
        count: usize,
        apart_ms: i64,
        seed: i32,
    },
    Gap {
        ms: i64,
    },
    /// A sample so much older than the clock.
    Late {
        by_ms: i64,
        tenths: i32,
    },
    Seal,
    /// Everything in memory is lost and replayed from the journal.
    Restart,
    /// The next write to the store fails.
    FailingSeal,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..400, prop_oneof![Just(1_000_i64), 0..3_000_i64], any::<i32>())
            .prop_map(|(count, apart_ms, seed)| Step::Samples { count, apart_ms, seed }),
        2 => (0..3 * HOUR_MS).prop_map(|ms| Step::Gap { ms }),
        3 => (0..5 * HOUR_MS, -1_000..1_000).prop_map(|(by_ms, tenths)| Step::Late { by_ms, tenths }),
        3 => Just(Step::Seal),
        1 => Just(Step::Restart),
        1 => Just(Step::FailingSeal),
    ]
}

const AGGREGATIONS: [&str; 8] = ["avg", "min", "max", "sum", "count", "p50", "p95", "p99"];

struct World {
    store: std::sync::Arc<Memory>,
    time_series: TimeSeries,
    naive: Naive,
    journal: Vec<protocol::Durable>,
    now_ms: i64,
}

impl World {
    fn ingest(&mut self, at_ms: i64, value: f64) {
        let message = data("x", at_ms, value);
        self.time_series.ingest(&message, 0, self.now_ms);
        self.journal.push(message);
        self.naive.0.insert(at_ms, value);
    }

    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Samples {
                count,
                apart_ms,
                seed,
            } => {
                for index in 0..count as i32 {
                    self.now_ms += apart_ms;
                    let tenths = seed.wrapping_mul(index * index).wrapping_add(index) % 1_000;
                    self.ingest(self.now_ms, f64::from(tenths) / 10.0);
                }
            }
            Step::Gap { ms } => self.now_ms += ms,
            Step::Late { by_ms, tenths } => {
                self.ingest(self.now_ms - by_ms, f64::from(tenths) / 10.0);
            }
            Step::Seal => drop(self.time_series.seal(self.now_ms).await.expect("memory")),
            Step::FailingSeal => {
                use std::sync::atomic::Ordering::Relaxed;
                self.store.is_full.store(true, Relaxed);
                let _ = self.time_series.seal(self.now_ms).await;
                self.store.is_full.store(false, Relaxed);
            }
            Step::Restart => {
                // Late samples are in buckets only once they are sealed.
                self.time_series
                    .seal(self.now_ms + 2 * MINUTE_MS)
                    .await
                    .expect("memory");
                self.time_series = open(&self.store).await;
                let from_ms = self
                    .time_series
                    .replay_from_ms(self.now_ms)
                    .await
                    .expect("memory");
                let wanted = |message: &&protocol::Durable| {
                    from_ms.is_none_or(|from_ms| message.timestamp().unix_ms() >= from_ms)
                };
                for message in self.journal.iter().filter(wanted) {
                    self.time_series.replay(message, 0);
                }
            }
        }
    }
}

fn is_close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn results_equal_those_of_the_naive_model(
        steps in prop::collection::vec(step(), 1..14),
        (from, span) in (0.0..1.0_f64, 0.0..1.0_f64),
        points in 1_usize..300,
        aggregation in prop::sample::select(&AGGREGATIONS),
    ) {
        run(async {
            let store = Memory::new();
            let time_series = open(&store).await;
            let now_ms = START_MS + DAY_MS;
            let mut world = World { store, time_series, naive: Naive::default(), journal: Vec::new(), now_ms };
            world.ingest(now_ms, 1.0);
            for step in &steps {
                world.step(step).await;
            }

            let (first_ms, last_ms) = (START_MS + 18 * HOUR_MS, world.now_ms + HOUR_MS);
            let from_ms = first_ms + (from * (last_ms - first_ms - 1) as f64) as i64;
            let to_ms = from_ms + 1 + (span * (last_ms - from_ms - 1) as f64) as i64;
            let request = query("x", from_ms, to_ms, points, aggregation);
            let result = world.time_series.query(&request, world.now_ms).await.expect("a possible query");
            prop_assert!(result.times_ms.len() <= points);
            let column = &result.columns[0];
            // Points as short as the sampling interval are shifted; see queries.rs.
            let is_moved = column.interval_ms.is_some_and(|ms| result.step_ms / 2 < ms);
            if !is_moved {
                let unit_ms = if result.tier == Tier::Second { 1 } else { result.tier.step_ms() };
                let first_ms = from_ms.div_euclid(unit_ms) * unit_ms;
                let end_ms = (to_ms + unit_ms - 1).div_euclid(unit_ms) * unit_ms;
                for (index, start_ms) in result.times_ms.iter().enumerate() {
                    let from_ms = first_ms.max(*start_ms);
                    let to_ms = end_ms.min(start_ms + result.step_ms);
                    let expected = |aggregation| world.naive.aggregate(aggregation, from_ms, to_ms);
                    let (value, naive) = (column.values[index], expected(aggregation));
                    prop_assert!(is_close(value, naive), "{value:?} instead of {naive:?}");
                    if let Some(extremes) = &column.extremes {
                        prop_assert_eq!(extremes.min[index], expected("min"));
                        prop_assert_eq!(extremes.max[index], expected("max"));
                    }
                }
            }

            let request = ExportRequest { series: vec!["x".to_owned()], from_ms, to_ms };
            let mut export = world.time_series.export(&request, world.now_ms).await.expect("a possible query");
            let mut exported = Vec::new();
            while let Some(rows) = export.next().await.expect("memory") {
                let values = rows.columns[0].iter().map(|value| value.expect("the only series"));
                exported.extend(rows.times_ms.iter().copied().zip(values));
            }
            let naive: Vec<(i64, f64)> =
                world.naive.0.range(from_ms..to_ms).map(|(at, value)| (*at, *value)).collect();
            prop_assert_eq!(exported, naive);
            Ok(())
        })?;
    }
}

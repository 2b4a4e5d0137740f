//! Writes days of a few hosts as chunks, without ingesting sample by sample: minutes instead of an hour.

use crate::replay::Replay;
use history::rollup::Buckets;
use history::{Samples, Tier, codec};
use protocol::{Durable, SeriesKey, points};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::{Config, Location, Series, SeriesId, Store, StoredChunk};

/// Chunks of one transaction.
const CHUNKS_AT_ONCE: usize = 500;

/// A series of the recording: one value for each of its samples.
struct Column {
    series: Series,
    values: Vec<Option<f64>>,
}

/// What waits to be written.
struct Writer {
    store: Arc<dyn Store>,
    chunks: Vec<StoredChunk>,
    samples: usize,
}

pub(crate) async fn generate(messages: &[Durable], replay: &Replay, days: usize, folder: &Path) {
    let config = Config::of(Location::Sqlite(folder.to_owned()));
    let mut writer = Writer {
        store: store::open(&config).await.expect("a new store"),
        chunks: Vec::new(),
        samples: 0,
    };
    let columns = columns(messages);
    for host in 0..replay.hosts() {
        let windows = windows(replay, host, days * 24 * 60 * 60);
        for column in &columns {
            let mut series = column.series.clone();
            series.key.host = format!("host-{host}");
            let id = writer.store.series(&[series]).await.expect("a number")[0];
            writer.series(id, column, &windows).await;
        }
    }
    writer.put().await;
    println!(
        "{} samples of {} series, {days} days",
        writer.samples,
        replay.hosts() * columns.len()
    );
    writer.store.finish(0).await.expect("a store that ends");
}

fn columns(messages: &[Durable]) -> Vec<Column> {
    let metrics = messages
        .iter()
        .filter(|message| matches!(message, Durable::Metrics(_)));
    let mut columns: BTreeMap<SeriesKey, Column> = BTreeMap::new();
    for (number, message) in metrics.enumerate() {
        for (point, unit) in points(message) {
            let key = point.series;
            let column = columns.entry(key.clone()).or_insert_with(|| Column {
                series: Series::new(key, unit),
                values: Vec::new(),
            });
            column.values.resize(number, None);
            column.values.push(Some(point.value));
        }
    }
    columns.into_values().collect()
}

/// The times of each window of a host's samples, and where in the recording these are.
fn windows(replay: &Replay, host: usize, samples: usize) -> Vec<Vec<(i64, usize)>> {
    let all: Vec<(i64, usize)> = (0..samples).map(|number| replay.at(host, number)).collect();
    let cut = |a: &(i64, usize), b: &(i64, usize)| {
        Tier::Second.window_start_ms(a.0) == Tier::Second.window_start_ms(b.0)
    };
    all.chunk_by(cut).map(<[_]>::to_vec).collect()
}

impl Writer {
    async fn series(&mut self, id: SeriesId, column: &Column, windows: &[Vec<(i64, usize)>]) {
        let (mut minutes, mut hours) = (Buckets::default(), Buckets::default());
        for window in windows {
            let samples: Samples = window
                .iter()
                .filter_map(|(at_ms, place)| Some((*at_ms, (*column.values.get(*place)?)?)))
                .collect();
            let Some(first_ms) = samples.times_ms().first() else {
                continue;
            };
            let window_ms = Tier::Minute.window_start_ms(*first_ms);
            if minutes
                .iter()
                .next()
                .is_some_and(|(at_ms, _)| at_ms < window_ms)
            {
                hours.replace(minutes.hours());
                self.add(id, Tier::Minute, &std::mem::take(&mut minutes));
            }
            minutes.replace(Buckets::minutes(&samples));
            self.samples += samples.len();
            let end_ms = samples.times_ms()[samples.len() - 1];
            let data = codec::encode(samples.times_ms(), &[samples.values()]);
            self.push(id, Tier::Second, *first_ms, end_ms, samples.len(), data);
            if self.chunks.len() >= CHUNKS_AT_ONCE {
                self.put().await;
            }
        }
        hours.replace(minutes.hours());
        self.add(id, Tier::Minute, &minutes);
        let starts: std::collections::BTreeSet<i64> = hours
            .iter()
            .map(|(at_ms, _)| Tier::Hour.window_start_ms(at_ms))
            .collect();
        for start_ms in starts {
            let within = hours.within(start_ms, start_ms + Tier::Hour.window_ms());
            self.add(id, Tier::Hour, &within);
        }
    }

    fn add(&mut self, id: SeriesId, tier: Tier, buckets: &Buckets) {
        let column = |of: fn(history::rollup::Bucket) -> f64| -> Vec<f64> {
            buckets.iter().map(|(_, bucket)| of(bucket)).collect()
        };
        let starts_ms: Vec<i64> = buckets.iter().map(|(at_ms, _)| at_ms).collect();
        let (Some(first_ms), Some(last_ms)) = (starts_ms.first(), starts_ms.last()) else {
            return;
        };
        let (min, max) = (column(|it| it.min), column(|it| it.max));
        let (sum, count) = (column(|it| it.sum), column(|it| it.count as f64));
        let data = codec::encode(&starts_ms, &[&min, &max, &sum, &count]);
        let end_ms = last_ms + tier.step_ms() - 1;
        self.push(id, tier, *first_ms, end_ms, starts_ms.len(), data);
    }

    fn push(
        &mut self,
        series: SeriesId,
        tier: Tier,
        first_ms: i64,
        end_ms: i64,
        count: usize,
        data: Vec<u8>,
    ) {
        self.chunks.push(StoredChunk {
            series,
            resolution_ms: tier.resolution_ms(),
            start_ms: tier.window_start_ms(first_ms),
            end_ms,
            count: count as u32,
            data,
        });
    }

    async fn put(&mut self) {
        let chunks = std::mem::take(&mut self.chunks);
        let put = self.store.put_chunks(&chunks).await;
        put.expect("a store that takes it");
    }
}

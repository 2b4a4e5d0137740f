use super::damage::{or_damaged, window};
use super::{NO_SPAN_MS, Shared, StoredSeries, TimeSeries};
use crate::codec::SAMPLES_MAX;
use crate::rollup::Buckets;
use crate::series::Due;
use crate::tier::floor;
use crate::{Samples, Tier};
use std::collections::HashMap;
use store::{Series, SeriesId, StoreError, StoredChunk};

/// Series of one transaction: some hundred kilobytes, so that no commit of the journal waits for long.
pub(super) const SERIES_PER_TRANSACTION: usize = 50;

/// How much was sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Windows of a series.
    pub windows: u64,
    /// Chunks, those of minutes and hours included.
    pub chunks: u64,
    /// Samples that did not fit into a chunk.
    pub lost: u64,
    /// Chunks that could not be decoded and were replaced by newer samples.
    pub damaged: u64,
}

impl TimeSeries {
    /// Writes the windows that are due at `now_ms`, the server's clock, and the minutes and hours that
    /// change by them. A window of a few series is one transaction. Cheap if nothing is due; `i64::MAX` writes
    /// everything, and later samples of the same windows are added.
    ///
    /// May be dropped, or fail, at any point: what was not written is due the next time.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn seal(&self, now_ms: i64) -> Result<Sealed, StoreError> {
        let shared = &*self.shared;
        let _one_at_a_time = shared.sealing.lock().await;
        let mut batch = Batch {
            shared,
            now_ms,
            due: shared.recorder().due(now_ms),
        };
        let mut sealed = Sealed::default();
        while let Some(first) = batch.due.first() {
            let window_ms = first.window_ms;
            let group = batch.due.iter().take(SERIES_PER_TRANSACTION);
            let count = group.take_while(|due| due.window_ms == window_ms).count();
            shared
                .write(window_ms, &batch.due[..count], &mut sealed)
                .await?;
            let written: Vec<Due> = batch.due.drain(..count).collect();
            shared.recorder().sealed(&written);
            tokio::task::yield_now().await;
        }
        Ok(sealed)
    }
}

/// Puts back what was not written when it is dropped.
struct Batch<'a> {
    shared: &'a Shared,
    now_ms: i64,
    due: Vec<Due>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.shared.recorder().put_back(&self.due, self.now_ms);
    }
}

impl Shared {
    /// Writes one window of some series.
    pub(super) async fn write(
        &self,
        window_ms: i64,
        due: &[Due],
        sealed: &mut Sealed,
    ) -> Result<(), StoreError> {
        let added = due.iter().map(|due| {
            let span_ms = due.samples.span_ms().unwrap_or(NO_SPAN_MS);
            (&due.series, span_ms)
        });
        let ids = self.ids_of(&added.collect::<Vec<_>>()).await?;
        let mut old: HashMap<SeriesId, Samples> = HashMap::new();
        for chunk in self.stored(&ids, Tier::Second, window_ms).await? {
            match or_damaged(&chunk, Samples::decode) {
                Some(samples) => drop(old.insert(chunk.series, samples)),
                None => sealed.damaged += 1,
            }
        }
        let mut minutes = self
            .stored_buckets(&ids, Tier::Minute, window_ms, sealed)
            .await?;
        let mut hours = self
            .stored_buckets(&ids, Tier::Hour, window_ms, sealed)
            .await?;

        let hour_ms = floor(window_ms, Tier::Hour.step_ms());
        let mut chunks = Vec::new();
        for (due, id) in due.iter().zip(&ids) {
            sealed.windows += 1;
            let old = old.remove(id).unwrap_or_default();
            let mut samples = old.merged(&due.samples);
            sealed.lost += samples.truncate(SAMPLES_MAX) as u64;
            if samples == old {
                continue;
            }
            let minutes = minutes.entry(*id).or_default();
            let of_hour = |minutes: &Buckets| {
                let hour = minutes.within(hour_ms, hour_ms + Tier::Hour.step_ms());
                hour.hours()
            };
            let hour_before = of_hour(minutes);
            minutes.renew(Buckets::minutes(&samples), &Buckets::minutes(&old));
            let hours = hours.entry(*id).or_default();
            hours.renew(of_hour(minutes), &hour_before);
            chunks.extend([
                of_samples(*id, &samples),
                of_buckets(*id, Tier::Minute, minutes),
                of_buckets(*id, Tier::Hour, hours),
            ]);
        }
        let mut chunks: Vec<StoredChunk> = chunks.into_iter().flatten().collect();
        // Those of samples, which are written once, side by side: between them, minutes that are soon
        // replaced would leave free space that a database does not reuse.
        chunks.sort_by_key(|chunk| chunk.resolution_ms);
        if !chunks.is_empty() {
            self.store.put_chunks(&chunks).await?;
        }
        sealed.chunks += chunks.len() as u64;
        Ok(())
    }

    /// The ids of series, each with the time range of the samples that are added; those of new series, or of
    /// a new unit, from the store.
    pub(super) async fn ids_of(
        &self,
        added: &[(&Series, (i64, i64))],
    ) -> Result<Vec<SeriesId>, StoreError> {
        let cached: Option<Vec<SeriesId>> = {
            let ids = self.stored_series();
            let cached = added.iter().map(|(Series { key, unit }, _)| {
                let stored = ids.get(key)?;
                (unit.is_none() || *unit == stored.unit).then_some(stored.id)
            });
            cached.collect()
        };
        let found = match cached {
            Some(cached) => cached,
            None => {
                let series = added.iter().map(|(series, _)| (*series).clone());
                self.store.series(&series.collect::<Vec<_>>()).await?
            }
        };
        let mut ids = self.stored_series();
        for ((Series { key, unit }, span_ms), id) in added.iter().zip(&found) {
            let stored = ids.entry(key.clone()).or_insert_with(|| StoredSeries {
                id: *id,
                unit: unit.clone(),
                span_ms: *span_ms,
            });
            stored.add(unit, *span_ms);
        }
        Ok(found)
    }

    /// The chunks of the window that contains a time.
    async fn stored(
        &self,
        ids: &[SeriesId],
        tier: Tier,
        at_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let (from_ms, to_ms) = window(tier, at_ms);
        let resolution_ms = tier.resolution_ms();
        self.store.chunks(ids, resolution_ms, from_ms, to_ms).await
    }

    pub(super) async fn stored_buckets(
        &self,
        ids: &[SeriesId],
        tier: Tier,
        at_ms: i64,
        sealed: &mut Sealed,
    ) -> Result<HashMap<SeriesId, Buckets>, StoreError> {
        let mut all = HashMap::new();
        for chunk in self.stored(ids, tier, at_ms).await? {
            match or_damaged(&chunk, Buckets::decode) {
                Some(buckets) => drop(all.insert(chunk.series, buckets)),
                None => sealed.damaged += 1,
            }
        }
        Ok(all)
    }
}

/// `None` without samples.
pub(super) fn of_samples(series: SeriesId, samples: &Samples) -> Option<StoredChunk> {
    let (first_ms, last_ms) = (samples.times_ms().first()?, samples.times_ms().last()?);
    Some(StoredChunk {
        series,
        resolution_ms: Tier::Second.resolution_ms(),
        // Of the window and not of the first sample: a late one must not create another chunk.
        start_ms: Tier::Second.window_start_ms(*first_ms),
        end_ms: *last_ms,
        count: samples.len() as u32,
        data: samples.encode(),
    })
}

/// `None` without buckets.
pub(super) fn of_buckets(series: SeriesId, tier: Tier, buckets: &Buckets) -> Option<StoredChunk> {
    let (first_ms, last_ms) = buckets.ends_ms()?;
    Some(StoredChunk {
        series,
        resolution_ms: tier.resolution_ms(),
        start_ms: tier.window_start_ms(first_ms),
        end_ms: last_ms + tier.step_ms() - 1,
        count: buckets.len() as u32,
        data: buckets.encode(),
    })
}

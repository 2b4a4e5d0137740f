use super::damage::{or_damaged, window};
use super::{NO_SPAN_MS, Shared, StoredSeries, TimeSeries};
use crate::codec::SAMPLES_MAX;
use crate::rollup::Buckets;
use crate::series::Due;
use crate::tier::floor;
use crate::{Samples, Tier};
use protocol::SeriesKey;
use std::collections::HashMap;
use std::sync::Arc;
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
            shared.has_room.notify_waiters();
            tokio::task::yield_now().await;
        }
        Ok(sealed)
    }
}

/// What the store may have of a series.
#[derive(Clone, Copy, Default)]
struct Known {
    /// A chunk of the window.
    has_window: bool,
    /// Any chunk.
    has_chunks: bool,
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
        // Before their spans are extended: most windows are sealed for the first time.
        let known = self.known(due, window_ms);
        let ids = self.ids_of(&added.collect::<Vec<_>>()).await?;
        let of = |has: fn(Known) -> bool| -> Vec<SeriesId> {
            let all = ids.iter().zip(&known);
            all.filter(|(_, known)| has(**known))
                .map(|(id, _)| *id)
                .collect()
        };
        let (with_window, with_chunks) = (of(|it| it.has_window), of(|it| it.has_chunks));
        let mut old: HashMap<SeriesId, Samples> = HashMap::new();
        for chunk in self.stored(&with_window, Tier::Second, window_ms).await? {
            match or_damaged(&chunk, Samples::decode) {
                Some(samples) => drop(old.insert(chunk.series, samples)),
                None => sealed.damaged += 1,
            }
        }
        let mut minutes = self
            .stored_buckets(&with_chunks, Tier::Minute, window_ms, sealed)
            .await?;
        let mut hours = self
            .stored_buckets(&with_chunks, Tier::Hour, window_ms, sealed)
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
            let cached = added.iter().map(|(Series { key, unit, kind }, _)| {
                let stored = ids.get(key)?;
                let is_same = unit.is_none() || *unit == stored.unit;
                (is_same && *kind == stored.kind).then_some(stored.id)
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
        let mut new = self.new_keys(added).into_iter();
        let mut ids = self.stored_series();
        for ((series, span_ms), id) in added.iter().zip(&found) {
            if let Some(stored) = ids.get_mut(&series.key) {
                stored.add(series, *span_ms);
            } else if let Some(key) = new.find(|key| **key == series.key) {
                let stored = StoredSeries {
                    id: *id,
                    unit: series.unit.clone(),
                    kind: series.kind,
                    span_ms: *span_ms,
                };
                ids.insert(key, stored);
            }
        }
        Ok(found)
    }

    /// The keys of those series that are not stored, which the recorder shares if they are active.
    fn new_keys(&self, added: &[(&Series, (i64, i64))]) -> Vec<Arc<SeriesKey>> {
        let new: Vec<&SeriesKey> = {
            let ids = self.stored_series();
            let keys = added.iter().map(|(series, _)| &series.key);
            keys.filter(|key| !ids.contains_key(*key)).collect()
        };
        let recorder = self.recorder();
        let shared = |key: &SeriesKey| recorder.key(key).unwrap_or_else(|| Arc::new(key.clone()));
        new.into_iter().map(shared).collect()
    }

    /// What chunks each series may have.
    fn known(&self, due: &[Due], window_ms: i64) -> Vec<Known> {
        let (from_ms, to_ms) = window(Tier::Second, window_ms);
        let stored = self.stored_series();
        let known = due.iter().map(|due| match stored.get(&due.series.key) {
            Some(stored) => Known {
                has_window: stored.overlaps(from_ms, to_ms),
                has_chunks: true,
            },
            None => Known::default(),
        });
        known.collect()
    }

    /// The chunks of the window that contains a time.
    async fn stored(
        &self,
        ids: &[SeriesId],
        tier: Tier,
        at_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (from_ms, _) = window(tier, at_ms);
        self.store
            .chunks_at(ids, tier.resolution_ms(), from_ms)
            .await
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

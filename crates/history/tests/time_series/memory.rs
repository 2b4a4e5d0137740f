//! The tables of series in memory, which fail on demand.

use async_trait::async_trait;
use history::Tier;
use protocol::SeriesKey;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use store::{Series, SeriesId, SeriesRow, SeriesStore, Span, StoreError, StoredChunk};

#[derive(Default)]
pub(crate) struct Memory {
    series: Mutex<BTreeMap<SeriesId, Series>>,
    /// The same by key.
    ids: Mutex<HashMap<SeriesKey, SeriesId>>,
    chunks: Mutex<BTreeMap<(SeriesId, u32, i64), StoredChunk>>,
    /// Whether chunks are refused.
    pub(crate) is_full: AtomicBool,
    /// How often chunks were put.
    pub(crate) puts: AtomicUsize,
    /// The most chunks that were ever read at once.
    pub(crate) read_max: AtomicUsize,
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    fn lock_series(&self) -> MutexGuard<'_, BTreeMap<SeriesId, Series>> {
        self.series
            .lock()
            .expect("no test panics while it holds this")
    }

    fn lock_ids(&self) -> MutexGuard<'_, HashMap<SeriesKey, SeriesId>> {
        self.ids.lock().expect("no test panics while it holds this")
    }

    fn lock_chunks(&self) -> MutexGuard<'_, BTreeMap<(SeriesId, u32, i64), StoredChunk>> {
        self.chunks
            .lock()
            .expect("no test panics while it holds this")
    }

    /// The chunks of a tier, by series and start.
    pub(crate) fn tier(&self, tier: Tier) -> Vec<StoredChunk> {
        let chunks = self.lock_chunks();
        let of_tier = chunks
            .values()
            .filter(|chunk| chunk.resolution_ms == tier.resolution_ms());
        of_tier.cloned().collect()
    }

    /// Deletes every chunk.
    pub(crate) fn clear(&self) {
        self.lock_chunks().clear();
    }

    /// Damages every chunk of a tier.
    pub(crate) fn damage(&self, tier: Tier) {
        for chunk in self.lock_chunks().values_mut() {
            if chunk.resolution_ms == tier.resolution_ms() {
                chunk.data[7] ^= 1;
            }
        }
    }
}

#[async_trait]
impl SeriesStore for Memory {
    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        let mut stored = self.lock_series();
        let mut ids = Vec::new();
        for series in series {
            let mut numbers = self.lock_ids();
            // A free id is reused, as databases do.
            let id = *numbers.entry(series.key.clone()).or_insert_with(|| {
                let is_dense = stored
                    .keys()
                    .next_back()
                    .is_none_or(|id| id.0 as usize + 1 == stored.len());
                let from = if is_dense { stored.len() as u32 } else { 0 };
                let mut free = (from..).map(SeriesId);
                free.find(|id| !stored.contains_key(id))
                    .expect("few ids are used")
            });
            stored.insert(id, series.clone());
            ids.push(id);
        }
        Ok(ids)
    }

    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError> {
        let stored: BTreeSet<SeriesId> = self.lock_chunks().keys().map(|(id, _, _)| *id).collect();
        let stays = |id: &SeriesId| !series.contains(id) || stored.contains(id);
        self.lock_series().retain(|id, _| stays(id));
        self.lock_ids().retain(|_, id| stays(id));
        Ok(())
    }

    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError> {
        let mut chunks = self.lock_chunks();
        let own = chunks.range((series, 0, i64::MIN)..=(series, u32::MAX, i64::MAX));
        let own: Vec<_> = own.map(|(key, _)| *key).collect();
        for key in own {
            chunks.remove(&key);
        }
        if let Some(removed) = self.lock_series().remove(&series) {
            self.lock_ids().remove(&removed.key);
        }
        Ok(())
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        let rows = self.lock_series().clone().into_iter();
        Ok(rows.map(|(id, series)| SeriesRow { id, series }).collect())
    }

    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(StoreError::Full("a test".to_owned()));
        }
        self.puts.fetch_add(1, Ordering::Relaxed);
        for chunk in chunks {
            let key = (chunk.series, chunk.resolution_ms, chunk.start_ms);
            self.lock_chunks().insert(key, chunk.clone());
        }
        Ok(())
    }

    async fn chunks(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let chunks = self.lock_chunks();
        let mut found = Vec::new();
        for id in series {
            let of_series =
                chunks.range((*id, resolution_ms, i64::MIN)..=(*id, resolution_ms, to_ms));
            let within = of_series
                .map(|(_, chunk)| chunk)
                .filter(|chunk| chunk.end_ms >= from_ms);
            found.extend(within.cloned());
        }
        self.read_max.fetch_max(found.len(), Ordering::Relaxed);
        Ok(found)
    }

    async fn chunks_at(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        start_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let chunks = self.lock_chunks();
        let keys = series.iter().map(|id| (*id, resolution_ms, start_ms));
        Ok(keys.filter_map(|key| chunks.get(&key).cloned()).collect())
    }

    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        let mut newest = BTreeMap::new();
        for chunk in self
            .lock_chunks()
            .values()
            .filter(|chunk| chunk.resolution_ms == resolution_ms)
        {
            newest.insert(chunk.series, chunk.end_ms);
        }
        Ok(newest.into_iter().collect())
    }

    async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        let mut spans: BTreeMap<SeriesId, Span> = BTreeMap::new();
        for chunk in self.tier(Tier::Second) {
            let span = spans.entry(chunk.series).or_insert(Span {
                series: chunk.series,
                start_ms: chunk.start_ms,
                end_ms: chunk.end_ms,
            });
            span.start_ms = span.start_ms.min(chunk.start_ms);
            span.end_ms = span.end_ms.max(chunk.end_ms);
        }
        Ok(spans.into_values().collect())
    }

    async fn oldest_chunks(&self, from_ms: i64) -> Result<Vec<(u32, i64)>, StoreError> {
        let of = |tier: Tier| {
            let late = self
                .tier(tier)
                .into_iter()
                .filter(|it| it.end_ms >= from_ms);
            let oldest = late.min_by_key(|it| it.end_ms);
            Some((tier.resolution_ms(), oldest?.start_ms))
        };
        Ok(Tier::ALL.into_iter().filter_map(of).collect())
    }

    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        _: usize,
    ) -> Result<u64, StoreError> {
        let mut chunks = self.lock_chunks();
        let before = chunks.len();
        chunks.retain(|_, it| it.resolution_ms != resolution_ms || it.end_ms >= before_ms);
        Ok((before - chunks.len()) as u64)
    }
}

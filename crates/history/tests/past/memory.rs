//! A store of series alone, in memory, that fails when it is told to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use history::*;
use protocol::{SeriesKey, Stream};

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

    fn known(&self) -> MutexGuard<'_, BTreeMap<SeriesId, Series>> {
        self.series
            .lock()
            .expect("no test panics while it holds this")
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<SeriesKey, SeriesId>> {
        self.ids.lock().expect("no test panics while it holds this")
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<(SeriesId, u32, i64), StoredChunk>> {
        self.chunks
            .lock()
            .expect("no test panics while it holds this")
    }

    /// The chunks of a tier, by series and start.
    pub(crate) fn tier(&self, tier: Tier) -> Vec<StoredChunk> {
        let chunks = self.kept();
        let of_tier = chunks
            .values()
            .filter(|chunk| chunk.resolution_ms == tier.resolution_ms());
        of_tier.cloned().collect()
    }

    /// Loses every chunk.
    pub(crate) fn clear(&self) {
        self.kept().clear();
    }

    /// Breaks every chunk of a tier.
    pub(crate) fn damage(&self, tier: Tier) {
        for chunk in self.kept().values_mut() {
            if chunk.resolution_ms == tier.resolution_ms() {
                chunk.data[7] ^= 1;
            }
        }
    }
}

const NOT_HERE: &str = "this store keeps series alone";

#[async_trait]
impl Store for Memory {
    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        let mut known = self.known();
        let mut ids = Vec::new();
        for series in series {
            let mut numbers = self.ids();
            // A number that is free is given again, as databases do.
            let id = *numbers.entry(series.key.clone()).or_insert_with(|| {
                let is_dense = known
                    .keys()
                    .next_back()
                    .is_none_or(|id| id.0 as usize + 1 == known.len());
                let from = if is_dense { known.len() as u32 } else { 0 };
                let mut free = (from..).map(SeriesId);
                free.find(|id| !known.contains_key(id))
                    .expect("few are known")
            });
            known.insert(id, series.clone());
            ids.push(id);
        }
        Ok(ids)
    }

    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError> {
        let kept: BTreeSet<SeriesId> = self.kept().keys().map(|(id, _, _)| *id).collect();
        let stays = |id: &SeriesId| !series.contains(id) || kept.contains(id);
        self.known().retain(|id, _| stays(id));
        self.ids().retain(|_, id| stays(id));
        Ok(())
    }

    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError> {
        let mut kept = self.kept();
        let own = kept.range((series, 0, i64::MIN)..=(series, u32::MAX, i64::MAX));
        let own: Vec<_> = own.map(|(key, _)| *key).collect();
        for key in own {
            kept.remove(&key);
        }
        if let Some(removed) = self.known().remove(&series) {
            self.ids().remove(&removed.key);
        }
        Ok(())
    }

    async fn host_names(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn rename_host(&self, _: &str) -> Result<Renamed, StoreError> {
        Ok(Renamed::Done)
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        let rows = self.known().clone().into_iter();
        Ok(rows.map(|(id, series)| SeriesRow { id, series }).collect())
    }

    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(StoreError::Full("a test".to_owned()));
        }
        self.puts.fetch_add(1, Ordering::Relaxed);
        for chunk in chunks {
            let key = (chunk.series, chunk.resolution_ms, chunk.start_ms);
            self.kept().insert(key, chunk.clone());
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
        let kept = self.kept();
        let mut found = Vec::new();
        for id in series {
            let of_series =
                kept.range((*id, resolution_ms, i64::MIN)..=(*id, resolution_ms, to_ms));
            let within = of_series
                .map(|(_, chunk)| chunk)
                .filter(|chunk| chunk.end_ms >= from_ms);
            found.extend(within.cloned());
        }
        self.read_max.fetch_max(found.len(), Ordering::Relaxed);
        Ok(found)
    }

    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        let mut newest = BTreeMap::new();
        for chunk in self
            .kept()
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

    async fn oldest(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.kept().values().map(|chunk| chunk.start_ms).min())
    }

    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        _: usize,
    ) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let before = kept.len();
        kept.retain(|_, it| it.resolution_ms != resolution_ms || it.end_ms >= before_ms);
        Ok((before - kept.len()) as u64)
    }
    async fn start(&self) -> Result<Start, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn reserve(&self, _: u64) -> Result<(), StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn commit(&self, _: &[Entry]) -> Result<(), StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn forgo(&self, _: &[(Stream, u64)]) -> Result<(), StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn finish(&self, _: u64) -> Result<(), StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn after(
        &self,
        _: u64,
        _: &[Stream],
        _: usize,
        _: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn tail(&self, _: usize, _: usize) -> Result<Vec<Entry>, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn page(&self, _: Stream, _: u64, _: usize) -> Result<Vec<Entry>, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn at(&self, _: Stream, _: i64, _: usize) -> Result<Vec<Entry>, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn range(&self, _: &RangePage) -> Result<Vec<Entry>, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn streams(&self) -> Result<Kept, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn expire(&self, _: Stream, _: i64, _: usize) -> Result<u64, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn fill(&self) -> Result<Fill, StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn ping(&self) -> Result<(), StoreError> {
        unimplemented!("{NOT_HERE}")
    }
    async fn backup(&self, _: &Path) -> Result<(), BackupError> {
        unimplemented!("{NOT_HERE}")
    }
}

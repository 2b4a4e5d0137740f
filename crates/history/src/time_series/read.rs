use super::Shared;
use super::damage::{or_damaged, window};
use crate::rollup::Buckets;
use crate::tier::floor;
use crate::{Samples, Tier};
use protocol::SeriesKey;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{SeriesId, StoreError, StoredChunk};

/// The most chunks of one read, so that neither memory nor the duration of a read grows with the query.
pub(super) const CHUNKS_PER_PAGE: usize = 64;

/// Reads some series, sealed or not.
pub(super) struct Reader<'a> {
    shared: &'a Shared,
    series: Vec<SeriesKey>,
    /// Chunks that could not be decoded.
    pub(super) damaged: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(shared: &'a Shared, series: &[SeriesKey]) -> Self {
        Self {
            shared,
            series: series.to_vec(),
            damaged: 0,
        }
    }

    /// Cuts a range into pages of a tier's windows: start and end of each.
    pub(super) fn pages(
        &self,
        tier: Tier,
        from_ms: i64,
        to_ms: i64,
    ) -> impl Iterator<Item = (i64, i64)> + use<> {
        let windows = (CHUNKS_PER_PAGE / self.series.len().max(1)).max(1);
        let page_ms = tier.window_ms() * windows as i64;
        let first_ms = tier.window_start_ms(from_ms);
        let pages = (to_ms - first_ms).div_euclid(page_ms) + 1;
        let page = move |page: i64| {
            let start_ms = first_ms + page * page_ms;
            (start_ms.max(from_ms), (start_ms + page_ms).min(to_ms))
        };
        (0..pages)
            .map(page)
            .filter(|(from_ms, to_ms)| from_ms < to_ms)
    }

    /// Each series' samples from `from_ms` on and before `to_ms`.
    pub(super) async fn samples(
        &mut self,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Samples>, StoreError> {
        // First the unsealed ones: those that are sealed meanwhile are read twice instead of missing.
        let unsealed = self.unsealed(from_ms, to_ms);
        let chunks = self.chunks(Tier::Second, from_ms, to_ms - 1).await?;
        let mut all = Vec::with_capacity(unsealed.len());
        for (index, unsealed) in unsealed.iter().enumerate() {
            let mut samples: Vec<(i64, f64)> = Vec::new();
            for chunk in chunks.get(&index).into_iter().flatten() {
                match or_damaged(chunk, Samples::decode) {
                    Some(chunk) => samples.extend(chunk.iter()),
                    None => self.damaged += 1,
                }
            }
            let mut samples: Samples = samples.into_iter().collect();
            for unsealed in unsealed.values() {
                samples = samples.merged(unsealed);
            }
            all.push(samples.within(from_ms, to_ms));
        }
        Ok(all)
    }

    /// Each series' minutes or hours that begin from `from_ms` on and before `to_ms`.
    pub(super) async fn buckets(
        &mut self,
        tier: Tier,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Buckets>, StoreError> {
        match tier {
            Tier::Hour => self.hours(from_ms, to_ms).await,
            Tier::Minute | Tier::Second => self.minutes(from_ms, to_ms).await,
        }
    }

    async fn minutes(&mut self, from_ms: i64, to_ms: i64) -> Result<Vec<Buckets>, StoreError> {
        let dirty = self.dirty(from_ms, to_ms);
        let mut minutes = self.stored(Tier::Minute, from_ms, to_ms).await?;
        for window_ms in dirty {
            let end_ms = window(Tier::Second, window_ms).1 + 1;
            let samples = self.samples(window_ms, end_ms).await?;
            for (minutes, samples) in minutes.iter_mut().zip(&samples) {
                let recomputed = Buckets::minutes(samples);
                minutes.renew(recomputed.clone(), &recomputed);
            }
        }
        let within = minutes.iter().map(|minutes| minutes.within(from_ms, to_ms));
        Ok(within.collect())
    }

    async fn hours(&mut self, from_ms: i64, to_ms: i64) -> Result<Vec<Buckets>, StoreError> {
        let hour_ms = Tier::Hour.step_ms();
        let windows = self.dirty(from_ms, to_ms.saturating_add(hour_ms));
        let dirty: BTreeSet<i64> = windows.iter().map(|ms| floor(*ms, hour_ms)).collect();
        let mut hours = self.stored(Tier::Hour, from_ms, to_ms).await?;
        for start_ms in dirty {
            let minutes = self.minutes(start_ms, start_ms + hour_ms).await?;
            for (hours, minutes) in hours.iter_mut().zip(&minutes) {
                let recomputed = minutes.hours();
                hours.renew(recomputed.clone(), &recomputed);
            }
        }
        let within = hours.iter().map(|hours| hours.within(from_ms, to_ms));
        Ok(within.collect())
    }

    /// The windows whose minutes are not in the store, or are outdated there.
    fn dirty(&self, from_ms: i64, to_ms: i64) -> BTreeSet<i64> {
        let unsealed = self.unsealed(from_ms, to_ms);
        unsealed.into_iter().flat_map(BTreeMap::into_keys).collect()
    }

    fn unsealed(&self, from_ms: i64, to_ms: i64) -> Vec<BTreeMap<i64, Samples>> {
        let recorder = self.shared.recorder();
        let of = |series: &SeriesKey| recorder.unsealed(series, from_ms, to_ms);
        let unsealed = self.series.iter().map(of);
        unsealed.map(Option::unwrap_or_default).collect()
    }

    async fn stored(
        &mut self,
        tier: Tier,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Buckets>, StoreError> {
        let chunks = self.chunks(tier, from_ms, to_ms - 1).await?;
        let mut all = vec![Buckets::default(); self.series.len()];
        for (index, chunks) in chunks {
            for chunk in chunks {
                match or_damaged(&chunk, Buckets::decode) {
                    Some(buckets) => all[index].replace(buckets),
                    None => self.damaged += 1,
                }
            }
        }
        Ok(all)
    }

    /// The chunks of each series, by its index among `self.series`.
    async fn chunks(
        &self,
        tier: Tier,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<HashMap<usize, Vec<StoredChunk>>, StoreError> {
        let places: BTreeMap<SeriesId, usize> = {
            let ids = self.shared.stored_series();
            let all = self.series.iter().enumerate();
            all.filter_map(|(place, series)| Some((ids.get(series)?.id, place)))
                .collect()
        };
        let mut chunks: HashMap<usize, Vec<StoredChunk>> = HashMap::new();
        if places.is_empty() {
            return Ok(chunks);
        }
        let ids: Vec<SeriesId> = places.keys().copied().collect();
        let resolution_ms = tier.resolution_ms();
        let stored = self
            .shared
            .store
            .chunks(&ids, resolution_ms, from_ms, to_ms)
            .await?;
        for chunk in stored {
            if let Some(place) = places.get(&chunk.series) {
                chunks.entry(*place).or_default().push(chunk);
            }
        }
        Ok(chunks)
    }
}

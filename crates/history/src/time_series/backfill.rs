//! Backfill: samples that are added long after their time, such as those of a simulated host.
//!
//! Live samples may be a day late, and are sealed window by window. Here whole days are added at once,
//! rollups perhaps before their samples, and each chunk is written once.

use super::read::Reader;
use super::seal::{SERIES_PER_TRANSACTION, Sealed, of_buckets, of_samples};
use super::{NO_SPAN_MS, TimeSeries};
use crate::rollup::Buckets;
use crate::series::Due;
use crate::{Samples, Tier};
use protocol::SeriesKey;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Series, StoreError, StoredChunk};

/// Windows of samples of one transaction, over all series.
const WINDOWS_PER_TRANSACTION: usize = 200;

impl TimeSeries {
    /// Adds samples, and updates the minutes and hours that change by them.
    ///
    /// # Errors
    ///
    /// If the store fails; repeating the call is harmless.
    pub async fn backfill(&self, all: &[(Series, Samples)]) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared.sealing.lock().await;
        let mut windows: BTreeMap<i64, Vec<Due>> = BTreeMap::new();
        for (series, samples) in all {
            for (window_ms, samples) in by_window(samples) {
                windows.entry(window_ms).or_default().push(Due {
                    series: series.clone(),
                    window_ms,
                    samples: Arc::new(samples),
                });
            }
        }
        for (window_ms, due) in windows {
            for due in due.chunks(SERIES_PER_TRANSACTION) {
                let mut sealed = Sealed::default();
                self.shared.write(window_ms, due, &mut sealed).await?;
            }
        }
        Ok(())
    }

    /// Adds minutes of one window of [`Tier::Minute`] and their hours, ahead of their samples: see [`TimeSeries::backfill_samples`].
    ///
    /// # Errors
    ///
    /// If the store fails; repeating the call is harmless.
    pub async fn backfill_minutes(&self, all: &[(Series, Buckets)]) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared.sealing.lock().await;
        let Some(at_ms) = all.iter().find_map(|(_, it)| Some(it.ends_ms()?.0)) else {
            return Ok(());
        };
        for group in all.chunks(SERIES_PER_TRANSACTION) {
            let added = group.iter().map(|(series, it)| (series, span_ms(it)));
            let added: Vec<_> = added.collect();
            let ids = self.shared.ids_of(&added).await?;
            let (shared, mut sealed) = (&self.shared, Sealed::default());
            let mut minutes = shared
                .stored_buckets(&ids, Tier::Minute, at_ms, &mut sealed)
                .await?;
            let mut hours = shared
                .stored_buckets(&ids, Tier::Hour, at_ms, &mut sealed)
                .await?;
            let mut chunks: Vec<StoredChunk> = Vec::with_capacity(2 * group.len());
            for (id, (_, added)) in ids.iter().zip(group) {
                let minutes = minutes.entry(*id).or_default();
                minutes.replace(added.clone());
                let hours = hours.entry(*id).or_default();
                hours.replace(minutes.hours());
                chunks.extend(of_buckets(*id, Tier::Minute, minutes));
                chunks.extend(of_buckets(*id, Tier::Hour, hours));
            }
            shared.store.put_chunks(&chunks).await?;
        }
        Ok(())
    }

    /// Adds samples whose minutes and hours are stored already. They replace the chunks of their windows.
    ///
    /// # Errors
    ///
    /// If the store fails; repeating the call is harmless.
    pub async fn backfill_samples(&self, all: &[(Series, Samples)]) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared.sealing.lock().await;
        let added = all.iter().map(|(series, samples)| {
            let span_ms = samples.span_ms().unwrap_or(NO_SPAN_MS);
            (series, span_ms)
        });
        let added: Vec<_> = added.collect();
        let ids = self.shared.ids_of(&added).await?;
        let mut chunks: Vec<StoredChunk> = Vec::new();
        for (id, (_, samples)) in ids.iter().zip(all) {
            let windows = by_window(samples).into_values();
            chunks.extend(windows.filter_map(|samples| of_samples(*id, &samples)));
        }
        for chunks in chunks.chunks(WINDOWS_PER_TRANSACTION) {
            self.shared.store.put_chunks(chunks).await?;
        }
        Ok(())
    }

    /// The gaps of a series within a range that are longer than `longer_than_ms`: each from the sample before
    /// it, or the start of the range, to the sample after it, or the end of the range. The whole range if
    /// there is no such series.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn gaps_ms(
        &self,
        series: &SeriesKey,
        from_ms: i64,
        to_ms: i64,
        longer_than_ms: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut gaps = Vec::new();
        let mut last_ms = from_ms;
        let mut reader = Reader::new(&self.shared, std::slice::from_ref(series));
        let mut pass = |at_ms: i64| {
            if at_ms - last_ms > longer_than_ms {
                gaps.push((last_ms, at_ms));
            }
            last_ms = at_ms;
        };
        for (from_ms, to_ms) in reader.pages(Tier::Second, from_ms, to_ms) {
            for samples in reader.samples(from_ms, to_ms).await? {
                samples.times_ms().iter().copied().for_each(&mut pass);
            }
        }
        pass(to_ms);
        Ok(gaps)
    }
}

/// From the start of the first minute to the end of the last.
fn span_ms(minutes: &Buckets) -> (i64, i64) {
    let ends_ms = minutes.ends_ms();
    ends_ms.map_or(NO_SPAN_MS, |(first_ms, last_ms)| {
        (first_ms, last_ms + Tier::Minute.step_ms())
    })
}

fn by_window(samples: &Samples) -> BTreeMap<i64, Samples> {
    let mut windows: BTreeMap<i64, Samples> = BTreeMap::new();
    for (at_ms, value) in samples.iter() {
        let window_ms = Tier::Second.window_start_ms(at_ms);
        windows.entry(window_ms).or_default().insert(at_ms, value);
    }
    windows
}

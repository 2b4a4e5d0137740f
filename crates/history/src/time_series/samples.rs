use super::TimeSeries;
use super::read::Reader;
use crate::query::FOLDED_MAX;
use crate::{Samples, Tier};
use protocol::SeriesKey;
use store::StoreError;

/// Every sample of some series within a range, page by page: memory does not grow with the range.
pub struct SamplePages {
    time_series: TimeSeries,
    series: Vec<SeriesKey>,
    pages: Box<dyn Iterator<Item = (i64, i64)> + Send>,
}

impl TimeSeries {
    /// Reads single samples from `from_ms` on and before `to_ms`, as far as they are stored; of at most 500 series.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn sample_pages(
        &self,
        mut series: Vec<SeriesKey>,
        from_ms: i64,
        to_ms: i64,
        now_ms: i64,
    ) -> Result<SamplePages, StoreError> {
        series.truncate(FOLDED_MAX);
        let stored_ms = self.retention(now_ms).await?.from_ms(Tier::Second, now_ms);
        let from_ms = from_ms.max(stored_ms);
        let to_ms = to_ms.min(now_ms + Tier::Second.window_ms());
        let reader = Reader::new(&self.shared, &series);
        let pages = Box::new(reader.pages(Tier::Second, from_ms, to_ms.max(from_ms)));
        Ok(SamplePages {
            time_series: self.clone(),
            series,
            pages,
        })
    }

    /// How far back single samples are stored.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn samples_from_ms(&self, now_ms: i64) -> Result<i64, StoreError> {
        Ok(self.retention(now_ms).await?.from_ms(Tier::Second, now_ms))
    }
}

impl SamplePages {
    /// The next page, of each series in their order; absent at the end. Chunks that cannot be decoded are gaps.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn next(&mut self) -> Result<Option<Vec<Samples>>, StoreError> {
        let Some((from_ms, to_ms)) = self.pages.next() else {
            return Ok(None);
        };
        let mut reader = Reader::new(&self.time_series.shared, &self.series);
        reader.samples(from_ms, to_ms).await.map(Some)
    }
}

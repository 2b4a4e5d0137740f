use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::query::{ExportRequest, QueryError, Rows, check_count};
use protocol::SeriesKey;
use store::Series;

/// Every sample of a range, page by page: memory does not grow with the range, and the store is read only
/// when the next page is requested.
pub struct Export {
    time_series: TimeSeries,
    series: Vec<Series>,
    pages: Box<dyn Iterator<Item = (i64, i64)> + Send>,
    damaged_chunks: u64,
}

impl TimeSeries {
    /// Begins an export. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the request is invalid, or the store fails.
    pub async fn export(&self, request: &ExportRequest, now_ms: i64) -> Result<Export, QueryError> {
        let selected = self.shared.select(&request.series)?;
        request.check(&self.retention(now_ms).await?, now_ms)?;
        if let Some(fold) = selected.iter().find(|it| it.operation.is_some()) {
            return Err(QueryError::FoldExport(fold.text.clone()));
        }
        check_count(selected.len())?;
        let series: Vec<Series> = selected.into_iter().map(|it| it.series).collect();
        // No sample is further ahead of the clock.
        let to_ms = request.to_ms.min(now_ms + Tier::Second.window_ms());
        let reader = Reader::new(&self.shared, &keys(&series));
        let pages = Box::new(reader.pages(Tier::Second, request.from_ms, to_ms));
        Ok(Export {
            time_series: self.clone(),
            series,
            pages,
            damaged_chunks: 0,
        })
    }
}

impl Export {
    /// The series, in the order of the columns.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The next rows; absent at the end. Pages without samples are skipped.
    ///
    /// # Errors
    ///
    /// If the store fails. The next call continues after the page that failed.
    pub async fn next(&mut self) -> Result<Option<Rows>, QueryError> {
        for (from_ms, to_ms) in self.pages.by_ref() {
            let mut reader = Reader::new(&self.time_series.shared, &keys(&self.series));
            let rows = Rows::of(&reader.samples(from_ms, to_ms).await?);
            self.damaged_chunks += reader.damaged;
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    /// How many chunks could not be decoded so far; their time range is a gap.
    pub fn damaged_chunks(&self) -> u64 {
        self.damaged_chunks
    }
}

fn keys(series: &[Series]) -> Vec<SeriesKey> {
    series.iter().map(|series| series.key.clone()).collect()
}

use super::TimeSeries;
use super::read::Reader;
use crate::Tier;
use crate::query::{ExportRequest, QueryError, Rows, check_count};
use protocol::SeriesKey;
use store::Series;

/// Every sample of a range, page by page: it takes the same memory for two weeks as for an hour, and
/// the store is asked only when the next page is.
pub struct Export {
    past: TimeSeries,
    series: Vec<Series>,
    pages: Box<dyn Iterator<Item = (i64, i64)> + Send>,
    damaged_chunks: u64,
}

impl TimeSeries {
    /// Begins an export. `now_ms` is the server's clock.
    ///
    /// # Errors
    ///
    /// If the question is not possible, or the store does not answer.
    pub async fn export(&self, request: &ExportRequest, now_ms: i64) -> Result<Export, QueryError> {
        let selected = self.shared.select(&request.series)?;
        request.check(&self.reach(now_ms).await?, now_ms)?;
        if let Some(fold) = selected.iter().find(|it| it.operation.is_some()) {
            return Err(QueryError::FoldExport(fold.text.clone()));
        }
        check_count(selected.len())?;
        let series: Vec<Series> = selected.into_iter().map(|it| it.series).collect();
        // Nothing is ahead of the clock but what is taken for that moment.
        let to_ms = request.to_ms.min(now_ms + Tier::Second.window_ms());
        let reader = Reader::new(&self.shared, &keys(&series));
        let pages = Box::new(reader.pages(Tier::Second, request.from_ms, to_ms));
        Ok(Export {
            past: self.clone(),
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

    /// The next rows; absent at the end. Times without samples make no pages.
    ///
    /// # Errors
    ///
    /// If the store does not answer. Asking again goes on behind the page that failed.
    pub async fn next(&mut self) -> Result<Option<Rows>, QueryError> {
        for (from_ms, to_ms) in self.pages.by_ref() {
            let mut reader = Reader::new(&self.past.shared, &keys(&self.series));
            let rows = Rows::of(&reader.samples(from_ms, to_ms).await?);
            self.damaged_chunks += reader.damaged;
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    /// How many chunks could not be read so far; their time is missing.
    pub fn damaged_chunks(&self) -> u64 {
        self.damaged_chunks
    }
}

fn keys(series: &[Series]) -> Vec<SeriesKey> {
    series.iter().map(|series| series.key.clone()).collect()
}

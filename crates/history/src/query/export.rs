use super::request::{check_range, check_series};
use super::{QueryError, RetentionPeriods};
use crate::{Samples, Tier};
use protocol::Timestamp;

/// A request for every sample of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// Selects the series: texts of [`protocol::Selector`]s without folds.
    pub series: Vec<String>,
    /// The start of the range, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end of the range, excluded.
    pub to_ms: i64,
}

impl ExportRequest {
    pub(crate) fn check(
        &self,
        retention: &RetentionPeriods,
        now_ms: i64,
    ) -> Result<(), QueryError> {
        check_series(&self.series)?;
        check_range(self.from_ms, self.to_ms)?;
        if !retention.covers(Tier::Second, self.from_ms, now_ms) {
            let from = Timestamp::from_unix_ms(retention.from_ms(Tier::Second, now_ms));
            return Err(QueryError::ExportBeyondRetention { from });
        }
        Ok(())
    }
}

/// Some rows of an export: a time and a value of each series, in the order requested.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The times at which any of the series has a sample, ascending, in milliseconds since the Unix
    /// epoch.
    pub times_ms: Vec<i64>,
    /// One column for each series, with a value for each time; absent where it has none.
    pub columns: Vec<Vec<Option<f64>>>,
}

impl Rows {
    pub(crate) fn of(series: &[Samples]) -> Self {
        let mut times_ms: Vec<i64> = series.iter().flat_map(Samples::times_ms).copied().collect();
        times_ms.sort_unstable();
        times_ms.dedup();
        let columns = series.iter().map(|samples| {
            let mut samples = samples.iter().peekable();
            let at = times_ms
                .iter()
                .map(|at_ms| samples.next_if(|sample| sample.0 == *at_ms));
            at.map(|sample| sample.map(|sample| sample.1)).collect()
        });
        let columns = columns.collect();
        Self { times_ms, columns }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }
}

use super::QueryError;
use super::request::{check_range, check_unique};
use crate::Tier;
use protocol::Timestamp;
use store::Series;

/// The most series of one request: each is read sample by sample for its percentile.
pub const ANALYSED_MAX: usize = 50;

/// The most points of a fold that is analysed: it has no samples of its own.
pub(crate) const FOLDED_POINTS: usize = 1_000;

/// Statistics of the samples of a range; of a fold, of its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analysis {
    /// The finest tier that was read: with single samples the range is exact to the millisecond, otherwise
    /// to a minute or an hour.
    pub tier: Tier,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub avg: f64,
    /// How many.
    pub count: u64,
    /// The 95th percentile.
    pub p95: Result<f64, NoPercentile>,
}

/// Why there is no percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPercentile {
    /// Percentiles need single samples, which are not stored for so long.
    #[error("single samples are kept from {from} on")]
    BeyondRetention {
        /// The start of what is stored.
        from: Timestamp,
    },
    /// Some of the single samples are missing.
    #[error("some of the single samples are gone")]
    Incomplete,
    /// It would need too many samples in memory.
    #[error("there are too many samples to put in order; choose a shorter range")]
    TooManySamples,
}

/// A request for statistics of a range of some series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisRequest {
    /// Selects the series: texts of [`protocol::Selector`]s, at most [`ANALYSED_MAX`].
    pub series: Vec<String>,
    /// The start of the range, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end of the range, excluded.
    pub to_ms: i64,
    /// Compare with the same range so much earlier: a day or a week.
    pub earlier_ms: Option<i64>,
}

impl AnalysisRequest {
    /// The range, and the earlier one.
    pub(crate) fn ranges(&self) -> Result<Vec<(i64, i64)>, QueryError> {
        check_analysed(self.series.len())?;
        check_unique(&self.series)?;
        let shifts = [Some(0), self.earlier_ms].into_iter().flatten();
        let ranges = shifts.map(|ms| {
            (
                self.from_ms.saturating_sub(ms),
                self.to_ms.saturating_sub(ms),
            )
        });
        let ranges: Vec<(i64, i64)> = ranges.collect();
        for &(from_ms, to_ms) in &ranges {
            check_range(from_ms, to_ms)?;
        }
        Ok(ranges)
    }
}

/// Whether so many series can be analysed.
pub(crate) fn check_analysed(series: usize) -> Result<(), QueryError> {
    match series {
        1..=ANALYSED_MAX => Ok(()),
        count => Err(QueryError::AnalysedCount(count)),
    }
}

/// A range of one series and the same range earlier; absent where there are no samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its selector.
    pub text: String,
    /// The series, or the result of a fold.
    pub series: Series,
    /// Of the range.
    pub range: Option<Analysis>,
    /// Of the earlier one, if it was requested.
    pub earlier: Option<Analysis>,
}

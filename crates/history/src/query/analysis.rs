use protocol::Timestamp;

use super::QueryError;
use super::request::{check_range, check_unique};
use crate::Tier;
use store::Series;

/// The most series that one question compares: each is read sample by sample for its percentile.
pub const ANALYSED_MAX: usize = 50;

/// Points that a fold is made of for its analysis, at most: it has no samples of its own.
pub(crate) const FOLDED_POINTS: usize = 1_000;

/// What the samples of a range come to; of a fold, its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analysis {
    /// What it was told from, the finest of it: from single samples the range is exact to the
    /// millisecond, otherwise to a minute or an hour.
    pub tier: Tier,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub avg: f64,
    /// How many.
    pub count: u64,
    /// 95 percent are not above it.
    pub p95: Result<f64, NoPercentile>,
}

/// Why a percentile cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPercentile {
    /// Only single samples tell percentiles, and they are not kept for so long.
    #[error("single samples are kept from {reach} on")]
    OutOfReach {
        /// From here on they are.
        reach: Timestamp,
    },
    /// They are kept for so long, but some are not there.
    #[error("some of the single samples are gone")]
    Incomplete,
    /// It would need too many samples at once.
    #[error("there are too many samples to put in order; choose a shorter range")]
    TooManySamples,
}

/// A question about a range of some series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisRequest {
    /// What selects the series: texts of [`protocol::Selector`]s, at most [`ANALYSED_MAX`].
    pub series: Vec<String>,
    /// The first moment, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end; itself not included.
    pub to_ms: i64,
    /// Compare with the same range so much earlier: a day or a week.
    pub earlier_ms: Option<i64>,
}

impl AnalysisRequest {
    /// The ranges to look at: the one asked for, and the earlier one.
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

/// A range of one series and the same range earlier. Absent is what has no samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What selects it.
    pub text: String,
    /// The series, or what a fold made of some.
    pub series: Series,
    /// The range asked for.
    pub range: Option<Analysis>,
    /// The earlier one, if it was asked for.
    pub earlier: Option<Analysis>,
}

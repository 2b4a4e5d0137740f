use super::QueryError;
use super::request::check_range;

/// What the samples of a range come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Analysis {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub avg: f64,
    /// How many.
    pub count: u64,
    /// 95 percent are not above it; absent where single samples are no longer kept.
    pub p95: Option<f64>,
}

/// A question about a range of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisRequest {
    /// The series' text.
    pub series: String,
    /// The first moment, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end; itself not included.
    pub to_ms: i64,
    /// Compare with the same range so much earlier: a day or a week.
    pub before_ms: Option<i64>,
}

impl AnalysisRequest {
    /// The ranges to look at.
    pub(crate) fn ranges(&self) -> Result<Vec<(i64, i64)>, QueryError> {
        let shifts = [Some(0), self.before_ms].into_iter().flatten();
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

/// A range and the same range earlier. Absent is what has no samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The range asked for.
    pub range: Option<Analysis>,
    /// The earlier one, if it was asked for.
    pub before: Option<Analysis>,
}

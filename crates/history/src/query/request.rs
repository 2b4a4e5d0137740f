use super::QueryError;
use protocol::Timestamp;
use std::collections::HashSet;
use std::str::FromStr;

/// The most series of one query.
pub const SERIES_MAX: usize = 100;
/// The most points of one series: more than any screen has columns.
pub const POINTS_MAX: usize = 10_000;
/// The most points of all series together.
pub const VALUES_MAX: usize = 200_000;

/// The statistic of the samples in a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// Their mean. Their extremes come with it, so that no spike vanishes.
    Avg,
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// Their sum.
    Sum,
    /// Their number.
    Count,
    /// The percentile by nearest rank.
    Percentile(u8),
}

impl Aggregation {
    /// Every one and its name in a query.
    pub const ALL: [(&str, Self); 8] = [
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("p50", Self::Percentile(50)),
        ("p95", Self::Percentile(95)),
        ("p99", Self::Percentile(99)),
    ];
}

/// The name is not one of [`Aggregation::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown aggregation; known are avg, min, max, sum, count, p50, p95 and p99")]
pub struct UnknownAggregation;

impl FromStr for Aggregation {
    type Err = UnknownAggregation;

    fn from_str(name: &str) -> Result<Self, UnknownAggregation> {
        let found = Self::ALL.iter().find(|(other, _)| *other == name);
        found
            .map(|(_, aggregation)| *aggregation)
            .ok_or(UnknownAggregation)
    }
}

/// A query for a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Selects the series: texts of [`protocol::Selector`]s, at most [`SERIES_MAX`].
    pub series: Vec<String>,
    /// The start of the range, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end of the range, excluded.
    pub to_ms: i64,
    /// The most points of each series.
    pub points: usize,
    /// The statistic of each point.
    pub aggregation: Aggregation,
}

impl Query {
    pub(super) fn check(&self) -> Result<(), QueryError> {
        check_series(&self.series)?;
        check_range(self.from_ms, self.to_ms)?;
        if !(1..=POINTS_MAX).contains(&self.points) {
            return Err(QueryError::Points(self.points));
        }
        self.check_values(self.series.len())
    }

    /// Whether so many columns are possible, once the series are selected.
    pub(crate) fn check_columns(&self, count: usize) -> Result<(), QueryError> {
        check_count(count)?;
        self.check_values(count)
    }

    fn check_values(&self, columns: usize) -> Result<(), QueryError> {
        let values = self.points * columns;
        match values > VALUES_MAX {
            true => Err(QueryError::Values(values)),
            false => Ok(()),
        }
    }
}

pub(crate) fn check_series(series: &[String]) -> Result<(), QueryError> {
    check_count(series.len())?;
    check_unique(series)
}

pub(crate) fn check_count(series: usize) -> Result<(), QueryError> {
    match series {
        1..=SERIES_MAX => Ok(()),
        count => Err(QueryError::SeriesCount(count)),
    }
}

/// A repeated series would cost as much, and add nothing.
pub(super) fn check_unique(series: &[String]) -> Result<(), QueryError> {
    let mut seen = HashSet::new();
    match series.iter().find(|text| !seen.insert(text.as_str())) {
        Some(twice) => Err(QueryError::SeriesTwice(twice.clone())),
        None => Ok(()),
    }
}

/// A range that a [`Timestamp`] can represent, so that no arithmetic on it overflows.
pub(super) fn check_range(from_ms: i64, to_ms: i64) -> Result<(), QueryError> {
    let [from, to] = [from_ms, to_ms].map(Timestamp::from_unix_ms);
    for (time, ms) in [(from, from_ms), (to, to_ms)] {
        if time.unix_ms() != ms {
            return Err(QueryError::NoTime(ms));
        }
    }
    match from < to {
        true => Ok(()),
        false => Err(QueryError::Range { from, to }),
    }
}

use super::analysis::ANALYSED_MAX;
use super::percentile::PERCENTILE_SAMPLES_MAX;
use super::request::{POINTS_MAX, SERIES_MAX, VALUES_MAX};
use super::selection::{FOLDED_MAX, PATTERNS_MAX};
use protocol::{InvalidSelector, Timestamp};
use store::StoreError;

/// Why a query failed. All but [`QueryError::Store`] are mistakes of the client.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// No series was named, or too many.
    #[error("ask for {0} series at once; 1 to {SERIES_MAX} are possible")]
    SeriesCount(usize),
    /// No series was named for an analysis, or too many.
    #[error("analyse {0} series at once; 1 to {ANALYSED_MAX} are possible")]
    AnalysedCount(usize),
    /// A series was named more than once.
    #[error("ask for the series `{0}` twice; name each once")]
    SeriesTwice(String),
    /// A selector is invalid.
    #[error("read the selector `{0}`: {1}")]
    Selector(String, InvalidSelector),
    /// There is no such series.
    #[error("find a series that `{0}` selects: there is none")]
    UnknownSeries(String),
    /// There are too many regular expressions.
    #[error("match {0} regular expressions at once; {PATTERNS_MAX} are possible")]
    PatternCount(usize),
    /// Folds read too many series.
    #[error("fold {0} series at once; {FOLDED_MAX} are possible")]
    FoldedCount(usize),
    /// Only a series has samples that can be exported.
    #[error("export the samples of `{0}`: a fold has none; ask for points, or for its series")]
    FoldExport(String),
    /// The range ends before it begins, or is empty.
    #[error("read from {from} to {to}: the range must end after it begins")]
    Range {
        /// Its start.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// No [`Timestamp`] is as early or as late as that.
    #[error("read a range that goes beyond {}: it must lie between {} and {}", beyond(*.0), Timestamp::MIN, Timestamp::MAX)]
    NoTime(i64),
    /// No points were requested, or too many.
    #[error("answer with {0} points; 1 to {POINTS_MAX} are possible")]
    Points(usize),
    /// Too many points of too many series.
    #[error(
        "answer with {0} values; ask for fewer series or points, so that they are at most {VALUES_MAX}"
    )]
    Values(usize),
    /// Percentiles need single samples, which are not stored for so long.
    #[error(
        "tell percentiles before {from}: single samples are kept from there on; ask for a later range or for avg, min or max"
    )]
    PercentilesBeyondRetention {
        /// The start of what is stored.
        from: Timestamp,
    },
    /// A percentile would need too many samples in memory.
    #[error(
        "tell a percentile of more than {PERCENTILE_SAMPLES_MAX} samples; ask for more points or a shorter range"
    )]
    PercentileSamples,
    /// An export needs single samples, which are not stored for so long.
    #[error(
        "export samples before {from}: they are kept from there on; ask for a later range, or query minutes and hours"
    )]
    ExportBeyondRetention {
        /// The start of what is stored.
        from: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The first or last representable time, whichever a number of milliseconds is beyond.
fn beyond(unix_ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(unix_ms)
}

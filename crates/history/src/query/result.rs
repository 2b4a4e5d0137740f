use crate::Tier;
use store::Series;

/// The result of a query: columns of values over one column of times.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The tier that was read.
    pub tier: Tier,
    /// How long a point is, in milliseconds.
    pub step_ms: i64,
    /// The start of each point, in milliseconds since the Unix epoch. At the edges a point has only
    /// samples within the requested range, to a minute or an hour in the coarser tiers. Where points are
    /// single samples, the time of the sample.
    pub times_ms: Vec<i64>,
    /// Whether points are single samples, since they are no longer than the time between two.
    pub is_single: bool,
    /// In the order of the selectors, those of one selector by series.
    pub columns: Vec<ResultColumn>,
    /// Chunks that could not be decoded; their time range is a gap.
    pub damaged_chunks: u64,
}

/// One series' points, or those of a fold.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultColumn {
    /// Its selector.
    pub text: String,
    /// The series, or the result of a fold.
    pub series: Series,
    /// The usual time between two samples, in milliseconds: points that are empty because they are
    /// shorter are no gap. Absent where the tier is coarser or there are no two samples.
    pub interval_ms: Option<i64>,
    /// One for each time; absent where there is no sample.
    pub values: Vec<Option<f64>>,
    /// With [`Aggregation::Avg`](super::Aggregation) the extremes of each point; a fold has none.
    pub extremes: Option<Extremes>,
}

/// The lowest and the highest sample of each point.
#[derive(Debug, Clone, PartialEq)]
pub struct Extremes {
    /// Lowest.
    pub min: Vec<Option<f64>>,
    /// Highest.
    pub max: Vec<Option<f64>>,
}

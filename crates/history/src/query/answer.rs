use crate::Tier;
use store::Series;

/// Columns over one column of times.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What it was told from.
    pub tier: Tier,
    /// How long a point is, in milliseconds.
    pub step_ms: i64,
    /// Each point's first moment, in milliseconds since the Unix epoch. At the edges a point holds
    /// only what is within the range asked for, to a minute or an hour in the coarser tiers. Where
    /// points are single samples, when the sample was taken.
    pub times_ms: Vec<i64>,
    /// Whether points are single samples, since they are no longer than the time between two.
    pub is_single: bool,
    /// In the order asked for, and of what one selector selects by series.
    pub columns: Vec<AnswerColumn>,
    /// Chunks that could not be read; their time is a gap.
    pub damaged_chunks: u64,
}

/// One series' points, or those of a fold.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerColumn {
    /// What selects it.
    pub text: String,
    /// The series, or what a fold made of some.
    pub series: Series,
    /// The usual time between two samples, in milliseconds: points that are empty because they are
    /// shorter are no gap. Absent where the tier is coarser or there are no two samples.
    pub interval_ms: Option<i64>,
    /// One for each time; absent where nothing was sampled.
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

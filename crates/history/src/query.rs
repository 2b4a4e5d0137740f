//! What may be asked of the past, and how an answer is made: as functions of samples and buckets.
//!
//! `request.rs` says what may be asked, `selection.rs` which series that is about, `plan.rs` chooses tier
//! and buckets, `fold.rs` puts samples into them, and `answer.rs` is what comes out. Nothing here reads a
//! store; `past.rs` does.

mod error;
mod request;
mod retention;
mod selection;

mod plan;

mod fold;
mod percentile;

mod analysis;
mod answer;
mod export;

pub use analysis::{ANALYSED_MAX, Analysis, AnalysisRequest, Compared, NoPercentile};
pub(crate) use analysis::{FOLDED_POINTS, check_analysed};
pub use answer::{Answer, AnswerColumn, Extremes};
pub use error::QueryError;
pub use export::{ExportRequest, Rows};
pub use request::{Aggregation, POINTS_MAX, Query, SERIES_MAX, UnknownAggregation, VALUES_MAX};
pub use retention::RetentionPeriods;
pub use selection::FOLDED_MAX;

pub(crate) use fold::Fold;
pub(crate) use percentile::{Percentiles, percentile};
pub(crate) use plan::Plan;
pub(crate) use request::{check_count, check_series};
pub(crate) use selection::{Selected, select};

//! Queries, as pure functions of samples and buckets.
//!
//! `request.rs` defines a query, `selection.rs` finds its series, `plan.rs` chooses tier and points,
//! `fold.rs` aggregates samples into them, and `result.rs` is the outcome. `time_series` reads the store.

mod error;
mod request;
mod retention;
mod selection;

mod plan;

mod fold;
mod percentile;

mod analysis;
mod export;
mod result;

pub use analysis::{ANALYSED_MAX, Analysis, AnalysisRequest, Compared, NoPercentile};
pub(crate) use analysis::{FOLDED_POINTS, check_analysed};
pub use error::QueryError;
pub use export::{ExportRequest, Rows};
pub use request::{Aggregation, POINTS_MAX, Query, SERIES_MAX, UnknownAggregation, VALUES_MAX};
pub use result::{Extremes, QueryResult, ResultColumn};
pub use retention::RetentionPeriods;
pub use selection::FOLDED_MAX;

pub(crate) use fold::Fold;
pub(crate) use percentile::{Percentiles, percentile};
pub(crate) use plan::Plan;
pub(crate) use request::{check_count, check_series};
pub(crate) use selection::{Selected, select};

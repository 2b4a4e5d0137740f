//! Responses of the API; see `protocol::api`. Only the fields that the page uses, since each takes code.

use protocol::{Labels, SeriesKey};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SeriesList {
    pub(super) series: Vec<SeriesInfo>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SeriesInfo {
    pub(super) host: String,
    pub(super) name: String,
    pub(super) labels: Labels,
}

impl SeriesInfo {
    pub(super) fn key(self) -> SeriesKey {
        SeriesKey::new(self.host, self.name, self.labels)
    }
}

/// The points of some series.
#[derive(Deserialize)]
pub(super) struct QueryResponse {
    pub(super) step_ms: f64,
    pub(super) times_ms: Vec<f64>,
    /// Whether each point is a single sample, at the time when it was taken.
    pub(super) is_single: Option<bool>,
    pub(super) columns: Vec<Column>,
}

#[derive(Deserialize)]
pub(super) struct Column {
    pub(super) series: String,
    pub(super) name: String,
    pub(super) host: String,
    pub(super) labels: Labels,
    pub(super) unit: Option<String>,
    pub(super) interval_ms: Option<f64>,
    pub(super) values: Vec<Option<f64>>,
    pub(super) min: Option<Vec<Option<f64>>>,
    pub(super) max: Option<Vec<Option<f64>>>,
}

/// Where a page of the feed ends.
#[derive(Deserialize)]
pub(super) struct PageEnd {
    /// Absent at the stream's beginning.
    pub(super) next_before: Option<u64>,
}

/// The series of a moment.
#[derive(Deserialize)]
pub(super) struct HostState {
    pub(super) series: Vec<Sample>,
}

#[derive(Deserialize)]
pub(super) struct Sample {
    /// The text of a series.
    pub(super) series: String,
    pub(super) at_ms: f64,
    pub(super) value: f64,
    pub(super) unit: Option<String>,
    pub(super) interval_ms: Option<f64>,
}

/// Statistics of the samples of a range.
#[derive(Deserialize)]
pub(super) struct AnalysisResponse {
    pub(super) series: Vec<Analysis>,
}

#[derive(Deserialize)]
pub(super) struct Analysis {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) labels: Labels,
    pub(super) unit: Option<String>,
    /// Absent where nothing was sampled.
    pub(super) range: Option<Extremes>,
    /// The same range earlier.
    pub(super) earlier: Option<Extremes>,
}

/// Statistics of the samples of one range.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Extremes {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) avg: f64,
    pub(crate) p95: Option<f64>,
    /// Why there is none: single samples are stored for a limited time.
    pub(crate) p95_missing: Option<String>,
}

/// What was unusual at a moment.
#[derive(Deserialize)]
pub(crate) struct Evidence {
    pub(crate) compared: u64,
    pub(crate) deviations: Vec<Deviation>,
}

/// A series that differed from the hour before.
#[derive(Clone, Deserialize)]
pub(crate) struct Deviation {
    pub(crate) series: String,
    pub(crate) unit: Option<String>,
    pub(crate) is_counter: bool,
    /// `value`, `begun` or `ended`.
    pub(crate) change: String,
    pub(crate) value: Option<f64>,
    pub(crate) median: Option<f64>,
    pub(crate) usual_low: Option<f64>,
    pub(crate) usual_high: Option<f64>,
    pub(crate) score: f64,
}

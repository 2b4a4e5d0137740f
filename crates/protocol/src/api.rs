//! The responses of `/api/v1/…`: the server writes them, its OpenAPI document is derived from them, and
//! clients in Rust read them.

use crate::named_enum::named_enum;
use crate::{Kind, Labels, Timestamp};
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

named_enum! {
    /// The resolution that a response was computed from.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum Tier {
        /// Single samples.
        Second = "second",
        /// The minimum, maximum, sum and number of each minute's samples.
        Minute = "minute",
        /// The same of each hour.
        Hour = "hour",
    }
}

/// Adds the members that identify a series at the beginning of a struct. They are repeated rather than
/// flattened from a struct of their own, since the browser would load much more code to read those.
macro_rules! with_series {
    ($(#[$attribute:meta])* pub struct $Struct:ident { $($members:tt)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(ToSchema))]
        pub struct $Struct {
            /// Its selector, such as `cpu{host="local"}`.
            pub series: String,
            /// The host it is about; empty if a fold's series are about several.
            pub host: String,
            /// The name of the metric; empty if a fold's selector does not name it.
            pub name: String,
            /// Distinguishes it from others of that name; of a fold, the labels that remain.
            pub labels: Labels,
            /// The unit of its values.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub unit: Option<String>,
            $($members)*
        }
    };
}

/// All series, or the selected ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct SeriesList {
    /// The earliest time with stored data, messages included, in milliseconds since the Unix epoch; null
    /// while nothing is stored.
    pub oldest_ms: Option<i64>,
    /// Ordered by their selectors.
    pub series: Vec<SeriesInfo>,
    /// There are more than the limit; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

with_series! {
    /// A series and the time range of its samples.
    pub struct SeriesInfo {
        /// The meaning of its values.
        pub kind: Kind,
        /// The first sample, in milliseconds since the Unix epoch, or up to a quarter of an hour before it; up
        /// to six hours where single samples have expired, and up to fifteen days where minutes have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub oldest_ms: Option<i64>,
        /// The last sample; where single samples have expired, the end of its minute or hour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub newest_ms: Option<i64>,
    }
}

/// All known hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct HostList {
    /// The server's own first, the others by name.
    pub hosts: Vec<HostInfo>,
}

/// A host and the time range of its samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct HostInfo {
    /// Its name.
    pub host: String,
    /// Whether it is the server's own, whose alias is `local`.
    pub is_own: bool,
    /// The first sample of any of its series, as exact as in the list of series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_ms: Option<i64>,
    /// The newest, or the newest `metrics` message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_ms: Option<i64>,
}

/// The points of some series over one column of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct QueryResponse {
    /// The resolution it was computed from.
    pub tier: Tier,
    /// The length of a point, in milliseconds.
    pub step_ms: i64,
    /// Each point's start, in milliseconds since the Unix epoch; of a single sample, its time.
    pub times_ms: Vec<i64>,
    /// Whether points are single samples: the step is at most the time between two.
    pub is_single: bool,
    /// In the order of the request.
    pub columns: Vec<Column>,
    /// Chunks that could not be read; their time is a gap.
    pub damaged_chunks: u64,
    /// Some of the newest samples are not there yet, since the server has just started; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

with_series! {
    /// The points of a series or of a fold.
    pub struct Column {
        /// The usual time between two samples, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub interval_ms: Option<i64>,
        /// One for each time; null where nothing was sampled.
        pub values: Vec<Option<f64>>,
        /// With `avg`, the lowest sample of each point; a fold has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub min: Option<Vec<Option<f64>>>,
        /// With `avg`, the highest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub max: Option<Vec<Option<f64>>>,
    }
}

/// The statistics of a range, series by series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct AnalysisResponse {
    /// The start, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end, exclusive.
    pub to_ms: i64,
    /// In the order of the request.
    pub series: Vec<SeriesAnalysis>,
}

with_series! {
    /// The statistics of a series in a range, and in the same range earlier.
    pub struct SeriesAnalysis {
        /// Null if nothing was sampled.
        pub range: Option<Statistics>,
        /// Null if nothing was sampled then, or without `earlier_ms`.
        pub earlier: Option<Statistics>,
    }
}

/// The statistics of a range's samples; of a fold, of its points, at most 1000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Statistics {
    /// The finest resolution it was computed from: `second` is exact to the millisecond; with `minute` and
    /// `hour` the range is widened to whole minutes and hours.
    pub tier: Tier,
    /// The number of samples.
    pub count: u64,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub avg: f64,
    /// The 95th percentile (nearest rank).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// Why there is no `p95`, as the end of a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_missing: Option<String>,
}

/// Messages of a stream, newest first. `M` is a message of the protocol, or its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct MessagePage<M> {
    /// Exactly as they were sent; see the protocol.
    pub messages: Vec<M>,
    /// The `before` of the next page; absent at the stream's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// The state of a host at a moment: the values of its series, and messages as they were sent. `M` is a message of the protocol, or its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct HostState<M> {
    /// The moment; a future one is replaced by the current time.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub time: Timestamp,
    /// The host's name.
    pub host: String,
    /// The earliest time with stored data, in milliseconds since the Unix epoch; null while nothing is
    /// stored.
    pub oldest_ms: Option<i64>,
    /// Each series' newest sample of the three minutes before; of the server's own host also the series
    /// without a host.
    pub series: Vec<Sample>,
    /// The host's newest `metrics` of the three minutes before, as it was sent. Null if it has expired, or
    /// there is none.
    #[cfg_attr(feature = "openapi", schema(schema_with = message_or_null))]
    pub metrics: Option<M>,
    /// The newest `data` of each series of the three minutes before, among the newest 1000 messages,
    /// oldest first, as they were sent. Null if they have expired.
    pub data: Option<Vec<M>>,
    /// The host's newest `processes` of the three minutes before, if it is still stored.
    #[cfg_attr(feature = "openapi", schema(schema_with = message_or_null))]
    pub processes: Option<M>,
    /// The newest 100 events up to then, newest first, exactly as they were sent.
    pub events: Vec<M>,
    /// The newest 100 alerts, followed by those of the newest 1000 that were still firing.
    pub alerts: Vec<M>,
    /// The newest 100 log lines.
    pub logs: Vec<M>,
}

/// The schema of an `Option<M>`: the derived one of a type parameter is not nullable.
#[cfg(feature = "openapi")]
fn message_or_null() -> utoipa::openapi::Object {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some("A message of the protocol, as its JSON."))
        .build()
}

/// The value of a series at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Sample {
    /// Its selector, such as `cpu{host="local"}`.
    pub series: String,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// When it was sampled, in milliseconds since the Unix epoch; where single samples have
    /// expired, the start of the minute or hour.
    pub at_ms: i64,
    /// The sample, or the mean of the minute or hour.
    pub value: f64,
}

/// What was unusual about a host at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Evidence {
    /// The moment; a future one is replaced by the current time.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub time: Timestamp,
    /// The host's name.
    pub host: String,
    /// How many series were compared; none where single samples are no longer stored.
    pub compared: u64,
    /// How many more the host had, beyond 2000.
    pub left_out: u64,
    /// The most unusual first.
    pub deviations: Vec<Deviation>,
}

/// How a series differed at a moment from the hour before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Deviation {
    /// Its selector, such as `cpu{host="local"}`.
    pub series: String,
    /// The unit of its values; of a counter, they are rates, in this unit per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether it is a counter.
    pub is_counter: bool,
    /// What was unusual.
    pub change: DeviationChange,
    /// Its value then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The median of the hour before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// A twentieth of the values of the hour before was less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_low: Option<f64>,
    /// A twentieth of them was greater.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_high: Option<f64>,
    /// The modified z-score: how many standard deviations the value was from the median, estimated by the median absolute
    /// deviation; from -100 to 100. 20 if the series began or ended.
    pub score: f64,
}

named_enum! {
    /// What is unusual about a series.
    #[cfg_attr(feature = "openapi", derive(ToSchema))]
    pub enum DeviationChange {
        /// Its value.
        Value = "value",
        /// It had no samples before.
        Begun = "begun",
        /// It had samples until shortly before.
        Ended = "ended",
    }
}

/// The result of an ingest request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct IngestResponse {
    /// The number of stored entries.
    pub accepted: u64,
    /// The number of rejected entries.
    pub rejected_count: u64,
    /// The first hundred rejected entries.
    pub rejected: Vec<RejectedEntry>,
}

/// A rejected entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RejectedEntry {
    /// Its index in the body, from 0.
    pub index: u64,
    /// The reason, as a sentence.
    pub error: String,
}

/// The response to an invalid request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct ErrorResponse {
    /// The reason, as a sentence.
    pub error: String,
}

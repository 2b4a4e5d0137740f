//! What `/api/v1/…` answers: the server writes these, its OpenAPI document is made of them, and clients in
//! Rust read them.
//!
//! What several answers say of a series stands in each of them: the browser reads structs field by field,
//! and would load much more to read one that is flattened into another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

use crate::{Kind, Timestamp};

/// What an answer was told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub enum Tier {
    /// Single samples.
    Second,
    /// The extremes, the sum and the number of each minute's samples.
    Minute,
    /// The same of each hour.
    Hour,
}

impl Tier {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }
}

/// Every series there is, or those that were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Catalogue {
    /// The first moment that anything is kept of, messages included, in milliseconds since the Unix
    /// epoch; null while nothing is.
    pub oldest_ms: Option<i64>,
    /// In the order of their texts.
    pub series: Vec<Known>,
}

/// A series, and from when to when it has samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Known {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub series: String,
    /// The host it is about.
    pub host: String,
    /// What is measured.
    pub name: String,
    /// What distinguishes it from others of that name.
    pub labels: BTreeMap<String, String>,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What its values mean.
    pub kind: Kind,
    /// The first sample, in milliseconds since the Unix epoch, or up to a quarter of an hour before it;
    /// where single samples are no longer kept up to six hours, and where minutes are not, fifteen days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_ms: Option<i64>,
    /// The last; where single samples are no longer kept, the end of its minute or hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_ms: Option<i64>,
}

/// Every host that something is known of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Hosts {
    /// The server's own first, the others by name.
    pub hosts: Vec<KnownHost>,
}

/// A host, and from when to when it has samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct KnownHost {
    /// Its name.
    pub host: String,
    /// Whether it is the server's own, which `local` means, too.
    pub is_own: bool,
    /// The first sample of any of its series, as exact as in the catalogue of series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_ms: Option<i64>,
    /// The newest, or the newest `metrics` message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_ms: Option<i64>,
}

/// The points of some series over one column of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Answer {
    /// What it was told from.
    pub tier: Tier,
    /// How long a point is, in milliseconds.
    pub step_ms: i64,
    /// Each point's first moment, in milliseconds since the Unix epoch; of a single sample, when it
    /// was taken.
    pub times_ms: Vec<i64>,
    /// Whether points are single samples, since they are no longer than the time between two.
    pub is_single: bool,
    /// In the order asked for.
    pub columns: Vec<Column>,
    /// Pieces of the store that could not be read; their time is a gap.
    pub damaged_chunks: u64,
}

/// One series' points, or those of a fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Column {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub series: String,
    /// The host it is about; empty if it is of several.
    pub host: String,
    /// What is measured; empty if a fold's selector does not name it.
    pub name: String,
    /// What distinguishes it from others of that name; of a fold, the labels that remain.
    pub labels: BTreeMap<String, String>,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
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

/// What the samples of a range come to, series by series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Analyses {
    /// The first moment, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The end, itself not included.
    pub to_ms: i64,
    /// In the order asked for.
    pub series: Vec<Analysed>,
}

/// One series' range, and the same range earlier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Analysed {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub series: String,
    /// The host it is about; empty if it is of several.
    pub host: String,
    /// What is measured; empty if a fold's selector does not name it.
    pub name: String,
    /// What distinguishes it from others of that name; of a fold, the labels that remain.
    pub labels: BTreeMap<String, String>,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Null if nothing was sampled.
    pub range: Option<Figures>,
    /// Null if nothing was sampled then, or `earlier_ms` was not asked for.
    pub earlier: Option<Figures>,
}

/// What the samples of one range come to; of a fold, its points, at most 1000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Figures {
    /// The finest that it was told from: `second` is exact to the millisecond; with `minute` and `hour`
    /// the range is widened to whole ones.
    pub tier: Tier,
    /// How many samples.
    pub count: u64,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub avg: f64,
    /// 95 percent are not above it (nearest rank).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// Why there is no `p95`, as a sentence's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_missing: Option<String>,
}

/// Messages of a stream, newest first. `M` is a message of the protocol, or its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Page<M> {
    /// Exactly as they were sent; see the protocol.
    pub messages: Vec<M>,
    /// The `before` of the next page; absent at the stream's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// Everything about a host at a moment: `series` says how it was, and what are messages here was sent like
/// this. `M` is a message of the protocol, or its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Moment<M> {
    /// The moment; one to come is held at now.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub time: Timestamp,
    /// The host, by its name.
    pub host: String,
    /// The first moment that anything is kept of, in milliseconds since the Unix epoch; null while
    /// nothing is.
    pub oldest_ms: Option<i64>,
    /// Each series' newest sample of the three minutes before; of the server's own host also the series
    /// without a host.
    pub series: Vec<Sample>,
    /// The host's newest `metrics` of the three minutes before, as it was sent. Null if it is no longer
    /// kept, or there is none.
    #[cfg_attr(feature = "openapi", schema(schema_with = message_or_null))]
    pub metrics: Option<M>,
    /// The newest `data` of each series of the three minutes before, among the newest 1000 messages,
    /// oldest first, as they were sent. Null if those of then are no longer kept.
    pub data: Option<Vec<M>>,
    /// The host's newest `processes` of the three minutes before, if it is still kept.
    #[cfg_attr(feature = "openapi", schema(schema_with = message_or_null))]
    pub processes: Option<M>,
    /// The newest 100 events up to then, newest first, exactly as they were sent.
    pub events: Vec<M>,
    /// The newest 100 alerts, and behind them, of the 1000 newest, those that fired and had not
    /// resolved.
    pub alerts: Vec<M>,
    /// The newest 100 log lines.
    pub logs: Vec<M>,
}

/// An `Option<M>`: the derived description of a type parameter forgets the `Option`.
#[cfg(feature = "openapi")]
fn message_or_null() -> utoipa::openapi::Object {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some("A message of the protocol, as its JSON."))
        .build()
}

/// What a series was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Sample {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub series: String,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// When it was sampled, in milliseconds since the Unix epoch; where single samples are no longer
    /// kept, the minute's or hour's first moment.
    pub at_ms: i64,
    /// The sample, or the mean of the minute or hour.
    pub value: f64,
}

/// What became of the entries of an ingest request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Ingested {
    /// How many are stored.
    pub accepted: u64,
    /// How many are not.
    pub rejected_count: u64,
    /// Which ones, and why: the first hundred of them.
    pub rejected: Vec<RejectedAt>,
}

/// Why an entry is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RejectedAt {
    /// Its place in the body, from 0.
    pub index: u64,
    /// What is wrong, as a sentence.
    pub error: String,
}

/// The answer to a request that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct Refused {
    /// What was wrong, as a sentence.
    pub error: String,
}

//! Many values of many series in one message.

use crate::properties::{Filterable, Properties};
use crate::{Kind, Labels, SeriesKey, Timestamp, Unit};
use serde::{Deserialize, Serialize};

/// Values of the series of one host that came through one input, on [`Stream::Samples`](crate::Stream::Samples).
///
/// The series are those of a [`SeriesSet`], which the message names, and new ones, which it describes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The time of the first row.
    pub timestamp: Timestamp,
    /// The host of all series; absent for the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The input that they came through.
    pub source: String,
    /// The id of the set, 32 hexadecimal digits; absent if all series are new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// The indices in the set of the series that have values, ascending; absent if all have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<u32>>,
    /// For each row its time after `timestamp`, in milliseconds, ascending.
    pub offsets_ms: Vec<i64>,
    /// For each row the values of the set's series, or of the `columns`; null for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Vec<Option<f64>>>,
    /// Series that are in no set yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<ExtraSeries>,
}

/// A new series with its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "ExtraMembers", into = "ExtraMembers")]
pub struct ExtraSeries {
    /// What it is.
    pub series: SetSeries,
    /// For each row its value; null for none.
    pub values: Vec<Option<f64>>,
}

/// The members of an [`ExtraSeries`]. `flatten` would do it, too, and is ten kilobytes of code in the browser.
#[derive(Serialize, Deserialize)]
struct ExtraMembers {
    name: String,
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    values: Vec<Option<f64>>,
}

impl From<ExtraMembers> for ExtraSeries {
    fn from(members: ExtraMembers) -> Self {
        let ExtraMembers {
            name,
            labels,
            unit,
            kind,
            values,
        } = members;
        Self {
            series: SetSeries {
                name,
                labels,
                unit,
                kind,
            },
            values,
        }
    }
}

impl From<ExtraSeries> for ExtraMembers {
    fn from(ExtraSeries { series, values }: ExtraSeries) -> Self {
        let SetSeries {
            name,
            labels,
            unit,
            kind,
        } = series;
        Self {
            name,
            labels,
            unit,
            kind,
            values,
        }
    }
}

/// The series that some messages have values of, in order. Its id identifies its content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesSet {
    /// The host of all of them; absent for the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The input that they come through.
    pub source: String,
    /// The series, at most [`SeriesSet::SERIES_MAX`].
    pub series: Vec<SetSeries>,
}

/// A series of a set. The host is that of the set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSeries {
    /// The name of the metric.
    pub name: String,
    /// Distinguishes it from others of that name.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The unit of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// `counter`; absent for a gauge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

impl SeriesSet {
    /// The most series of a set, so that a row of their values has less than 16 KiB.
    pub const SERIES_MAX: usize = 512;

    /// What its id is computed from.
    pub fn canonical_json(&self) -> String {
        crate::server_message::to_json(self)
    }
}

impl SetSeries {
    /// The series of a host.
    pub fn new(key: &SeriesKey, unit: Option<&Unit>, kind: Kind) -> Self {
        Self {
            name: key.name.clone(),
            labels: key.labels.clone(),
            unit: unit.map(|unit| unit.as_str().to_owned()),
            kind: Some(kind).filter(|kind| *kind != Kind::Gauge),
        }
    }

    /// Its key.
    pub fn key(&self, host: Option<&str>) -> SeriesKey {
        SeriesKey {
            host: host.unwrap_or_default().to_owned(),
            name: self.name.clone(),
            labels: self.labels.clone(),
        }
    }

    /// The unit of its values, if it is valid.
    pub fn unit(&self) -> Option<Unit> {
        self.unit.as_deref().and_then(Unit::new)
    }

    /// The kind of the series.
    pub fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::Gauge)
    }
}

impl Samples {
    /// How many values it has.
    pub fn len(&self) -> usize {
        let rows = self
            .values
            .iter()
            .chain(self.extra.iter().map(|it| &it.values));
        rows.map(|row| row.iter().flatten().count()).sum()
    }

    /// Whether it has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each value of the set's series, with the index of its series in the set and its time in milliseconds since
    /// the Unix epoch. Values without a time or a column are left out.
    pub fn set_values(&self) -> impl Iterator<Item = (usize, i64, f64)> {
        self.rows().zip(&self.values).flat_map(move |(at_ms, row)| {
            row.iter().enumerate().filter_map(move |(place, value)| {
                let column = match &self.columns {
                    Some(columns) => *columns.get(place)? as usize,
                    None => place,
                };
                Some((column, at_ms, (*value)?))
            })
        })
    }

    /// Each value of a new series, with its time.
    pub fn extra_values(&self, extra: &ExtraSeries) -> impl Iterator<Item = (i64, f64)> {
        let values = self.rows().zip(&extra.values);
        values.filter_map(|(at_ms, value)| Some((at_ms, (*value)?)))
    }

    /// The time of each row.
    fn rows(&self) -> impl Iterator<Item = i64> {
        let start_ms = self.timestamp.unix_ms();
        let offsets = self.offsets_ms.iter();
        offsets.map(move |offset_ms| start_ms.saturating_add(*offset_ms))
    }
}

impl Filterable for Samples {
    fn properties(&self) -> Properties<'_> {
        Properties {
            source: Some(&self.source),
            host: self.host.as_deref(),
            ..Properties::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_series_and_time() {
        let json = r#"{"timestamp":"2026-01-15T10:30:00.000Z","source":"node","set":"a","columns":[1,4],
            "offsets_ms":[0,1000],"values":[[1.5,null],[2,3]],"extra":[{"name":"new","values":[null,7]}]}"#;
        let samples: Samples = serde_json::from_str(json).expect("samples");
        let start_ms = samples.timestamp.unix_ms();
        let values: Vec<_> = samples.set_values().collect();
        let later_ms = start_ms + 1_000;
        assert_eq!(
            values,
            [(1, start_ms, 1.5), (1, later_ms, 2.0), (4, later_ms, 3.0)]
        );
        let extra: Vec<_> = samples.extra_values(&samples.extra[0]).collect();
        assert_eq!(extra, [(later_ms, 7.0)]);
        assert_eq!(samples.len(), 4);
    }

    #[test]
    fn what_does_not_fit_together_is_left_out() {
        let json = r#"{"timestamp":"2026-01-15T10:30:00.000Z","source":"node","set":"a","columns":[1],
            "offsets_ms":[0],"values":[[1.5,2],[3]]}"#;
        let samples: Samples = serde_json::from_str(json).expect("samples");
        assert_eq!(samples.set_values().count(), 1);
    }
}

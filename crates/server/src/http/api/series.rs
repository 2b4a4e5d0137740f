use super::csv::{self, Lines};
use super::failure::{Refusals, archive, aside};
use super::parameters::{FORMAT, Parameter};
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::past::Archive;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use history::SeriesName;
use protocol::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub(super) const PARAMETERS: &[&Parameter] = &[&FORMAT];

/// Every series there is.
#[derive(Serialize, ToSchema)]
pub(super) struct Catalogue {
    /// The first moment that anything is kept of, messages included, in milliseconds since the Unix
    /// epoch; null while nothing is.
    oldest_ms: Option<i64>,
    /// By what they are asked for by.
    series: Vec<Known>,
}

/// A series, and from when to when it has samples.
#[derive(Serialize, ToSchema)]
pub(super) struct Known {
    #[serde(flatten)]
    series: Series,
    /// The first sample, in milliseconds since the Unix epoch, or up to a quarter of an hour before it;
    /// where single samples are no longer kept up to six hours, and where minutes are not, fifteen days.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_ms: Option<i64>,
    /// The last; where single samples are no longer kept, the end of its minute or hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_ms: Option<i64>,
}

/// One series.
#[derive(Serialize, ToSchema)]
pub(super) struct Series {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub(super) series: String,
    /// The host it is about.
    pub(super) host: String,
    /// What is measured.
    pub(super) name: String,
    /// What tells it from its siblings.
    pub(super) labels: BTreeMap<String, String>,
    /// The unit of its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
}

impl Series {
    pub(super) fn new(series: String, name: SeriesName) -> Self {
        Self {
            series,
            host: name.host,
            name: name.name,
            labels: name.labels,
            unit: name.unit,
        }
    }
}

/// Every series there is
#[utoipa::path(
    get,
    path = "/api/v1/series",
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((Catalogue = "application/json"), (String = "text/csv"))
        ),
        Refusals,
    )
)]
pub(super) async fn series(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let format = Parameters::of(&uri, PARAMETERS)?.format();
    let archive = archive(&app)?;
    aside(archive, told(archive.clone(), format)).await
}

async fn told(archive: Archive, format: Format) -> Result<Response, Failure> {
    let _turn = archive.turn().await.ok_or(Failure::Busy)?;
    // In this order, so that what is in the catalogue has a span.
    let catalogue = archive.series().catalogue();
    let spans_ms = archive.series().spans_ms().await?;
    let all_from_ms = archive.store().oldest().await?;
    let series: Vec<Known> = catalogue
        .into_iter()
        .map(|(text, name)| {
            let (oldest_ms, newest_ms) = spans_ms.get(&text).copied().unzip();
            Known {
                series: Series::new(text, name),
                // A coarse chunk begins where its window does, before anything there was.
                oldest_ms: oldest_ms.max(all_from_ms.filter(|_| oldest_ms.is_some())),
                newest_ms,
            }
        })
        .collect();
    Ok(match format {
        Format::Json => {
            let oldest_ms = all_from_ms;
            Json(Catalogue { oldest_ms, series }).into_response()
        }
        Format::Csv => csv::response("series", lines(series).into_bytes().into()),
    })
}

fn lines(series: Vec<Known>) -> Lines {
    let mut lines = Lines::default();
    lines.add([
        "series", "host", "name", "labels", "unit", "oldest", "newest",
    ]);
    for known in series {
        let it = known.series;
        // As many as a series has, in one field: texts as a JSON object cannot fail to be written.
        let labels = serde_json::to_string(&it.labels).unwrap_or_default();
        let time = |at_ms: Option<i64>| csv::optional(at_ms.map(Timestamp::from_unix_ms));
        let times = [known.oldest_ms, known.newest_ms].map(time);
        let [oldest, newest] = times;
        let unit = it.unit.unwrap_or_default();
        lines.add([it.series, it.host, it.name, labels, unit, oldest, newest]);
    }
    lines
}

use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, in_background};
use super::parameters::{Format, Parameters, ResponseFormat, Selector, Values};
use crate::app::App;
use crate::reading::Archive;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use history::query::SERIES_MAX;
use protocol::api::{SeriesInfo, SeriesList};
use protocol::{Kind, Timestamp, Unit};
use serde::Deserialize;
use store::Series;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SeriesParameters {
    /// Only what this selector selects; repeat it for more, at most 100
    #[serde(default)]
    #[param(inline)]
    series: Selectors,
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

type Selectors = Values<Selector, SERIES_MAX>;

/// Every series there is, or those that are selected
#[utoipa::path(
    get,
    path = "/api/v1/series",
    params(SeriesParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((SeriesList = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn series(
    State(app): State<App>,
    Parameters(parameters): Parameters<SeriesParameters>,
) -> Result<Response, ApiError> {
    let (selectors, format) = (parameters.series.0, parameters.format.0);
    let archive = archive(&app)?;
    in_background(archive, answer(archive.clone(), selectors, format)).await
}

async fn answer(
    archive: Archive,
    selectors: Vec<String>,
    format: ResponseFormat,
) -> Result<Response, ApiError> {
    let _permit = archive.permit().await.ok_or(ApiError::Busy)?;
    // In this order, so that every series of the catalogue has a span.
    let catalogue = match selectors.is_empty() {
        true => archive.series().catalogue(),
        false => archive.series().matching(&selectors)?,
    };
    let spans_ms = archive.series().spans_ms().await?;
    let all_from_ms = archive.store().oldest().await?;
    let series: Vec<SeriesInfo> = catalogue
        .into_iter()
        .map(|Series { key, unit }| {
            let (oldest_ms, newest_ms) = spans_ms.get(&key).copied().unzip();
            SeriesInfo {
                series: key.to_string(),
                kind: Kind::of(&key),
                host: key.host,
                name: key.name,
                labels: key.labels,
                unit: unit.as_ref().map(Unit::to_string),
                // A coarse chunk starts with its window, before the first sample.
                oldest_ms: oldest_ms.max(all_from_ms.filter(|_| oldest_ms.is_some())),
                newest_ms,
            }
        })
        .collect();
    Ok(match format {
        ResponseFormat::Json => {
            let oldest_ms = all_from_ms;
            Json(SeriesList { oldest_ms, series }).into_response()
        }
        ResponseFormat::Csv => csv::response("series", lines(series).into_bytes().into()),
    })
}

fn lines(series: Vec<SeriesInfo>) -> Lines {
    let mut lines = Lines::default();
    lines.add([
        "series", "host", "name", "labels", "unit", "oldest", "newest",
    ]);
    for it in series {
        // In one field, since series differ in their labels. A map of strings always serialises.
        let labels = serde_json::to_string(&it.labels).unwrap_or_default();
        let time = |at_ms: Option<i64>| csv::optional(at_ms.map(Timestamp::from_unix_ms));
        let times = [it.oldest_ms, it.newest_ms].map(time);
        let [oldest, newest] = times;
        let unit = it.unit.unwrap_or_default();
        lines.add([it.series, it.host, it.name, labels, unit, oldest, newest]);
    }
    lines
}

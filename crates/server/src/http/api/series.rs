use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, in_background};
use super::parameters::{
    Format, Number, Parameters, ResponseFormat, Selector, Text, Value, Values,
};
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use history::Found;
use history::query::SERIES_MAX;
use protocol::api::{SeriesInfo, SeriesList};
use protocol::{Timestamp, Unit};
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
    /// Only series whose name, host or labels contain all of these words, whatever their case; a word `region=eu` is
    /// looked for in labels of that name. Not together with `series`
    #[param(inline)]
    r#match: Option<Text>,
    /// At most so many series, those of hosts first; by default 10000, and 100 with `match`. Not together with `series`
    #[param(inline)]
    limit: Option<Limit>,
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

type Selectors = Values<Selector, SERIES_MAX>;
type Limit = Value<Number<1, { LIMIT_MAX as u64 }>>;

/// The most series of a response, and how many it has by default.
const LIMIT_MAX: usize = 10_000;

/// How many are found by default.
const FOUND_DEFAULT: usize = 100;

/// Every series there is, or those that are selected or contain some words
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
    Sender(principal): Sender,
    Parameters(parameters): Parameters<SeriesParameters>,
) -> Result<Response, ApiError> {
    let (selectors, format) = (parameters.series.0, parameters.format.0);
    let archive = archive(&app)?;
    if selectors.is_empty() {
        let words = parameters.r#match.map(|words| words.0);
        let limit = parameters.limit.map(|limit| limit.0 as usize);
        let answer = search(archive.clone(), words, limit, format);
        return in_background(archive, answer).await;
    }
    if parameters.r#match.is_some() || parameters.limit.is_some() {
        let why = "`series` is not accepted together with `match` or `limit`";
        return Err(ApiError::Request(why.to_owned()));
    }
    let reader = Reader::of(&principal);
    in_background(archive, answer(archive.clone(), reader, selectors, format)).await
}

/// Reads nothing but memory, so that it answers while somebody types.
async fn search(
    archive: Archive,
    words: Option<String>,
    limit: Option<usize>,
    format: ResponseFormat,
) -> Result<Response, ApiError> {
    let default = if words.is_some() {
        FOUND_DEFAULT
    } else {
        LIMIT_MAX
    };
    let limit = limit.unwrap_or(default);
    let (found, more) = archive.series().search(&words.unwrap_or_default(), limit);
    let oldest_ms = archive.store().oldest().await?;
    let mut series: Vec<SeriesInfo> = found
        .into_iter()
        .map(|Found { series, span_ms }| info(series, span_ms, oldest_ms))
        .collect();
    series.sort_unstable_by(|one, other| one.series.cmp(&other.series));
    Ok(respond(oldest_ms, series, more, format))
}

async fn answer(
    archive: Archive,
    reader: Reader,
    selectors: Vec<String>,
    format: ResponseFormat,
) -> Result<Response, ApiError> {
    let _permit = archive.permit(reader).await.ok_or(ApiError::Busy)?;
    // In this order, so that every series of the catalogue has a span.
    let catalogue = archive.series().matching(&selectors)?;
    let spans_ms = archive.series().spans_ms().await?;
    let all_from_ms = archive.store().oldest().await?;
    let series: Vec<SeriesInfo> = catalogue
        .into_iter()
        .map(|series| {
            let span_ms = spans_ms.get(&series.key).copied();
            info(series, span_ms, all_from_ms)
        })
        .collect();
    Ok(respond(all_from_ms, series, false, format))
}

fn info(series: Series, span_ms: Option<(i64, i64)>, all_from_ms: Option<i64>) -> SeriesInfo {
    let Series { key, unit, kind } = series;
    let (oldest_ms, newest_ms) = span_ms.unzip();
    SeriesInfo {
        series: key.to_string(),
        kind,
        host: key.host,
        name: key.name,
        labels: key.labels,
        unit: unit.as_ref().map(Unit::to_string),
        // A coarse chunk starts with its window, before the first sample.
        oldest_ms: oldest_ms.max(all_from_ms.filter(|_| oldest_ms.is_some())),
        newest_ms,
    }
}

fn respond(
    oldest_ms: Option<i64>,
    series: Vec<SeriesInfo>,
    more: bool,
    format: ResponseFormat,
) -> Response {
    match format {
        ResponseFormat::Json => Json(SeriesList {
            oldest_ms,
            series,
            more,
        })
        .into_response(),
        ResponseFormat::Csv => csv::response("series", lines(series).into_bytes().into()),
    }
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

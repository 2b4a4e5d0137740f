use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, completed, in_background};
use super::parameters::{
    Format, Number, OneOf, Parameters, ResponseFormat, Selector, Time, Value, Values,
};
use super::pause::Pause;
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use history::query::{self, Aggregation, ExportRequest, POINTS_MAX};
use history::{Export, Tier};
use protocol::api::{self, Column, QueryResponse};
use protocol::{Timestamp, Unit};
use serde::Deserialize;
use std::io;
use std::time::Instant;

/// The default number of points.
const POINTS_DEFAULT: usize = 500;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QueryParameters {
    /// What `/api/v1/series` calls it, or another selector, or a fold; repeat it for more, at most 100
    #[param(inline)]
    series: Selectors,
    /// The first moment
    #[param(inline)]
    from: Time,
    /// The end, itself not included and later than `from`; now by default
    #[param(inline)]
    to: Option<Time>,
    /// At most so many points; 500 by default, and at most 200000 of all series together. A single one is of exactly
    /// the range asked for, others are cut at multiples of their length. Without it and `agg`, CSV has every sample
    #[param(inline)]
    points: Option<Points>,
    /// What a point tells of its samples; `avg` by default, with their extremes. Percentiles only as far back as single
    /// samples are kept
    #[param(inline)]
    agg: Option<AggregationName>,
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

type Selectors = Values<Selector, { query::SERIES_MAX }>;
type Points = Value<Number<1, { POINTS_MAX as u64 }>>;
type AggregationName = Value<OneOf<Aggregation>>;

/// A range of some series, as points or, as CSV without `points`, every sample
#[utoipa::path(
    get,
    path = "/api/v1/query",
    params(QueryParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((QueryResponse = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn query(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<QueryParameters>,
) -> Result<Response, ApiError> {
    let archive = archive(&app)?;
    let reader = Reader::of(&principal);
    let now_ms = Timestamp::now().unix_ms();
    let series = parameters.series.0;
    let from_ms = parameters.from.0;
    let to_ms = parameters.to.map_or(now_ms, |to| to.0);
    let points = parameters.points.map(|points| points.0 as usize);
    let aggregation = parameters.agg.map(|agg| agg.0);
    let format = parameters.format.0;
    if format == ResponseFormat::Csv && points.is_none() && aggregation.is_none() {
        let request = ExportRequest {
            series,
            from_ms,
            to_ms,
        };
        let own = archive.clone();
        let started = async move {
            completed(&own).await?;
            let export = own.series().export(&request, now_ms).await?;
            Ok(every_sample(own, reader, export))
        };
        return in_background(archive, started).await;
    }
    let points_query = query::Query {
        series,
        from_ms,
        to_ms,
        points: points.unwrap_or(POINTS_DEFAULT),
        aggregation: aggregation.unwrap_or(Aggregation::Avg),
    };
    let own = archive.clone();
    let answered = async move {
        if format == ResponseFormat::Csv {
            // It cannot say that it is incomplete.
            completed(&own).await?;
        }
        let permit = own.permit(reader).await.ok_or(ApiError::Busy)?;
        // Before it is read: what is replayed meanwhile may be missing.
        let is_complete = own.is_complete();
        let answer = own.series().query(&points_query, now_ms).await?;
        drop(permit);
        Ok(match format {
            ResponseFormat::Json => Json(answer_of(answer, is_complete)).into_response(),
            ResponseFormat::Csv => csv::response("query", points_as_csv(&answer)),
        })
    };
    in_background(archive, answered).await
}

fn answer_of(answer: query::QueryResult, is_complete: bool) -> QueryResponse {
    let columns = answer.columns.into_iter().map(|column| {
        let store::Series { key, unit, .. } = column.series;
        let (min, max) = column.extremes.map(|it| (it.min, it.max)).unzip();
        Column {
            series: column.text,
            host: key.host,
            name: key.name,
            labels: key.labels,
            unit: unit.as_ref().map(Unit::to_string),
            interval_ms: column.interval_ms,
            values: column.values,
            min,
            max,
        }
    });
    QueryResponse {
        tier: tier(answer.tier),
        step_ms: answer.step_ms,
        times_ms: answer.times_ms,
        is_single: answer.is_single,
        columns: columns.collect(),
        damaged_chunks: answer.damaged_chunks,
        incomplete: !is_complete,
    }
}

pub(super) fn tier(tier: Tier) -> api::Tier {
    match tier {
        Tier::Second => api::Tier::Second,
        Tier::Minute => api::Tier::Minute,
        Tier::Hour => api::Tier::Hour,
    }
}

fn time(at_ms: i64) -> String {
    Timestamp::from_unix_ms(at_ms).to_string()
}

fn points_as_csv(answer: &query::QueryResult) -> axum::body::Body {
    let mut lines = Lines::default();
    let head = answer.columns.iter().flat_map(|column| {
        let extremes = ["min", "max"].map(|which| format!("{} {which}", column.text));
        let extremes = extremes.into_iter().filter(|_| column.extremes.is_some());
        std::iter::once(column.text.clone()).chain(extremes)
    });
    lines.add(std::iter::once("time".to_owned()).chain(head));
    for (index, at_ms) in answer.times_ms.iter().enumerate() {
        let values = answer.columns.iter().flat_map(|column| {
            let extremes = column.extremes.iter().flat_map(|it| [&it.min, &it.max]);
            std::iter::once(&column.values).chain(extremes)
        });
        let values = values.map(|values| csv::optional(values[index]));
        lines.add(std::iter::once(time(*at_ms)).chain(values));
    }
    lines.into_bytes().into()
}

/// The remaining pages of an export.
struct Pages {
    archive: Archive,
    reader: Reader,
    export: Export,
    head: Option<Bytes>,
    pause: Pause,
}

/// Streams an export in pages: two weeks need no more memory than an hour.
fn every_sample(archive: Archive, reader: Reader, export: Export) -> Response {
    let mut head = Lines::default();
    let series = export.series().iter().map(|series| series.key.to_string());
    head.add(std::iter::once("time".to_owned()).chain(series));
    let pages = Pages {
        archive,
        reader,
        export,
        head: Some(head.into_bytes()),
        pause: Pause::default(),
    };
    let pieces = stream::try_unfold(pages, |mut pages| async move {
        if let Some(head) = pages.head.take() {
            return Ok(Some((head, pages)));
        }
        pages.pause.wait().await;
        let archive = pages.archive.clone();
        let next = async move { Ok(pages.next().await?.map(|page| (page, pages))) };
        in_background(&archive, next)
            .await
            .map_err(io::Error::other)
    });
    csv::streamed("samples", pieces)
}

impl Pages {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let permit = self.archive.permit(self.reader).await;
        let _permit = permit.ok_or(ApiError::Busy)?;
        let start = Instant::now();
        let Some(rows) = self.export.next().await? else {
            return Ok(None);
        };
        let mut lines = Lines::default();
        for (index, at_ms) in rows.times_ms.iter().enumerate() {
            let values = rows
                .columns
                .iter()
                .map(|column| csv::optional(column[index]));
            lines.add(std::iter::once(time(*at_ms)).chain(values));
        }
        self.pause.page_took(start.elapsed());
        Ok(Some(lines.into_bytes()))
    }
}

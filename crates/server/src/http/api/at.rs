use super::csv::{self, Lines};
use super::failure::archive;
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::clock;
use crate::past::Archive;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use protocol::{Stream, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What of the feed, alerts and logs is shown.
const NEWEST: usize = 100;

/// A figure that is older than this at the moment is none of it: three times the slowest usual
/// interval.
const WITHIN_MS: i64 = 3 * 60 * 1_000;

/// Everything at a moment.
#[derive(Serialize, ToSchema)]
pub(super) struct Moment {
    /// The moment.
    #[schema(value_type = String)]
    time: Timestamp,
    /// Each series' newest sample.
    series: Vec<Sample>,
    /// The newest sample as it was sent, if it is still kept.
    #[schema(value_type = Option<Object>)]
    metrics: Option<Box<RawValue>>,
    /// The newest look at processes, if it is still kept.
    #[schema(value_type = Option<Object>)]
    processes: Option<Box<RawValue>>,
    /// The newest events up to then, newest first, exactly as they were sent.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Box<RawValue>>,
    /// The newest alerts.
    #[schema(value_type = Vec<Object>)]
    alerts: Vec<Box<RawValue>>,
    /// The newest log lines.
    #[schema(value_type = Vec<Object>)]
    logs: Vec<Box<RawValue>>,
}

/// What a series was.
#[derive(Serialize, ToSchema)]
pub(super) struct Sample {
    /// The series.
    series: String,
    /// When it was sampled, in milliseconds since the Unix epoch; where single samples are no longer
    /// kept, the minute's or hour's first moment.
    at_ms: i64,
    /// The sample, or the mean of the minute or hour.
    value: f64,
}

/// Everything at a moment: series, feed, alerts, logs, processes
#[utoipa::path(
    get,
    path = "/api/v1/at",
    params(
        ("time" = String, Query, description = "The moment, such as `2026-01-15T03:12:07Z`, or milliseconds since the Unix epoch"),
        ("format" = Option<String>, Query, description = "`json` (default), or `csv`, which has the series alone"),
    ),
    responses(
        (status = 200, body = Moment),
        (status = 400, body = super::failure::Refused),
        (status = 404, body = super::failure::Refused, description = "Nothing is written down"),
        (status = 503, body = super::failure::Refused, description = "The store does not answer"),
    )
)]
pub(super) async fn at(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let parameters = Parameters::of(&uri, &["time", "format"])?;
    let at_ms = Parameters::required("time", parameters.time("time")?)?;
    let format = parameters.format()?;
    let archive = archive(&app)?;
    let _turn = archive.turn().await.ok_or(Failure::Busy)?;
    let now_ms = clock::wall_time().unix_ms();
    let series = archive.series().at(at_ms, WITHIN_MS, now_ms).await?;
    if format == Format::Csv {
        let mut lines = Lines::default();
        lines.add(["series", "time", "value"]);
        for it in series {
            let time = Timestamp::from_unix_ms(it.at_ms).to_string();
            lines.add([it.series, time, it.value.to_string()]);
        }
        return Ok(csv::response("at", lines.into_bytes().into()));
    }
    let series = series.into_iter().map(|it| Sample {
        series: it.series,
        at_ms: it.at_ms,
        value: it.value,
    });
    let newest = async |stream, count| newest(archive, stream, at_ms, count).await;
    Ok(Json(Moment {
        time: Timestamp::from_unix_ms(at_ms),
        series: series.collect(),
        metrics: newest(Stream::Metrics, 1).await?.pop(),
        processes: newest(Stream::Processes, 1).await?.pop(),
        events: newest(Stream::Events, NEWEST).await?,
        alerts: newest(Stream::Alerts, NEWEST).await?,
        logs: newest(Stream::Logs, NEWEST).await?,
    })
    .into_response())
}

async fn newest(
    archive: &Archive,
    stream: Stream,
    at_ms: i64,
    count: usize,
) -> Result<Vec<Box<RawValue>>, Failure> {
    let entries = archive.store().at(stream, at_ms, count).await?;
    let messages = entries
        .into_iter()
        .map(|entry| RawValue::from_string(entry.body));
    Ok(messages.filter_map(Result::ok).collect())
}

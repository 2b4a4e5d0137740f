use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, completed, in_background};
use super::host_state::{HostStateReader, Message, WITHIN_MS};
use super::parameters::{Format, Parameters, ResponseFormat, Text, Time};
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use access::Access;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use history::Current;
use protocol::api::{HostState, Sample};
use protocol::{Stream, Timestamp, Unit};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AtParameters {
    /// The moment; one to come is now
    #[param(inline)]
    time: Time,
    /// Which host; the server's own by default
    #[param(inline)]
    host: Option<Text>,
    /// What the answer is written as; `json` by default. CSV has the series alone
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Everything about a host at a moment: series, and what was sent: metrics, data, processes, feed, alerts, logs
#[utoipa::path(
    get,
    path = "/api/v1/at",
    params(AtParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((HostState<Message> = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn at(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<AtParameters>,
) -> Result<Response, ApiError> {
    let archive = archive(&app)?.clone();
    let host = resolved_host(&archive, parameters.host);
    // There is no parameter for channels.
    let reader = Reader::of(&principal);
    let access = principal.access.without_channels();
    let answer = answer_at(
        archive.clone(),
        reader,
        access,
        parameters.time.0,
        host,
        parameters.format.0,
    );
    in_background(&archive, answer).await
}

/// The name of the host that a request is about: the server's own without one.
pub(super) fn resolved_host(archive: &Archive, host: Option<Text>) -> String {
    let own = archive.own();
    let host = host.map(|host| host.0);
    own.resolve(host.as_deref().unwrap_or(own.name()))
        .to_owned()
}

async fn answer_at(
    archive: Archive,
    reader: Reader,
    access: Access,
    asked_ms: i64,
    host: String,
    format: ResponseFormat,
) -> Result<Response, ApiError> {
    completed(&archive).await?;
    let _permit = archive.permit(reader).await.ok_or(ApiError::Busy)?;
    let now_ms = Timestamp::now().unix_ms();
    let at_ms = asked_ms.min(now_ms);
    let samples = archive.series().at(&host, at_ms, WITHIN_MS, now_ms).await?;
    if format == ResponseFormat::Csv {
        return Ok(csv::response("at", lines(samples).into_bytes().into()));
    }
    let state = HostStateReader {
        archive: &archive,
        access,
        at_ms,
        host: &host,
    };
    Ok(Json(HostState {
        time: Timestamp::from_unix_ms(at_ms),
        host: state.host.to_owned(),
        oldest_ms: archive.store().oldest().await?,
        metrics: state.metrics().await?,
        data: state.data().await?,
        processes: state.processes().await?,
        events: state.newest(Stream::Events).await?,
        alerts: state.alerts().await?,
        logs: state.newest(Stream::Logs).await?,
        series: samples.into_iter().map(sample).collect(),
    })
    .into_response())
}

fn sample(current: Current) -> Sample {
    Sample {
        series: current.series.key.to_string(),
        unit: current.series.unit.as_ref().map(Unit::to_string),
        at_ms: current.at_ms,
        value: current.value,
    }
}

fn lines(samples: Vec<Current>) -> Lines {
    let mut lines = Lines::default();
    lines.add(["series", "time", "value", "unit"]);
    for it in samples {
        let time = Timestamp::from_unix_ms(it.at_ms).to_string();
        let unit = it.series.unit.as_ref().map_or("", Unit::as_str).to_owned();
        lines.add([it.series.key.to_string(), time, it.value.to_string(), unit]);
    }
    lines
}

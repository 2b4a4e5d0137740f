use super::csv::{self, Lines};
use super::failure::{Refusals, archive, aside};
use super::moment::{self, Look, WITHIN_MS};
use super::parameters::{Accepts, FORMAT, Parameter};
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::clock;
use crate::past::Archive;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use history::Current;
use protocol::{Stream, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

const TIME: Parameter =
    Parameter::new("time", Accepts::Time, "The moment; one to come is now").required();

const HOST: Parameter = Parameter::new(
    "host",
    Accepts::Text,
    "Whose `metrics` and `processes`; the server's own by default",
);

/// CSV has the series alone.
pub(super) const PARAMETERS: &[&Parameter] = &[&TIME, &HOST, &FORMAT];

/// Everything at a moment. What are messages here are messages of the protocol, so that a page shows
/// them as if they had just come.
#[derive(Serialize, ToSchema)]
pub(super) struct Moment {
    /// The moment; one to come is held at now.
    #[schema(value_type = String)]
    time: Timestamp,
    /// The host that `metrics` and `processes` are of.
    host: String,
    /// The first moment that anything is kept of, in milliseconds since the Unix epoch; null while
    /// nothing is.
    oldest_ms: Option<i64>,
    /// Each series' newest sample of the three minutes before.
    series: Vec<Sample>,
    /// The host's newest `metrics` of the three minutes before, as it was sent. Once it is no longer
    /// kept, it is made of the series: then without `seq` and `prev`, with rates of three digits and
    /// bytes of five, and further back with the means of a minute or an hour, which `interval_ms` says.
    /// Null if there is none: nobody looked at the host then.
    #[schema(value_type = Option<Object>)]
    metrics: Option<Box<RawValue>>,
    /// The newest `data` of each label and source of the three minutes before, oldest first, without
    /// `seq` and `prev`.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Box<RawValue>>,
    /// The host's newest `processes` of the three minutes before, if it is still kept.
    #[schema(value_type = Option<Object>)]
    processes: Option<Box<RawValue>>,
    /// The newest 100 events up to then, newest first, exactly as they were sent.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Box<RawValue>>,
    /// The newest 100 alerts, and behind them, of the 1000 newest, those that fired and had not
    /// resolved.
    #[schema(value_type = Vec<Object>)]
    alerts: Vec<Box<RawValue>>,
    /// The newest 100 log lines.
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

/// Everything at a moment: series, the host's sample, data, processes, feed, alerts, logs
#[utoipa::path(
    get,
    path = "/api/v1/at",
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((Moment = "application/json"), (String = "text/csv"))
        ),
        Refusals,
    )
)]
pub(super) async fn at(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let parameters = Parameters::of(&uri, PARAMETERS)?;
    let asked_ms = Parameters::required(&TIME, parameters.time(&TIME))?;
    let format = parameters.format();
    let archive = archive(&app)?.clone();
    let host = parameters.text(&HOST).unwrap_or(archive.host()).to_owned();
    let told = tell(archive.clone(), asked_ms, host, format);
    aside(&archive, told).await
}

async fn tell(
    archive: Archive,
    asked_ms: i64,
    host: String,
    format: Format,
) -> Result<Response, Failure> {
    let _turn = archive.turn().await.ok_or(Failure::Busy)?;
    let now_ms = clock::wall_time().unix_ms();
    let at_ms = asked_ms.min(now_ms);
    let samples = archive.series().at(at_ms, WITHIN_MS, now_ms).await?;
    if format == Format::Csv {
        return Ok(csv::response("at", lines(samples).into_bytes().into()));
    }
    let look = Look {
        archive: &archive,
        at_ms,
        host: &host,
    };
    Ok(Json(Moment {
        time: Timestamp::from_unix_ms(at_ms),
        host: look.host.to_owned(),
        oldest_ms: archive.store().oldest().await?,
        metrics: look.metrics(&samples).await?,
        data: moment::data(&samples),
        processes: look.processes().await?,
        events: look.newest(Stream::Events).await?,
        alerts: look.alerts().await?,
        logs: look.newest(Stream::Logs).await?,
        series: samples.into_iter().map(Sample::of).collect(),
    })
    .into_response())
}

impl Sample {
    fn of(current: Current) -> Self {
        Self {
            series: current.series,
            at_ms: current.at_ms,
            value: current.value,
        }
    }
}

fn lines(samples: Vec<Current>) -> Lines {
    let mut lines = Lines::default();
    lines.add(["series", "time", "value"]);
    for it in samples {
        let time = Timestamp::from_unix_ms(it.at_ms).to_string();
        lines.add([it.series, time, it.value.to_string()]);
    }
    lines
}

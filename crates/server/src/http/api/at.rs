use super::csv::{self, Lines};
use super::failure::{Refusals, archive, in_background};
use super::moment::{Message, MomentReader, WITHIN_MS};
use super::parameters::{Accepts, FORMAT, Parameter};
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::clock;
use crate::reading::Archive;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use history::Current;
use protocol::api::{Moment, Sample};
use protocol::{Stream, Timestamp, Unit};

const TIME: Parameter =
    Parameter::new("time", Accepts::Time, "The moment; one to come is now").required();

const HOST: Parameter = Parameter::new(
    "host",
    Accepts::Text,
    "Which host; the server's own by default",
);

/// CSV has the series alone.
pub(super) const PARAMETERS: &[&Parameter] = &[&TIME, &HOST, &FORMAT];

/// Everything about a host at a moment: series, and what was sent: metrics, data, processes, feed, alerts, logs
#[utoipa::path(
    get,
    path = "/api/v1/at",
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((Moment<Message> = "application/json"), (String = "text/csv"))
        ),
        Refusals,
    )
)]
pub(super) async fn at(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let parameters = Parameters::of(&uri, PARAMETERS)?;
    let asked_ms = Parameters::required(&TIME, parameters.time(&TIME))?;
    let format = parameters.format();
    let archive = archive(&app)?.clone();
    let own = archive.own();
    let host = parameters.text(&HOST).unwrap_or(own.name());
    let host = own.resolve(host).to_owned();
    let answer = answer_at(archive.clone(), asked_ms, host, format);
    in_background(&archive, answer).await
}

async fn answer_at(
    archive: Archive,
    asked_ms: i64,
    host: String,
    format: Format,
) -> Result<Response, Failure> {
    let _permit = archive.permit().await.ok_or(Failure::Busy)?;
    let now_ms = clock::wall_time().unix_ms();
    let at_ms = asked_ms.min(now_ms);
    let samples = archive.series().at(&host, at_ms, WITHIN_MS, now_ms).await?;
    if format == Format::Csv {
        return Ok(csv::response("at", lines(samples).into_bytes().into()));
    }
    let reader = MomentReader {
        archive: &archive,
        at_ms,
        host: &host,
    };
    Ok(Json(Moment {
        time: Timestamp::from_unix_ms(at_ms),
        host: reader.host.to_owned(),
        oldest_ms: archive.store().oldest().await?,
        metrics: reader.metrics().await?,
        data: reader.data().await?,
        processes: reader.processes().await?,
        events: reader.newest(Stream::Events).await?,
        alerts: reader.alerts().await?,
        logs: reader.newest(Stream::Logs).await?,
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

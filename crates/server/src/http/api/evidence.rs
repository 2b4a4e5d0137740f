use super::at::resolved_host;
use super::error::{ApiError, ErrorResponses, archive, completed, in_background};
use super::parameters::{Number, Parameters, Text, Time, Value};
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::Reader;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use history::evidence::{self, Change};
use protocol::api::{Deviation, DeviationChange, Evidence};
use protocol::{Kind, Timestamp, Unit};
use serde::Deserialize;
use store::Series;

/// The default number of series.
const COUNT_DEFAULT: u64 = 10;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EvidenceParameters {
    /// The moment; one to come is now
    #[param(inline)]
    time: Time,
    /// Which host; the server's own by default
    #[param(inline)]
    host: Option<Text>,
    /// At most so many series; 10 by default
    #[param(inline)]
    count: Option<Count>,
}

type Count = Value<Number<1, 100>>;

/// What was unusual about a host at a moment: the series that differed most from the hour before
#[utoipa::path(
    get,
    path = "/api/v1/evidence",
    params(EvidenceParameters),
    responses((status = 200, description = "The most unusual series", body = Evidence), ErrorResponses)
)]
pub(super) async fn evidence(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<EvidenceParameters>,
) -> Result<Response, ApiError> {
    let archive = archive(&app)?.clone();
    let host = resolved_host(&archive, parameters.host);
    let reader = Reader::of(&principal);
    let count = parameters.count.map_or(COUNT_DEFAULT, |count| count.0) as usize;
    let asked_ms = parameters.time.0;
    let own = archive.clone();
    let answer = async move {
        completed(&own).await?;
        let _permit = own.permit(reader).await.ok_or(ApiError::Busy)?;
        let now_ms = Timestamp::now().unix_ms();
        let at_ms = asked_ms.min(now_ms);
        let found = own.series().evidence(&host, at_ms, count, now_ms).await?;
        Ok(Json(Evidence {
            time: Timestamp::from_unix_ms(at_ms),
            host,
            compared: found.compared as u64,
            left_out: found.left_out as u64,
            deviations: found.deviations.into_iter().map(deviation).collect(),
        })
        .into_response())
    };
    in_background(&archive, answer).await
}

fn deviation((series, found): (Series, evidence::Deviation)) -> Deviation {
    let (usual_low, usual_high) = found.usual.unzip();
    Deviation {
        series: series.key.to_string(),
        unit: series.unit.as_ref().map(Unit::to_string),
        is_counter: series.kind == Kind::Counter,
        change: match found.change {
            Change::Value => DeviationChange::Value,
            Change::Begun => DeviationChange::Begun,
            Change::Ended => DeviationChange::Ended,
        },
        value: found.value,
        median: found.median,
        usual_low,
        usual_high,
        score: found.score,
    }
}

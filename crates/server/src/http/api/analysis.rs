use super::csv::{self, Lines};
use super::error::{ApiError, ErrorResponses, archive, completed, in_background};
use super::parameters::{
    Format, Number, Parameters, ResponseFormat, Selector, Time, Value, Values,
};
use super::query::tier;
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::Reader;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use history::query::{ANALYSED_MAX, Analysis, AnalysisRequest, Compared};
use protocol::api::{AnalysisResponse, SeriesAnalysis, Statistics};
use protocol::{Timestamp, Unit};
use serde::Deserialize;

/// The longest distance to the compared range: two years.
const EARLIER_MS_MAX: u64 = 731 * 24 * 60 * 60 * 1_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AnalysisParameters {
    /// What `/api/v1/series` calls it, or another selector, or a fold; repeat it for more, at most 50
    #[param(inline)]
    series: Selectors,
    /// The first moment
    #[param(inline)]
    from: Time,
    /// The end, itself not included and later than `from`; now by default
    #[param(inline)]
    to: Option<Time>,
    /// Compare with the same range so many milliseconds earlier: 86400000 is a day, 604800000 a week
    #[param(inline)]
    earlier_ms: Option<EarlierMs>,
    /// What the answer is written as; `json` by default
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

type Selectors = Values<Selector, ANALYSED_MAX>;
type EarlierMs = Value<Number<1, EARLIER_MS_MAX>>;

/// What a range of some series comes to: lowest, highest, mean, 95th percentile
#[utoipa::path(
    get,
    path = "/api/v1/analysis",
    params(AnalysisParameters),
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((AnalysisResponse = "application/json"), (String = "text/csv"))
        ),
        ErrorResponses,
    )
)]
pub(super) async fn analysis(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<AnalysisParameters>,
) -> Result<Response, ApiError> {
    let archive = archive(&app)?;
    let now_ms = Timestamp::now().unix_ms();
    let request = AnalysisRequest {
        series: parameters.series.0,
        from_ms: parameters.from.0,
        to_ms: parameters.to.map_or(now_ms, |to| to.0),
        earlier_ms: parameters.earlier_ms.map(|it| it.0.cast_signed()),
    };
    let (own, analysis_request) = (archive.clone(), request.clone());
    let reader = Reader::of(&principal);
    let compared = async move {
        completed(&own).await?;
        let _permit = own.permit(reader).await.ok_or(ApiError::Busy)?;
        Ok(own.series().analyse(&analysis_request, now_ms).await?)
    };
    let compared = in_background(archive, compared).await?;
    Ok(match parameters.format.0 {
        ResponseFormat::Json => Json(AnalysisResponse {
            from_ms: request.from_ms,
            to_ms: request.to_ms,
            series: compared.into_iter().map(analysed).collect(),
        })
        .into_response(),
        ResponseFormat::Csv => {
            csv::response("analysis", lines(&request, compared).into_bytes().into())
        }
    })
}

fn analysed(compared: Compared) -> SeriesAnalysis {
    let store::Series { key, unit, .. } = compared.series;
    SeriesAnalysis {
        series: compared.text,
        host: key.host,
        name: key.name,
        labels: key.labels,
        unit: unit.as_ref().map(Unit::to_string),
        range: compared.range.map(statistics),
        earlier: compared.earlier.map(statistics),
    }
}

fn statistics(analysis: Analysis) -> Statistics {
    Statistics {
        tier: tier(analysis.tier),
        count: analysis.count,
        min: analysis.min,
        max: analysis.max,
        avg: analysis.avg,
        p95: analysis.p95.ok(),
        p95_missing: analysis.p95.err().map(|reason| reason.to_string()),
    }
}

/// A line for each range that has samples.
fn lines(request: &AnalysisRequest, compared: Vec<Compared>) -> Lines {
    let mut lines = Lines::default();
    lines.add([
        "series", "from", "to", "tier", "count", "min", "max", "avg", "p95",
    ]);
    for Compared {
        text,
        range,
        earlier,
        ..
    } in compared
    {
        let shifts = [(0, range), (request.earlier_ms.unwrap_or(0), earlier)];
        for (shift_ms, analysis) in shifts {
            let Some(it) = analysis.map(statistics) else {
                continue;
            };
            let time = |at_ms: i64| Timestamp::from_unix_ms(at_ms - shift_ms).to_string();
            let statistics = [it.min, it.max, it.avg].map(|value| value.to_string());
            let [min, max, avg] = statistics;
            lines.add([
                text.clone(),
                time(request.from_ms),
                time(request.to_ms),
                it.tier.name().to_owned(),
                it.count.to_string(),
                min,
                max,
                avg,
                csv::optional(it.p95),
            ]);
        }
    }
    lines
}

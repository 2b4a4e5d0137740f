use super::csv::{self, Lines};
use super::failure::{Refusals, archive, in_background};
use super::parameters::{Accepts, FORMAT, Parameter};
use super::query::{FROM, TO, tier};
use super::{Failure, Format, Parameters};
use crate::app::App;
use crate::clock;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use history::query::{ANALYSED_MAX, Analysis, AnalysisRequest, Compared};
use protocol::api::{Analysed, Analyses, Figures};
use protocol::{Timestamp, Unit};
use std::ops::RangeInclusive;

/// The longest distance to the compared range: two years.
const EARLIER_MS_MAX: u64 = 731 * 24 * 60 * 60 * 1_000;

const SERIES: Parameter = Parameter::new(
    "series",
    Accepts::Selector,
    "What `/api/v1/series` calls it, or another selector, or a fold; repeat it for more, at most 50",
)
.required()
.up_to(ANALYSED_MAX);

const EARLIER_MS: Parameter = Parameter::new(
    "earlier_ms",
    Accepts::Number(RangeInclusive::new(1, EARLIER_MS_MAX)),
    "Compare with the same range so many milliseconds earlier: 86400000 is a day, 604800000 a week",
);

pub(super) const PARAMETERS: &[&Parameter] = &[&SERIES, &FROM, &TO, &EARLIER_MS, &FORMAT];

/// What a range of some series comes to: lowest, highest, mean, 95th percentile
#[utoipa::path(
    get,
    path = "/api/v1/analysis",
    responses(
        (
            status = 200,
            description = "The answer, as `format` asks for it",
            content((Analyses = "application/json"), (String = "text/csv"))
        ),
        Refusals,
    )
)]
pub(super) async fn analysis(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let parameters = Parameters::of(&uri, PARAMETERS)?;
    let archive = archive(&app)?;
    let now_ms = clock::wall_time().unix_ms();
    let earlier_ms = parameters.number(&EARLIER_MS);
    let request = AnalysisRequest {
        series: parameters.all(&SERIES),
        from_ms: Parameters::required(&FROM, parameters.time(&FROM))?,
        to_ms: parameters.time(&TO).unwrap_or(now_ms),
        earlier_ms: earlier_ms.and_then(|ms| i64::try_from(ms).ok()),
    };
    let format = parameters.format();
    let (own, analysis_request) = (archive.clone(), request.clone());
    let compared = async move {
        let _permit = own.permit().await.ok_or(Failure::Busy)?;
        Ok(own.series().analyse(&analysis_request, now_ms).await?)
    };
    let compared = in_background(archive, compared).await?;
    Ok(match format {
        Format::Json => Json(Analyses {
            from_ms: request.from_ms,
            to_ms: request.to_ms,
            series: compared.into_iter().map(analysed).collect(),
        })
        .into_response(),
        Format::Csv => csv::response("analysis", lines(&request, compared).into_bytes().into()),
    })
}

fn analysed(compared: Compared) -> Analysed {
    let store::Series { key, unit } = compared.series;
    Analysed {
        series: compared.text,
        host: key.host,
        name: key.name,
        labels: key.labels,
        unit: unit.as_ref().map(Unit::to_string),
        range: compared.range.map(figures),
        earlier: compared.earlier.map(figures),
    }
}

fn figures(analysis: Analysis) -> Figures {
    Figures {
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
            let Some(it) = analysis.map(figures) else {
                continue;
            };
            let time = |at_ms: i64| Timestamp::from_unix_ms(at_ms - shift_ms).to_string();
            let figures = [it.min, it.max, it.avg].map(|figure| figure.to_string());
            let [min, max, avg] = figures;
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

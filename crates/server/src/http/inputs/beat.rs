//! Signs of life of jobs.

use super::{Refused, commit};
use crate::app::App;
use crate::http::routes::Sender;
use crate::inputs::sources::{self, Input};
use accounts::may_beat;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use ingest::{Batch, ParsedPoint};
use protocol::api::ErrorResponse;
use protocol::{Kind, SeriesKey, Unit};
use serde::Deserialize;

/// The longest name of a heartbeat.
const NAME_BYTES_MAX: usize = 100;

/// What a job says of its run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// Its exit status.
    exit: Option<u8>,
    /// How long it took.
    seconds: Option<f64>,
}

/// `POST /api/v1/beat/{name}`
pub(super) async fn beat(
    State(app): State<App>,
    Sender(sender): Sender,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    if let Err(denied) = may_beat(&sender, &name) {
        return crate::http::refuse(denied, None);
    }
    let (head, _) = request.into_parts();
    match store(&app, &name, &head).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => {
            let error = refused.why.clone();
            let mut response = Json(ErrorResponse { error }).into_response();
            refused.complete(&mut response);
            response
        }
    }
}

async fn store(app: &App, name: &str, head: &Parts) -> Result<(), Refused> {
    super::body::check_sender(&head.headers)?;
    let bad = |why: &str| Refused::new(StatusCode::BAD_REQUEST, why);
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_plain) {
        return Err(bad(
            "a heartbeat's name has 1 to 100 letters, digits, dots, hyphens and underscores",
        ));
    }
    let run = Query::<Run>::try_from_uri(&head.uri);
    let Query(run) =
        run.map_err(|_| bad("there are only the parameters `exit`, 0 to 255, and `seconds`"))?;
    let is_duration = |it: &f64| it.is_finite() && *it >= 0.0;
    if run.seconds.is_some_and(|it| !is_duration(&it)) {
        return Err(bad("`seconds` is not a duration"));
    }
    let point = |metric: &str, value: f64, unit: &str| ParsedPoint {
        series: SeriesKey::new("", metric, [("job".to_owned(), name.to_owned())]),
        timestamp: None,
        value,
        unit: Unit::new(unit),
        kind: Kind::Gauge,
        place: 0,
    };
    let mut batch = Batch::default();
    batch.points.push(point("heartbeat", 1.0, ""));
    let exit = run
        .exit
        .map(|exit| point("heartbeat_exit", exit.into(), ""));
    let seconds = run.seconds.map(|it| point("heartbeat_seconds", it, "s"));
    batch.points.extend(exit.into_iter().chain(seconds));
    let sender = sources::Sender::of(app.accounts(), Input::Heartbeat, &head.extensions);
    let sender = sender.called(name);
    let outcome = commit(app, sender, batch).await?;
    match outcome.rejected_count {
        0 => Ok(()),
        _ => Err(bad(&outcome.describe("value"))),
    }
}

//! OpenTelemetry by HTTP, as protobuf: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use super::{Coding, Refused, commit, parsed};
use crate::app::App;
use crate::inputs::sources::{Input, Sent};
use crate::metrics::RejectedMessage;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ingest::otlp;
use protocol::{IngestEntry, Timestamp};

const PROTOBUF: &str = "application/x-protobuf";

/// `POST /v1/metrics`
pub(super) async fn metrics(State(app): State<App>, request: Request) -> Response {
    respond(store_metrics(&app, request).await)
}

/// `POST /v1/logs`
pub(super) async fn logs(State(app): State<App>, request: Request) -> Response {
    respond(store_logs(&app, request).await)
}

/// How many were rejected, and why.
type Partial = (u64, String);

async fn store_metrics(app: &App, request: Request) -> Result<Partial, Refused> {
    check_type(&request)?;
    let parse = |inputs: &crate::inputs::Inputs, body: &[u8]| {
        let mut batch = otlp::parse_metrics(body)?;
        inputs.reduce(&mut batch);
        Ok(batch)
    };
    let batch = parsed(app, request, (Input::Otlp, Coding::Gzip), parse).await?;
    let outcome = commit(app, batch.sender, batch.value).await?;
    Ok(match outcome.rejected_places {
        0 => (0, String::new()),
        count => (count, outcome.describe("data point")),
    })
}

async fn store_logs(app: &App, request: Request) -> Result<Partial, Refused> {
    check_type(&request)?;
    let parse = |_: &_, body: &[u8]| otlp::parse_logs(body);
    let logs = parsed(app, request, (Input::Otlp, Coding::Gzip), parse).await?;
    let now = Timestamp::now();
    let mut rejected = logs.value.rejected_count as u64;
    let first = logs.value.rejected.first();
    let mut why = first.map(|it| format!("log record {}: {}", it.place, it.reason));
    let mut messages = Vec::with_capacity(logs.value.lines.len());
    for (place, line) in logs.value.lines {
        match IngestEntry::Log(line).into_durable(now) {
            Ok(message) => messages.push(message),
            Err(error) => {
                rejected += 1;
                why.get_or_insert_with(|| format!("log record {place}: {error}"));
            }
        }
    }
    let metrics = app.inputs().metrics();
    metrics.rejected_messages(RejectedMessage::Entry, rejected);
    let count = messages.len() as u64;
    let sent = |accepted, is_refused| Sent {
        accepted,
        rejected,
        is_refused,
        why: why.as_deref(),
    };
    let (sources, now_ms) = (app.inputs().sources(), now.unix_ms());
    if !messages.is_empty() {
        // All at once: a client sends all again if a part is refused.
        let committed = app.intake().commit(messages).await;
        committed.map_err(|_| {
            metrics.rejected_messages(RejectedMessage::Store, count);
            sources.sent(logs.sender.clone(), &sent(0, true), now_ms);
            Refused::store()
        })?;
    }
    sources.sent(logs.sender, &sent(count, false), now_ms);
    Ok((rejected, why.unwrap_or_default()))
}

fn check_type(request: &Request) -> Result<(), Refused> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok());
    let media_type = content_type.and_then(|it| it.split(';').next());
    match media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case(PROTOBUF)) {
        true => Ok(()),
        false => Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body has to be protobuf (`application/x-protobuf`), not JSON",
        )),
    }
}

fn respond(result: Result<Partial, Refused>) -> Response {
    let mut response = match &result {
        Ok((rejected, why)) => otlp::response(*rejected, why).into_response(),
        Err(refused) => {
            let mut response = otlp::status(&refused.why).into_response();
            refused.complete(&mut response);
            response
        }
    };
    let protobuf = HeaderValue::from_static(PROTOBUF);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, protobuf);
    response
}

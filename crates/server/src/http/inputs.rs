//! The addresses at which other programs report in their own formats. Each answers as its protocol demands: 2xx only once
//! everything is committed, never 5xx for what a retry cannot fix, 503 with `Retry-After` for what it can.
//!
//! They are not in the description of the API: their formats are described by others, and what becomes of them in
//! `docs/ingest.md`.

mod body;

mod influx;
mod otlp;
mod remote_write;

mod beat;

use super::routes::Routes;
use crate::app::App;
use crate::inputs::Outcome;
use crate::inputs::sources::{Sender, Sent};
use accounts::Action::{Beat, Ingest, ReadPublic};
use body::{Coding, Refused, parsed};
use ingest::Batch;
use protocol::Timestamp;

/// The paths where a credential may also be sent as these programs send it.
const PATHS: [&str; 7] = [
    "/write",
    "/query",
    "/api/v2/write",
    "/ping",
    "/api/v1/write",
    "/v1/metrics",
    "/v1/logs",
];

/// Whether the path is one of InfluxDB 1.x, where the parameters `u` and `p` may have the credential.
pub(super) fn takes_password_parameter(path: &str) -> bool {
    matches!(path, "/write" | "/query")
}

/// Whether `Authorization` may have the scheme `Token` or `Basic` there.
pub(super) fn takes_password(path: &str) -> bool {
    PATHS.contains(&path)
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/write", Ingest, influx::write_1)
        .post("/query", Ingest, influx::query)
        .post("/api/v2/write", Ingest, influx::write_2)
        .get("/ping", ReadPublic, influx::ping)
        .post("/api/v1/write", Ingest, remote_write::write)
        .post("/v1/metrics", Ingest, otlp::metrics)
        .post("/v1/logs", Ingest, otlp::logs)
        .post("/api/v1/beat/{name}", Beat, beat::beat)
}

/// Commits a batch of a sender, and remembers what became of it.
async fn commit(app: &App, sender: Sender, batch: Batch) -> Result<Outcome, Refused> {
    let inputs = app.inputs();
    let committed = inputs.commit(sender.input.name(), batch).await;
    let outcome = committed.map_err(|_| Refused::store());
    let sent = match &outcome {
        Ok(outcome) => Sent::of(outcome),
        Err(refused) => Sent::refused(&refused.why),
    };
    let now_ms = Timestamp::now().unix_ms();
    inputs.sources().sent(sender, &sent, now_ms);
    outcome
}

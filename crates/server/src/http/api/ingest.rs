//! `POST /api/v1/ingest`: what other programs report, as JSON.

mod senders;

use crate::app::App;
use crate::idempotency::{Claim, Id, InvalidKey, Key, Owner, Remembered, Reservation};
use crate::inputs::sources::{Input, Sender};
use crate::metrics::RejectedMessage;
use crate::shares::Holder;
use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use ingest::gunzip;
use protocol::api::{ErrorResponse, IngestResponse, RejectedEntry};
use protocol::{Durable, IngestEntry, Timestamp, is_disruptive};
use ring::digest::{SHA256, digest};
use senders::{by_source, remember, remember_refused};
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// The largest body.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The longest that a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// The most entries of a body.
const ENTRIES_MAX: usize = 2_000;

/// Bodies that are read at the same time. Beyond, the response is 503, and beyond half of them for a token's.
pub(crate) const BODIES_MAX: usize = 64;

/// Requests that are stored at the same time. Beyond, the response is 503, and beyond half of them for a token's.
pub(crate) const COMMITS_MAX: usize = 16;

/// Requests with a key that are stored at the same time, those included whose client is gone. Beyond, the response is 503
/// to further ones with a key, and beyond half of them for a token's.
pub(crate) const KEYED_COMMITS_MAX: usize = 2 * COMMITS_MAX;

/// The longest reason for a rejection, in characters: it may repeat what was sent.
const REASON_CHARS_MAX: usize = 200;

/// The key of a request that may be repeated.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that a response is that of an earlier request with the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const BUSY: &str = "there are too many requests at the same time";
const STORE: &str = "the store takes nothing at the moment; send it again later";
const TOO_LARGE: &str = "the body has more than 1 MiB; send less at once";

/// The most rejected entries that an answer names.
const REJECTED_MAX: usize = 100;

/// After how many seconds a client may try again.
const RETRY_AFTER_S: &str = "1";

/// An entry, or an array of them. A schema cannot tell which names and times are accepted.
#[derive(ToSchema)]
#[schema(value_type = Value)]
#[expect(dead_code, reason = "it describes a body")]
struct IngestBody(Vec<IngestEntry>);

/// Store values, events and log lines: one, an array of them, or one a line (NDJSON)
#[utoipa::path(
    post,
    path = "/api/v1/ingest",
    request_body(
        description = "Entries, as `docs/ingest.md` describes them",
        content(
            (IngestBody = "application/json", example = json!({"type": "data", "label": "Requests", "value": 12})),
            (String = "application/x-ndjson")
        )
    ),
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        min_length = 1,
        max_length = 128,
        pattern = "^[!-~]+$",
        description = "A name for this request. If it is repeated with the same key and body within 24 hours, it is stored once, and the response is that to the first"
    )),
    responses(
        (
            status = 200,
            description = "Every entry is committed to the store",
            body = IngestResponse,
            headers(("Idempotency-Replayed" = bool, description = "`true` if an earlier request had the key, to which this is the response"))
        ),
        (status = 400, description = "The body cannot be split into entries, or the key is not valid", body = ErrorResponse),
        (status = 401, description = "Login is required, and the request has no valid credential", body = ErrorResponse),
        (status = 403, description = "The role or the scopes do not allow it, or a page of another site sent it", body = ErrorResponse),
        (status = 405, description = "Only POST is answered", body = ErrorResponse),
        (status = 408, description = "The body took more than 10 s to arrive", body = ErrorResponse),
        (status = 409, description = "A request with this key is being stored; send it again", body = ErrorResponse),
        (status = 413, description = "The body has more than 1 MiB, as it is sent or decompressed", body = ErrorResponse),
        (status = 415, description = "The body is compressed with something else than gzip", body = ErrorResponse),
        (
            status = 422,
            description = "Some entries are rejected, the others are committed. Or the key is that of a request with another body: then nothing is committed, and `error` says so",
            body = IngestResponse,
            headers(("Idempotency-Replayed" = bool, description = "`true` if an earlier request had the key, to which this is the response"))
        ),
        (status = 431, description = "The request's line and headers are too long to be read"),
        (status = 503, description = "The store or the server is busy; send it again", body = ErrorResponse),
    )
)]
pub(super) async fn ingest(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let holder = Holder::of_credential(&head.extensions);
    let sender = Sender::of(app.accounts(), Input::Json, &head.extensions);
    let key = match key(&head.headers) {
        Ok(key) => key,
        Err(invalid) => return refused(StatusCode::BAD_REQUEST, &invalid.to_string()),
    };
    let body = match read(&app, &head.headers, holder, body).await {
        Ok(body) => body,
        Err((status, why)) => {
            remember_refused(&app, sender, why);
            return refused(status, why);
        }
    };
    // It is given back as soon as the client is gone.
    let Ok(_permit) = app.ingest_commits().try_acquire(holder, 1) else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, BUSY);
    };
    match key {
        None => store(&app, sender, &body, None).await,
        Some(key) => {
            let owner = Owner::of(&head.extensions);
            store_once(app, (holder, sender), Id { owner, key }, body).await
        }
    }
}

/// The key of a request, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<Key>, InvalidKey> {
    let mut values = headers.get_all(KEY).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Key::parse(value.as_bytes()).map(Some),
        (Some(_), Some(_)) => Err(InvalidKey),
    }
}

async fn read(
    app: &App,
    headers: &HeaderMap,
    holder: Option<Holder>,
    body: Body,
) -> Result<Bytes, (StatusCode, &'static str)> {
    let Ok(_permit) = app.ingest_bodies().try_acquire(holder, 1) else {
        return Err((StatusCode::SERVICE_UNAVAILABLE, BUSY));
    };
    let value = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    if value(HeaderName::from_static("sec-fetch-site")) == Some(b"cross-site") {
        let why = "a page of another site may not send anything to this server";
        return Err((StatusCode::FORBIDDEN, why));
    }
    let encoding = value(header::CONTENT_ENCODING).unwrap_or_default();
    let is_gzip = encoding.eq_ignore_ascii_case(b"gzip");
    if !is_gzip && !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        let why = "the body may be compressed only with gzip";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    // Known before it comes, also to clients that expect `100 Continue`.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE));
    }
    match timeout(BODY_TIME_MAX, collect(body)).await {
        Ok(collected) if is_gzip => unpack(&collected?),
        Ok(collected) => collected,
        Err(_) => Err((
            StatusCode::REQUEST_TIMEOUT,
            "the body took more than 10 s to arrive",
        )),
    }
}

async fn collect(body: Body) -> Result<Bytes, (StatusCode, &'static str)> {
    let mut pieces = body.into_data_stream();
    let mut all = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| (StatusCode::BAD_REQUEST, "the body ends too early"))?;
        if all.len() + piece.len() > BODY_BYTES_MAX {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

/// At most a MiB, so that it does not delay other tasks.
fn unpack(body: &[u8]) -> Result<Bytes, (StatusCode, &'static str)> {
    match gunzip(body, BODY_BYTES_MAX) {
        Ok(plain) => Ok(plain.into()),
        Err(error) if error.is_size() => Err((StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE)),
        Err(_) => Err((StatusCode::BAD_REQUEST, "the body is not valid gzip")),
    }
}

/// Stores a request with a key, unless it was stored before.
async fn store_once(
    app: App,
    (holder, sender): (Option<Holder>, Sender),
    id: Id,
    body: Bytes,
) -> Response {
    let sha256 = digest(&SHA256, &body);
    let sha256 = sha256.as_ref().try_into().unwrap_or_default();
    match app.idempotency_keys().claim(id, sha256).await {
        Claim::First(reservation) => {
            let Ok(permit) = app.keyed_commits().try_acquire(holder, 1) else {
                return refused(StatusCode::SERVICE_UNAVAILABLE, BUSY);
            };
            // Whether it is committed decides what becomes of the key, even if the request is gone by then.
            let stored = tokio::spawn(async move {
                let _permit = permit;
                store(&app, sender, &body, Some(reservation)).await
            });
            let failed = |_| refused(StatusCode::SERVICE_UNAVAILABLE, STORE);
            stored.await.unwrap_or_else(failed)
        }
        Claim::Repeat(first) => repeated(&body, &first),
        Claim::OtherBody => {
            let why = "this `Idempotency-Key` is that of a request with another body; send each with a key of its own";
            refused(StatusCode::UNPROCESSABLE_ENTITY, why)
        }
        Claim::Busy => {
            let why = "a request with this `Idempotency-Key` is being stored; send it again later";
            refused(StatusCode::CONFLICT, why)
        }
    }
}

/// Stores what can be stored of a body, and its key if it has one.
async fn store(
    app: &App,
    sender: Sender,
    body: &[u8],
    reservation: Option<Reservation>,
) -> Response {
    let now = reservation
        .as_ref()
        .map_or_else(Timestamp::now, Reservation::at);
    let (messages, outcome) = match entries(body) {
        Ok(entries) => sorted(entries, now),
        Err(why) => {
            remember_refused(app, sender, &why);
            return refused(StatusCode::BAD_REQUEST, &why);
        }
    };
    let by_source = by_source(&messages);
    let metrics = app.hub().metrics();
    metrics.rejected_messages(RejectedMessage::Entry, outcome.rejected_count);
    let (accepted, rejected) = (outcome.accepted, outcome.rejected_count);
    let committed = match reservation {
        _ if messages.is_empty() => Ok(()),
        None => app.intake().commit(messages).await,
        Some(mut reservation) => {
            let key = reservation.change(accepted, rejected);
            let committed = app.intake().commit_with_key(messages, key).await;
            committed.inspect(|()| reservation.stored(accepted, rejected))
        }
    };
    if committed.is_err() {
        metrics.rejected_messages(RejectedMessage::Store, accepted);
        remember_refused(app, sender, STORE);
        return refused(StatusCode::SERVICE_UNAVAILABLE, STORE);
    }
    remember(app, &sender, by_source, &outcome);
    answered(outcome)
}

/// The response to the first request of a key, made again.
fn repeated(body: &[u8], first: &Remembered) -> Response {
    let entries = entries(body).unwrap_or_default();
    let (_, mut outcome) = sorted(entries, first.at);
    // Another version of the program may have other reasons.
    (outcome.accepted, outcome.rejected_count) = (first.accepted, first.rejected);
    let mut answer = answered(outcome);
    let replayed = HeaderValue::from_static("true");
    answer.headers_mut().insert(REPLAYED, replayed);
    answer
}

fn answered(outcome: IngestResponse) -> Response {
    let status = match outcome.rejected_count > 0 {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    (status, Json(outcome)).into_response()
}

fn refused(status: StatusCode, why: &str) -> Response {
    let error = why.to_owned();
    let mut answer = (status, Json(ErrorResponse { error })).into_response();
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT
    ) {
        let after = HeaderValue::from_static(RETRY_AFTER_S);
        answer.headers_mut().insert(header::RETRY_AFTER, after);
    }
    answer
}

/// An entry, or why it is none.
type Read = Result<IngestEntry, String>;

/// The entries of a body: a JSON value, an array of them, or one a line.
fn entries(body: &[u8]) -> Result<Vec<Read>, String> {
    let text = str::from_utf8(body).map_err(|error| format!("the body is not UTF-8: {error}"))?;
    let entries: Vec<Read> = if text.trim_start().starts_with('[') {
        let entries: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| format!("the body is no JSON: {error}"))?;
        entries
            .into_iter()
            .map(|entry| self::entry(entry.get()))
            .collect()
    } else if serde_json::from_str::<&RawValue>(text).is_ok() {
        vec![entry(text)]
    } else {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(entry).collect()
    };
    match entries.len() {
        0 if text.trim().is_empty() => Err("the body is empty".into()),
        0..=ENTRIES_MAX => Ok(entries),
        count => Err(format!(
            "the body has {count} entries; at most {ENTRIES_MAX} are accepted"
        )),
    }
}

fn entry(json: &str) -> Read {
    serde_json::from_str(json).map_err(|error| {
        let error = error.to_string();
        let (what, _) = error.rsplit_once(" at line ").unwrap_or((&error, ""));
        what.to_owned()
    })
}

/// The reason for a rejection as it can be shown.
fn shown(reason: &str) -> String {
    let characters = reason.chars().take(REASON_CHARS_MAX);
    let shown = characters.map(|it| if is_disruptive(it) { '\u{fffd}' } else { it });
    shown.collect()
}

/// The messages to store, and the response.
fn sorted(entries: Vec<Read>, now: Timestamp) -> (Vec<Durable>, IngestResponse) {
    let mut messages = Vec::with_capacity(entries.len());
    let mut outcome = IngestResponse::default();
    for (index, entry) in (0..).zip(entries) {
        let message = entry.and_then(|it| it.into_durable(now).map_err(|why| why.to_string()));
        match message {
            Ok(message) => messages.push(message),
            Err(error) => {
                outcome.rejected_count += 1;
                if outcome.rejected.len() < REJECTED_MAX {
                    let error = shown(&error);
                    outcome.rejected.push(RejectedEntry { index, error });
                }
            }
        }
    }
    outcome.accepted = messages.len() as u64;
    (messages, outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"type":"event","message":"one"}"#;
    const TWO: &str = r#"{"type":"event","message":"two"}"#;

    /// How many entries are accepted and rejected.
    #[track_caller]
    fn check(body: &str, expected: (u64, u64)) {
        let entries = entries(body.as_bytes()).expect(body);
        let (messages, outcome) = sorted(entries, Timestamp::from_unix_ms(0));
        assert_eq!(messages.len() as u64, outcome.accepted);
        assert_eq!(
            (outcome.accepted, outcome.rejected_count),
            expected,
            "{body}"
        );
    }

    #[test]
    fn one_entry_an_array_or_one_a_line() {
        check(ONE, (1, 0));
        check("{\n\"type\": \"event\",\n\"message\": \"one\"\n}", (1, 0));
        check(&format!("[{ONE},{TWO}]"), (2, 0));
        check(&format!(" [\n{ONE} , {TWO}\n]\n"), (2, 0));
        check(&format!("{ONE}\n{TWO}\n"), (2, 0));
        check(&format!("{ONE}\r\n\r\n{TWO}"), (2, 0));
        check("[]", (0, 0));
    }

    #[test]
    fn a_bad_entry_does_not_reject_the_others() {
        check(&format!("[{ONE},7,{TWO},{{}}]"), (2, 2));
        check(&format!("{ONE}\nnonsense\n{TWO}"), (2, 1));
        check("7", (0, 1));
        check("nonsense", (0, 1));
    }

    #[test]
    fn a_reason_repeats_little_and_can_be_shown() {
        let long = format!("{{\"type\":\"event\",\"{}\":1}}", "x".repeat(1_000));
        let strange = "{\"type\":\"event\",\"message\":\"a\",\"level\":\"\u{202e} at line 5\"}";
        for body in [long.as_str(), strange] {
            let entries = entries(body.as_bytes()).expect(body);
            let (_, outcome) = sorted(entries, Timestamp::from_unix_ms(0));
            let error = &outcome.rejected[0].error;
            assert!(error.chars().count() <= REASON_CHARS_MAX, "{error}");
            assert!(!error.contains(is_disruptive), "{error}");
        }
    }

    #[test]
    fn a_body_that_cannot_be_split_is_refused() {
        for (body, why) in [
            (&b""[..], "is empty"),
            (b" \n ", "is empty"),
            (b"[{}", "no JSON"),
            (b"\xff", "not UTF-8"),
        ] {
            let error = entries(body).expect_err("refused");
            assert!(error.contains(why), "{error}");
        }
        let many = format!("{ONE}\n").repeat(ENTRIES_MAX + 1);
        assert!(
            entries(many.as_bytes())
                .expect_err("refused")
                .contains("2001")
        );
    }

    #[test]
    fn the_answer_names_the_first_hundred() {
        let body = "7\n".repeat(300);
        let (_, outcome) = sorted(
            entries(body.as_bytes()).expect("lines"),
            Timestamp::from_unix_ms(0),
        );
        assert_eq!(
            (outcome.rejected_count, outcome.rejected.len()),
            (300, REJECTED_MAX)
        );
        assert_eq!(outcome.rejected[99].index, 99);
    }
}

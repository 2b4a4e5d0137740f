use crate::app::App;
use crate::inputs::Inputs;
use crate::inputs::commit::{BODY_BYTES_MAX, PLAIN_BYTES_MAX};
use crate::inputs::sources::{Input, Sender, Sent};
use crate::shares::{Holder, Permit, Shares};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use ingest::{BodyError, gunzip, unsnap};
use protocol::Timestamp;
use std::time::Duration;
use tokio::time::timeout;

/// The longest that a request waits for its turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(5);

/// The longest that a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Smaller bodies are parsed at once; larger ones on a thread where they do not delay other tasks.
const QUICK_BYTES_MAX: usize = 32 << 10;

/// After how many seconds a client may try again.
const RETRY_AFTER_S: &str = "1";

const BUSY: &str = "there are too many requests at the same time; send it again later";
const STORE: &str = "the store takes nothing at the moment; send it again later";

/// How a body may be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not, or as gzip.
    Gzip,
    /// Always as a block of Snappy.
    Snappy,
}

/// Why a request is refused as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) why: String,
}

/// What was read, and the permit for the memory that it takes.
pub(super) struct Parsed<T> {
    pub(super) value: T,
    pub(super) sender: Sender,
    _permit: Permit,
}

impl Refused {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }

    /// While the store is unavailable.
    pub(super) fn store() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, STORE)
    }

    /// Adds `Retry-After` to a response where a retry helps.
    pub(super) fn complete(&self, response: &mut Response) {
        *response.status_mut() = self.status;
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let after = HeaderValue::from_static(RETRY_AFTER_S);
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        let status = match error.is_size() {
            true => StatusCode::PAYLOAD_TOO_LARGE,
            false => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

/// Reads a body, decompresses it, and parses it. `parse` runs on a thread that may block if the body is large.
pub(super) async fn parsed<T: Send + 'static>(
    app: &App,
    request: Request,
    (input, coding): (Input, Coding),
    parse: impl FnOnce(&Inputs, &[u8]) -> Result<T, BodyError> + Send + 'static,
) -> Result<Parsed<T>, Refused> {
    let sender = Sender::of(app.accounts(), input, request.extensions());
    let parsed = read_and_parse(app, request, coding, parse).await;
    match parsed {
        Ok((value, permit)) => Ok(Parsed {
            value,
            sender,
            _permit: permit,
        }),
        Err(refused) => {
            let now_ms = Timestamp::now().unix_ms();
            let sent = Sent::refused(&refused.why);
            app.inputs().sources().sent(sender, &sent, now_ms);
            Err(refused)
        }
    }
}

async fn read_and_parse<T: Send + 'static>(
    app: &App,
    request: Request,
    coding: Coding,
    parse: impl FnOnce(&Inputs, &[u8]) -> Result<T, BodyError> + Send + 'static,
) -> Result<(T, Permit), Refused> {
    let (head, body) = request.into_parts();
    check_sender(&head.headers)?;
    let holder = Holder::of_credential(&head.extensions);
    let is_packed = is_packed(&head.headers, coding)?;
    let inputs = app.inputs().clone();
    let _arriving = turn(inputs.bodies(), holder).await?;
    let body = read(body).await?;
    let permit = turn(inputs.parsed(), holder).await?;
    // Compressed, a small body may be a large one.
    let is_quick =
        !is_packed && body.len() <= QUICK_BYTES_MAX || body.len() <= QUICK_BYTES_MAX / 16;
    let work = move || {
        let plain = match (is_packed, coding) {
            (false, _) => body,
            (true, Coding::Gzip) => gunzip(&body, PLAIN_BYTES_MAX)?.into(),
            (true, Coding::Snappy) => unsnap(&body, PLAIN_BYTES_MAX)?.into(),
        };
        parse(&inputs, &plain)
    };
    let value = match is_quick {
        true => work(),
        false => match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, "A body could not be parsed.");
                let why = "the body cannot be read";
                return Err(Refused::new(StatusCode::BAD_REQUEST, why));
            }
        },
    }?;
    Ok((value, permit))
}

/// Browsers say whether a page of another site sends a request; programs do not.
pub(super) fn check_sender(headers: &HeaderMap) -> Result<(), Refused> {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    match site.is_some_and(|site| site == "cross-site") {
        true => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "a page of another site may not send anything to this server",
        )),
        false => Ok(()),
    }
}

fn is_packed(headers: &HeaderMap, coding: Coding) -> Result<bool, Refused> {
    let unsupported = |why: &str| Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
    let mut values = headers.get_all(header::CONTENT_ENCODING).into_iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(unsupported("the body is compressed more than once"));
    }
    let name = first.map_or(&b""[..], |value| value.as_bytes().trim_ascii());
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    match coding {
        Coding::Gzip if name.is_empty() || is("identity") => Ok(false),
        Coding::Gzip if is("gzip") => Ok(true),
        Coding::Gzip => Err(unsupported("the body may be compressed only with gzip")),
        Coding::Snappy if name.is_empty() || is("snappy") => Ok(true),
        Coding::Snappy => Err(unsupported("the body has to be compressed with snappy")),
    }
}

async fn turn(permits: &Shares, holder: Option<Holder>) -> Result<Permit, Refused> {
    let permit = timeout(TURN_TIME_MAX, permits.acquire(holder, 1)).await;
    permit.map_err(|_| Refused::new(StatusCode::SERVICE_UNAVAILABLE, BUSY))
}

async fn read(body: Body) -> Result<Bytes, Refused> {
    // Known before it comes, also to clients that expect `100 Continue`.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    match timeout(BODY_TIME_MAX, collect(body)).await {
        Ok(collected) => collected,
        Err(_) => Err(Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body took more than 30 s to arrive",
        )),
    }
}

async fn collect(body: Body) -> Result<Bytes, Refused> {
    let mut pieces = body.into_data_stream();
    let mut all = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let ends = |_| Refused::new(StatusCode::BAD_REQUEST, "the body ends too early");
        let piece = piece.map_err(ends)?;
        if all.len() + piece.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

fn too_large() -> Refused {
    Refused::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the body has more than 4 MiB; send less at once",
    )
}

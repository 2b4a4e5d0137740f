//! Every request from outside: its id, its line in the access log, and its part in the metrics.

use crate::metrics::{Metrics, RejectedRequest};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a client or a proxy that is used; UUIDs have 36 characters.
const ID_BYTES_MAX: usize = 64;

/// Gives each response its `x-request-id`, which all log lines about the request have, and counts it.
pub(super) async fn observe<F>(
    metrics: &Metrics,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let id = request.headers().get(&REQUEST_ID);
    let id = id.filter(|id| is_sane(id)).cloned().unwrap_or_else(new_id);
    let shown = id.to_str().unwrap_or_default();
    // Of the highest level, so that it is there whenever something is logged.
    let span = tracing::error_span!("request", id = shown);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = Instant::now();
    let mut response = answer(request).instrument(span.clone()).await;
    let status = response.status();
    let why = response.extensions_mut().remove::<RejectedRequest>();
    metrics.responded(status.as_u16());
    if let Some(why) = why.or_else(|| RejectedRequest::of_status(status)) {
        metrics.rejected_request(why);
    }
    // Without the query, which may have what a log must not.
    tracing::debug!(
        parent: &span,
        %method,
        path,
        status = status.as_u16(),
        ms = start.elapsed().as_secs_f64() * 1e3,
        "A request was answered."
    );
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Whether the id can stand in a log line without being mistaken for something else.
fn is_sane(id: &HeaderValue) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(is_part)
}

/// Unique: a random number for the process, and a count.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<u32> =
        LazyLock::new(|| getrandom::u32().unwrap_or(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:08x}-{count:x}", *PROCESS);
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_somebody_else_is_used_if_it_is_harmless() {
        let long = "x".repeat(65);
        for (id, expected) in [
            ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true),
            ("Root=1-67891233-abcdef012345678912345678", true),
            ("", false),
            ("two words", false),
            ("id\"} level=error", false),
            ("caf\u{e9}", false),
            (&long, false),
        ] {
            let id = HeaderValue::from_bytes(id.as_bytes()).unwrap();
            assert_eq!(is_sane(&id), expected, "{id:?}");
        }
    }

    #[test]
    fn new_ids_are_sane_and_differ() {
        let ids = [new_id(), new_id()];
        assert!(ids.iter().all(is_sane), "{ids:?}");
        assert_ne!(ids[0], ids[1]);
    }
}

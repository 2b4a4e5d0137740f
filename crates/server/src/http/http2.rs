//! HTTP/2 over TLS, for all but WebSockets: those stay with HTTP/1.1, as extended CONNECT (RFC 8441) is not offered.
//!
//! The protocol is hyper's. What is added here are limits that HTTP/1.1 has by the connection, and HTTP/2 needs for each
//! stream.

mod streams;
mod unsent;

use super::accept::{HEADER_BYTES_MAX, HEADERS_MAX, LAST_WRITE_TIME_MAX};
use super::connection_limits::{ConnectionLimits, ConnectionSlot};
use super::edge::TARGET_BYTES_MAX;
use super::request_origin::Peer;
use super::{Edge, WriteTimeout};
use axum::body::{Body, HttpBody};
use axum::http::{Method, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use streams::{CurrentStream, Streams};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use unsent::PiecewiseBody;

/// Streams of a connection at the same time; a viewer of events is one. RFC 9113, section 5.1.2, recommends no fewer.
const STREAMS_MAX: u32 = 100;

/// A connection without streams for this long is closed, as one of HTTP/1.1 without a request.
const IDLE_TIME_MAX: Duration = Duration::from_secs(10);

/// What a client may send of a body before its handler reads it, and of all bodies of a connection.
const STREAM_WINDOW_BYTES: u32 = 64 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 256 << 10;

/// What hyper takes of a response before the client does.
const SEND_BYTES_MAX: usize = 64 << 10;

/// Each header counts for so much more than its name and value (RFC 9113, section 6.5.2).
const HEADER_OVERHEAD_BYTES: usize = 32;

/// Method, scheme, authority and path.
const PSEUDO_HEADERS: usize = 4;

/// What HTTP/1.1 accepts has to fit in, so that the same request gets the same response. Beyond, hyper answers with 431 or
/// closes the connection.
const HEADER_LIST_BYTES_MAX: usize =
    HEADER_BYTES_MAX + TARGET_BYTES_MAX + (HEADERS_MAX + PSEUDO_HEADERS) * HEADER_OVERHEAD_BYTES;

/// Streams that the client has reset before they were accepted, and streams that were reset for its errors. Beyond, the
/// connection is closed.
const EARLY_RESETS_MAX: usize = 20;
const ERRORS_MAX: usize = 64;

/// How often a client is asked whether it is still there, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(15);
const PONG_TIME_MAX: Duration = Duration::from_secs(10);

/// A connection with HTTP/2 after its handshake.
pub(super) struct Arrived {
    pub(super) socket: TlsStream<WriteTimeout<TcpStream>>,
    pub(super) peer: Peer,
    pub(super) slot: ConnectionSlot,
}

/// Serves the requests of a connection until its end.
pub(super) async fn converse(
    arrived: Arrived,
    edge: Edge,
    limits: Arc<ConnectionLimits>,
    mut stop: watch::Receiver<bool>,
) {
    let Arrived { socket, peer, slot } = arrived;
    let acquire = {
        let edge = edge.clone();
        move || limits.acquire(peer.address.ip(), edge.proxies())
    };
    let streams = Streams::new(slot, acquire, stop.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let edge = edge.clone();
        async move { Ok::<_, Infallible>(respond(&edge, peer, request).await) }
    });
    let connection = Builder::new(streams.clone())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(SEND_BYTES_MAX)
        .max_header_list_size(HEADER_LIST_BYTES_MAX as u32)
        .max_pending_accept_reset_streams(EARLY_RESETS_MAX)
        .max_local_error_reset_streams(ERRORS_MAX)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_TIME_MAX)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let grace = tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        _ = stop.changed() => LAST_WRITE_TIME_MAX,
        () = streams.idle(IDLE_TIME_MAX) => IDLE_TIME_MAX,
    };
    // The client learns which of its requests will be answered, and sends others over another connection.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _ = connection => {}
        // The client need not do its part.
        () = streams.idle(grace) => {}
    }
}

async fn respond(edge: &Edge, peer: Peer, request: Request<Incoming>) -> Response<PiecewiseBody> {
    let stream = CurrentStream::get();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(stream.abort);
    let is_head = request.method() == Method::HEAD;
    let response = match stream.has_place {
        true => edge.respond(peer, request).await,
        // Without a body its task ends at once, whatever the client's window is.
        false => edge.refuse(peer, request).await.map(|_| Body::empty()),
    };
    let response = match is_head {
        true => without_body(response),
        false => response,
    };
    response.map(|body| PiecewiseBody::new(body, stream.unsent))
}

/// As hyper does for HTTP/1.1.
fn without_body(mut response: Response<Body>) -> Response<Body> {
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        let headers = response.headers_mut();
        headers
            .entry(header::CONTENT_LENGTH)
            .or_insert(length.into());
    }
    response.map(|_| Body::empty())
}

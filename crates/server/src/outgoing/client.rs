use super::connect::{Wire, connect, resolve, tls_config, trusting};
use super::ping::ping;
use super::{Networks, OutgoingError, Target};
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Requests at the same time; further ones wait, which counts as their time.
const REQUESTS_MAX: usize = 64;

/// The most lines of a response's header, and the most bytes of it.
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 32 << 10;

const USER_AGENT: &str = concat!("Watchroom/", env!("CARGO_PKG_VERSION"));

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outgoing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// The address that this server listens on.
    own: SocketAddr,
    permits: Arc<Semaphore>,
    /// Read when the first https URL is requested.
    tls: OnceCell<Arc<ClientConfig>>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct OutgoingRequest {
    /// Where it goes.
    pub target: Target,
    /// Which networks that may be in.
    pub networks: Networks,
    /// Its method.
    pub method: Method,
    /// Its headers, beside `Host`, `User-Agent`, `Content-Length` and `Connection`.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How long everything may take, from resolving the name to the end of the response.
    pub time_max: Duration,
    /// The most bytes of the response's body.
    pub response_bytes_max: usize,
    /// Whether a longer body is cut, rather than an error.
    pub cuts_response: bool,
}

/// A response, of whatever status: a redirect is one, too.
#[derive(Debug, Clone)]
pub struct OutgoingResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// When the certificate of the other side ends; absent without TLS.
    pub certificate_end: Option<Timestamp>,
}

impl OutgoingRequest {
    /// `GET` from public networks, with 10 s and 1 MiB.
    pub fn get(target: Target) -> Self {
        Self {
            target,
            networks: Networks::Public,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            time_max: Duration::from_secs(10),
            response_bytes_max: 1 << 20,
            cuts_response: false,
        }
    }

    /// `POST` with a body, otherwise the same.
    pub fn post(target: Target, body: Bytes) -> Self {
        Self {
            method: Method::POST,
            body,
            ..Self::get(target)
        }
    }
}

impl Outgoing {
    /// For a server that listens on `own`, which it never requests anything of. Trusts the authorities of this system.
    pub fn new(own: SocketAddr) -> Self {
        Self::with(own, OnceCell::new())
    }

    /// The same, trusting only these authorities.
    pub fn trusting(own: SocketAddr, roots: RootCertStore) -> Self {
        Self::with(own, OnceCell::new_with(Some(trusting(roots))))
    }

    fn with(own: SocketAddr, tls: OnceCell<Arc<ClientConfig>>) -> Self {
        Self(Arc::new(Shared {
            own,
            permits: Arc::new(Semaphore::new(REQUESTS_MAX)),
            tls,
        }))
    }

    /// Sends a request, and reads the whole response.
    ///
    /// # Errors
    ///
    /// If the target may not be requested, or there is no response within the limits.
    pub async fn send(&self, request: OutgoingRequest) -> Result<OutgoingResponse, OutgoingError> {
        let (response, ()) = self.send_when(request, std::future::ready(())).await?;
        Ok(response)
    }

    /// The same, but the body is not read before `ready`, which is waited for once there is a head: so that memory for
    /// bodies is not taken at the same time by many responses. Waiting counts as time of the request.
    ///
    /// # Errors
    ///
    /// As [`Outgoing::send`].
    pub async fn send_when<T>(
        &self,
        request: OutgoingRequest,
        ready: impl Future<Output = T>,
    ) -> Result<(OutgoingResponse, T), OutgoingError> {
        within(request.time_max, self.exchange(request, ready)).await
    }

    /// Connects to the host and port of a target, and closes the connection.
    ///
    /// # Errors
    ///
    /// If the target may not be connected to, or does not accept the connection in time.
    pub async fn connect(
        &self,
        target: &Target,
        networks: Networks,
        time_max: Duration,
    ) -> Result<(), OutgoingError> {
        let connecting = async {
            let (addresses, _permit) = self.addresses(target, networks).await?;
            connect(target, &addresses, None).await.map(drop)
        };
        within(time_max, connecting).await
    }

    /// Resolves the host of a target.
    ///
    /// # Errors
    ///
    /// If it has no address in time, or one that may not be connected to.
    pub async fn resolve(
        &self,
        target: &Target,
        networks: Networks,
        time_max: Duration,
    ) -> Result<(), OutgoingError> {
        let resolving = async { self.addresses(target, networks).await.map(drop) };
        within(time_max, resolving).await
    }

    /// Sends ICMP echo requests to the first address of a target, until one is replied to.
    ///
    /// # Errors
    ///
    /// If it may not be requested, does not reply in time, or the system does not permit it.
    pub async fn ping(
        &self,
        target: &Target,
        networks: Networks,
        time_max: Duration,
    ) -> Result<(), OutgoingError> {
        let pinging = async {
            let (addresses, _permit) = self.addresses(target, networks).await?;
            ping(target, &addresses).await
        };
        within(time_max, pinging).await
    }

    async fn addresses(
        &self,
        target: &Target,
        networks: Networks,
    ) -> Result<(Vec<SocketAddr>, OwnedSemaphorePermit), OutgoingError> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await;
        let permit = permit.map_err(|_| OutgoingError::Malformed)?;
        resolve(target, networks, self.0.own, permit).await
    }

    async fn exchange<T>(
        &self,
        request: OutgoingRequest,
        ready: impl Future<Output = T>,
    ) -> Result<(OutgoingResponse, T), OutgoingError> {
        let target = &request.target;
        let (addresses, _permit) = self.addresses(target, request.networks).await?;
        let tls = match target.is_tls() {
            true => Some(self.tls().await?),
            false => None,
        };
        let wire = connect(target, &addresses, tls).await?;
        exchange_over(wire, request, ready).await
    }

    async fn tls(&self) -> Result<Arc<ClientConfig>, OutgoingError> {
        // Without authorities it is tried again: they may be installed.
        let read = || async {
            let read = tokio::task::spawn_blocking(tls_config).await;
            read.ok().flatten().ok_or(OutgoingError::NoRoots)
        };
        self.0.tls.get_or_try_init(read).await.cloned()
    }
}

async fn within<T>(
    time_max: Duration,
    work: impl Future<Output = Result<T, OutgoingError>>,
) -> Result<T, OutgoingError> {
    let done = timeout(time_max, work).await;
    done.unwrap_or(Err(OutgoingError::TooSlow(time_max)))
}

async fn exchange_over<T>(
    wire: Box<dyn Wire>,
    request: OutgoingRequest,
    ready: impl Future<Output = T>,
) -> Result<(OutgoingResponse, T), OutgoingError> {
    let malformed = |_| OutgoingError::Malformed;
    let certificate_end = wire.certificate_end();
    let (bytes_max, cuts) = (request.response_bytes_max, request.cuts_response);
    let request = head(request)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .handshake(TokioIo::new(wire))
        .await
        .map_err(malformed)?;
    let response = async {
        let response = sender.send_request(request).await.map_err(malformed)?;
        let (head, body) = response.into_parts();
        let is_ready = ready.await;
        let body = collect(Body::new(body), bytes_max, cuts).await?;
        let response = OutgoingResponse {
            status: head.status,
            headers: head.headers,
            body,
            certificate_end,
        };
        Ok((response, is_ready))
    };
    // The connection is driven here, so that nothing of it is left once there is a response or none.
    let mut response = std::pin::pin!(response);
    tokio::select! {
        response = &mut response => response,
        _ = connection => response.await,
    }
}

/// The request as it is sent. What could mislead the other side about its length or its end is not the caller's.
fn head(request: OutgoingRequest) -> Result<Request<Body>, OutgoingError> {
    let mut head = Request::new(Body::from(request.body));
    *head.method_mut() = request.method;
    *head.uri_mut() = request.target.path();
    let headers = head.headers_mut();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.extend(request.headers);
    for name in [
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TE,
    ] {
        headers.remove(name);
    }
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let host = request
        .target
        .host_header()
        .ok_or(OutgoingError::Malformed)?;
    headers.insert(header::HOST, host);
    Ok(head)
}

async fn collect(body: Body, bytes_max: usize, cuts: bool) -> Result<Bytes, OutgoingError> {
    if !cuts && body.size_hint().lower() > bytes_max as u64 {
        return Err(OutgoingError::TooLong(bytes_max));
    }
    let mut pieces = body.into_data_stream();
    let mut all = BytesMut::new();
    // Nothing of the body is waited for if none of it is wanted.
    if cuts && bytes_max == 0 {
        return Ok(Bytes::new());
    }
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| OutgoingError::Malformed)?;
        let room = bytes_max - all.len();
        if piece.len() > room && cuts {
            all.extend_from_slice(&piece[..room]);
            break;
        }
        if piece.len() > room {
            return Err(OutgoingError::TooLong(bytes_max));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

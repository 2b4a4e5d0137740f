use super::accept::{HEADER_BYTES_MAX, HEADERS_MAX};
use super::guard::is_loopback;
use super::paced_body::PacedBody;
use super::peer_user::PeerUser;
use super::request_origin::{InvalidForwarding, Peer};
use super::{BasePath, RequestOrigin, RequestRates, TrustedProxies, observe, security_headers};
use crate::accounts::LoginPolicy;
use crate::metrics::{Metrics, RejectedRequest};
use crate::network::network;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tower::ServiceExt;

/// The longest path with its query. Longer ones are no request that this server knows.
pub(super) const TARGET_BYTES_MAX: usize = 8 << 10;

/// RFC 6797. Without subdomains, which may be other machines.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// What happens to every request before it is routed: it is observed, where it comes from is determined, limits that
/// need no handler apply, and the base path is removed.
#[derive(Clone)]
pub(crate) struct Edge(Arc<EdgeParts>);

/// What an [`Edge`] is made of.
pub(crate) struct EdgeParts {
    pub(crate) router: Router,
    pub(crate) proxies: TrustedProxies,
    /// Whether connections of trusted proxies start with the PROXY protocol.
    pub(crate) has_proxy_protocol: bool,
    pub(crate) base_path: BasePath,
    pub(crate) rates: RequestRates<IpAddr>,
    pub(crate) login: LoginPolicy,
    /// Whether browsers are told to use only HTTPS for this name. Not with a self-signed certificate, which they
    /// would then refuse without a way around it.
    pub(crate) has_strict_transport: bool,
    pub(crate) metrics: Metrics,
}

impl Edge {
    pub(crate) fn new(parts: EdgeParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(super) fn proxies(&self) -> &TrustedProxies {
        &self.0.proxies
    }

    /// Whether a connection from this address starts with the PROXY protocol.
    pub(super) fn expects_proxy_protocol(&self, address: IpAddr) -> bool {
        self.0.has_proxy_protocol && self.0.proxies.contains(address)
    }

    /// Whose program has connected from this address, while it matters: a login says more than the system does.
    pub(super) fn peer_user(&self, socket: &TcpStream, address: SocketAddr) -> PeerUser {
        if self.0.login.is_required() {
            return PeerUser::Unknown;
        }
        // Without an address the connection has ended.
        let own = socket.local_addr();
        own.map_or(PeerUser::Nobody, |own| PeerUser::of(address, own))
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Applies another rate of requests from now on.
    pub(crate) fn set_rate(&self, per_second: u32, burst: u32) {
        self.0.rates.set(per_second, burst);
    }

    /// The response to a request.
    pub(super) async fn respond(&self, peer: Peer, request: Request<Body>) -> Response {
        let answer = |request| self.answer(peer, request);
        observe::observe(&self.0.metrics, request, answer).await
    }

    /// The response to a request for which there is no place. It counts for the client's rate all the same.
    pub(super) async fn refuse(&self, peer: Peer, request: Request<Body>) -> Response {
        let answer = async |mut request| match self.admit(peer, &mut request) {
            Ok(()) => Refusal::Connections.into_response(),
            Err(refusal) => refusal.into_response(),
        };
        observe::observe(&self.0.metrics, request, answer).await
    }

    async fn answer(&self, peer: Peer, mut request: Request<Body>) -> Response {
        let is_localhost = requested_host(&request).is_ok_and(is_loopback);
        let demands_tls = peer.is_tls && self.0.has_strict_transport && !is_localhost;
        let mut response = match self.admit(peer, &mut request) {
            Ok(()) => {
                let routed = self.0.router.clone().oneshot(request).await;
                routed.unwrap_or_else(|never| match never {})
            }
            Err(refusal) => refusal.into_response(),
        };
        if demands_tls {
            let value = HeaderValue::from_static(STRICT_TRANSPORT);
            let headers = response.headers_mut();
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
        response
    }

    /// Prepares a request for the router, or refuses it.
    fn admit(&self, peer: Peer, request: &mut Request<Body>) -> Result<(), Refusal> {
        let headers = request.headers();
        if head_bytes(headers) > HEADER_BYTES_MAX || header_count(headers) > HEADERS_MAX {
            return Err(Refusal::HeadTooLarge);
        }
        if has_ambiguous_length(request.headers()) {
            return Err(Refusal::AmbiguousLength);
        }
        let host = requested_host(request)?;
        let origin = RequestOrigin::read(peer, host, request.headers(), &self.0.proxies)?;
        if let Some(client) = origin.limited_address(&self.0.login) {
            let taken = self.0.rates.take(network(client), Instant::now());
            taken.map_err(Refusal::TooMany)?;
        }
        let target = request.uri().path_and_query();
        if target.is_some_and(|target| target.as_str().len() > TARGET_BYTES_MAX) {
            return Err(Refusal::TooLong);
        }
        let Some(uri) = self.0.base_path.strip(request.uri()) else {
            return Err(Refusal::Outside(self.0.base_path.clone()));
        };
        *request.uri_mut() = uri;
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = PacedBody::wrap(body);
        // For handlers that need nothing else of it.
        let client = SocketAddr::new(origin.address, peer.address.port());
        request.extensions_mut().insert(ConnectInfo(client));
        request.extensions_mut().insert(peer.user);
        request.extensions_mut().insert(origin);
        Ok(())
    }
}

/// Why a request is not routed.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Forwarding(#[from] InvalidForwarding),
    #[error("the request has more than one `Host` header")]
    Hosts,
    #[error("the request has another `Host` than `:authority`")]
    OtherHost,
    #[error(
        "the body's length is given by one `Content-Length` or by `Transfer-Encoding: chunked`, not by both"
    )]
    AmbiguousLength,
    /// And when there may be another.
    #[error("there are too many requests from this address")]
    TooMany(Duration),
    /// Of one client, or in all.
    #[error("there are too many connections")]
    Connections,
    #[error("there are more than {HEADERS_MAX} headers, or {} KiB of them", HEADER_BYTES_MAX >> 10)]
    HeadTooLarge,
    #[error("the address has more than {TARGET_BYTES_MAX} bytes")]
    TooLong,
    #[error("nothing is here; everything is below {}/", .0.as_str())]
    Outside(BasePath),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Forwarding(_) | Self::Hosts | Self::OtherHost | Self::AmbiguousLength => {
                StatusCode::BAD_REQUEST
            }
            Self::Connections => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::Outside(_) => StatusCode::NOT_FOUND,
        };
        let mut response = (status, format!("{self}\n")).into_response();
        let headers = response.headers_mut();
        match self {
            Self::TooMany(wait) => {
                let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Connections => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                let why = RejectedRequest::Connections;
                response.extensions_mut().insert(why);
            }
            // What follows may be a request to one reader, and a part of this one's body to another.
            Self::Hosts | Self::AmbiguousLength => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Self::Forwarding(_)
            | Self::OtherHost
            | Self::HeadTooLarge
            | Self::TooLong
            | Self::Outside(_) => {}
        }
        security_headers::add_to(response.headers_mut());
        response
    }
}

/// The name and port that a request is for; empty if it has none. RFC 9112, section 3.2.2: if the request's target is
/// a whole URL, its host counts, whatever `Host` says. Over HTTP/2 `Host` must say the same (RFC 9113, section 8.3.1).
fn requested_host(request: &Request<Body>) -> Result<&str, Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(Refusal::Hosts);
    }
    let target = request.uri().authority().map(Authority::as_str);
    if let (Version::HTTP_2, Some(target), Some(host)) = (request.version(), target, host)
        && !host.as_bytes().eq_ignore_ascii_case(target.as_bytes())
    {
        return Err(Refusal::OtherHost);
    }
    let host = host.and_then(|host| host.to_str().ok());
    Ok(target.or(host).unwrap_or_default())
}

/// Of names and values, each with a colon, a space and an end of line. Hyper stops reading a head somewhere beyond the
/// limit, depending on how it arrives.
fn head_bytes(headers: &HeaderMap) -> usize {
    let lines = headers.iter();
    lines
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

/// Cookies may come one by one over HTTP/2, and are one header (RFC 9113, section 8.2.3).
fn header_count(headers: &HeaderMap) -> usize {
    let names = headers.iter().map(|(name, _)| name);
    names.filter(|name| **name != header::COOKIE).count()
}

/// Whether a proxy in front of this server may see another end of the body than hyper (request smuggling, RFC 9112,
/// section 6.1). If `Transfer-Encoding` comes first, hyper has removed `Content-Length` before.
fn has_ambiguous_length(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => false,
        (Some(only), None) => {
            let is_chunked = only
                .as_bytes()
                .trim_ascii()
                .eq_ignore_ascii_case(b"chunked");
            !is_chunked || headers.contains_key(header::CONTENT_LENGTH)
        }
        (Some(_), Some(_)) => true,
    }
}

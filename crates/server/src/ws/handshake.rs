use crate::http::WriteTimeout;
use crate::tls::TlsSocket;
use crate::viewers::Socket;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::{ENVELOPE_SUBPROTOCOL, PLAIN_SUBPROTOCOL};
use std::io::Read;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use websocket::{UpgradeError, UpgradeRequest};

/// How long the socket may take to change hands after the answer.
const UPGRADE_TIME_MAX: Duration = Duration::from_secs(10);

/// A request that becomes a WebSocket.
pub(super) struct Handshake {
    accept: String,
    deflate: Option<&'static str>,
    subprotocol: Option<&'static str>,
    upgrade: OnUpgrade,
}

/// What is left of HTTP after the answer.
pub(super) struct Upgraded {
    pub(super) socket: Socket,
    /// What the peer sent along with its request.
    pub(super) early: Vec<u8>,
}

/// Why a request cannot become a WebSocket.
pub(super) struct NoUpgrade(UpgradeError);

impl Handshake {
    pub(super) fn read(request: &mut Request) -> Result<Self, NoUpgrade> {
        let headers = request.headers();
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let checked = UpgradeRequest {
            connection: text(header::CONNECTION),
            upgrade: text(header::UPGRADE),
            version: text(header::SEC_WEBSOCKET_VERSION),
            key: text(header::SEC_WEBSOCKET_KEY),
        };
        let accept = checked.accept().map_err(NoUpgrade)?;
        let deflate = websocket::accept_deflate(extensions(headers));
        let subprotocol = subprotocol(headers);
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let upgrade = upgrade.ok_or(NoUpgrade(UpgradeError::NotAnUpgrade))?;
        Ok(Self {
            accept,
            deflate,
            subprotocol,
            upgrade,
        })
    }

    pub(super) fn is_deflated(&self) -> bool {
        self.deflate.is_some()
    }

    /// Whether the client offers the enveloped subprotocol.
    pub(super) fn is_enveloped(&self) -> bool {
        self.subprotocol == Some(ENVELOPE_SUBPROTOCOL)
    }

    pub(super) fn response(&self) -> Response {
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(answer) = self.deflate {
            let answer = HeaderValue::from_static(answer);
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, answer);
        }
        if let Some(name) = self.subprotocol {
            let name = HeaderValue::from_static(name);
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, name);
        }
        response
    }

    /// The socket, once the response has been sent.
    pub(super) async fn upgraded(self) -> Option<Upgraded> {
        let upgraded = tokio::time::timeout(UPGRADE_TIME_MAX, self.upgrade)
            .await
            .ok()?
            .ok()?;
        let upgraded = Upgraded::plain(upgraded).or_else(Upgraded::tls);
        upgraded
            .inspect_err(|_| {
                tracing::error!("An upgraded connection is not the socket that was accepted.");
            })
            .ok()
    }
}

impl Upgraded {
    // Early bytes are copied, because hyper's buffer is far larger and would live as long as its slice.

    fn plain(upgraded: hyper::upgrade::Upgraded) -> Result<Self, hyper::upgrade::Upgraded> {
        let parts = upgraded.downcast::<TokioIo<WriteTimeout<TcpStream>>>()?;
        Ok(Self {
            early: parts.read_buf.to_vec(),
            socket: Socket::Plain(parts.io.into_inner().into_inner()),
        })
    }

    fn tls(upgraded: hyper::upgrade::Upgraded) -> Result<Self, hyper::upgrade::Upgraded> {
        let parts = upgraded.downcast::<TokioIo<TlsStream<WriteTimeout<TcpStream>>>>()?;
        let mut early = parts.read_buf.to_vec();
        let (socket, mut session) = parts.io.into_inner().into_inner();
        // Decrypted already, so the socket would not announce it. An end is found out with the next read.
        let _ = session.reader().read_to_end(&mut early);
        Ok(Self {
            socket: Socket::Tls(Box::new(TlsSocket::new(socket.into_inner(), session))),
            early,
        })
    }
}

/// Whether the request is an upgrade to a WebSocket, even an invalid one; for paths that also serve pages.
pub(crate) fn is_upgrade(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && headers.contains_key(header::SEC_WEBSOCKET_KEY)
        && items(headers, &header::UPGRADE).any(|it| it.eq_ignore_ascii_case("websocket"))
}

/// RFC 6455 section 4.2.2: of the subprotocols that the client offers the server names at most one. Browsers end a
/// connection for which none is named, so those that send a credential as a subprotocol offer one beside it.
fn subprotocol(headers: &HeaderMap) -> Option<&'static str> {
    [ENVELOPE_SUBPROTOCOL, PLAIN_SUBPROTOCOL]
        .into_iter()
        .find(|name| items(headers, &header::SEC_WEBSOCKET_PROTOCOL).any(|it| it == *name))
}

/// The items of a list, which may come in several headers of the same name.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn extensions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    values.filter_map(|value| value.to_str().ok())
}

impl IntoResponse for NoUpgrade {
    fn into_response(self) -> Response {
        let text = format!("{}\n", self.0);
        let upgrade_required = |name: HeaderName, value| {
            (StatusCode::UPGRADE_REQUIRED, [(name, value)], text.clone()).into_response()
        };
        match self.0 {
            UpgradeError::NotAnUpgrade => upgrade_required(header::UPGRADE, "websocket"),
            UpgradeError::Version => {
                upgrade_required(header::SEC_WEBSOCKET_VERSION, websocket::VERSION)
            }
            UpgradeError::Key => (StatusCode::BAD_REQUEST, text).into_response(),
        }
    }
}

use super::connection_limits::{ConnectionLimits, ConnectionSlot};
use super::http2::{self, Arrived};
use super::peer_user::PeerUser;
use super::proxy_protocol;
use super::refusal::{self, refuse};
use super::request_origin::Peer;
use super::{Edge, WriteTimeout};
use crate::metrics::RejectedRequest;
use crate::tls::{Tls, is_http2};
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A request's head must arrive within this time.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// The largest head of a request; beyond, it is refused with 431.
pub(super) const HEADER_BYTES_MAX: usize = 32 << 10;

/// Sockets that wait to be accepted: after a restart all viewers reconnect.
const BACKLOG: i32 = 4096;

/// The kernel's buffer for a viewer that does not read. The journal holds the rest for all viewers.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// The most headers of a request; beyond, it is refused with 431.
pub(super) const HEADERS_MAX: usize = 100;

/// A TLS handshake must be finished within this time. How many there are is bounded by the limits of connections alone:
/// with a limit of their own, a few clients that send nothing would keep everybody else waiting.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// The first byte of a connection with TLS (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// A peer that acknowledges nothing for this long is gone.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a peer may take to receive what was written when the server stops.
pub(super) const LAST_WRITE_TIME_MAX: Duration = Duration::from_secs(1);

/// The delay after an error that lasts, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Aborts a response that is stuck in a write, from its handler. Over HTTP/1.1 the connection ends with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseAbort(pub(crate) Arc<Notify>);

/// Listens on an address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // So that a restarted server can bind while connections of the old one are in TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// What is served, and where.
pub(crate) struct Listening {
    pub(crate) listener: TcpListener,
    pub(crate) edge: Edge,
    /// `None` for plain HTTP.
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: Arc<ConnectionLimits>,
}

/// Accepts until `stop`, then waits for requests in progress.
pub(crate) async fn serve(listening: Listening, mut stop: watch::Receiver<bool>) {
    let Listening {
        listener,
        edge,
        tls,
        limits,
    } = listening;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted.");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = prepare(&socket) {
            tracing::debug!(%error, "A connection ended before it began.");
            continue;
        }
        let Some(slot) = limits.acquire(address.ip(), edge.proxies()) else {
            edge.metrics()
                .rejected_request(RejectedRequest::Connections);
            // A handshake costs more than the request would.
            if tls.is_none() {
                tokio::spawn(refuse(socket, refusal::TOO_MANY));
            }
            continue;
        };
        let peer = Peer {
            address,
            is_tls: false,
            user: edge.peer_user(&socket, address),
        };
        let (edge, stop) = (edge.clone(), stop.clone());
        let is_announced = edge.expects_proxy_protocol(address.ip());
        if tls.is_none() && !is_announced {
            let socket = WriteTimeout::new(socket);
            tokio::spawn(converse(socket, peer, edge, slot, stop));
            continue;
        }
        let tls = tls.clone();
        let limits = Arc::clone(&limits);
        tokio::spawn(async move {
            let mut arrival = Arrival { socket, peer, slot };
            let mut stopped = stop.clone();
            if is_announced {
                let announced = tokio::select! {
                    announced = arrival.announced(&limits, &edge, tls.is_some()) => announced,
                    _ = stopped.changed() => None,
                };
                match announced {
                    Some(announced) => arrival = announced,
                    None => return,
                }
            }
            let Arrival { socket, peer, slot } = arrival;
            // New tasks, since that of the handshake is larger.
            let Some(tls) = tls else {
                let socket = WriteTimeout::new(socket);
                tokio::spawn(converse(socket, peer, edge, slot, stop));
                return;
            };
            let is_of_proxy = edge.proxies().contains(peer.address.ip());
            let encrypted = tokio::select! {
                encrypted = encrypt(socket, tls.acceptor(is_of_proxy)) => encrypted,
                _ = stopped.changed() => None,
            };
            if let Some(socket) = encrypted {
                let peer = Peer {
                    is_tls: true,
                    ..peer
                };
                match is_http2(socket.get_ref().1) {
                    true => {
                        let arrived = Arrived { socket, peer, slot };
                        tokio::spawn(http2::converse(arrived, edge, limits, stop));
                    }
                    false => {
                        tokio::spawn(converse(socket, peer, edge, slot, stop));
                    }
                }
            }
        });
    }
    drop(listener);
    // The caller has a timeout.
    limits.ended().await;
}

/// A connection before its first request.
struct Arrival {
    socket: TcpStream,
    peer: Peer,
    slot: ConnectionSlot,
}

impl Arrival {
    /// The same as the connection of the client that its proxy announces; `None` if there is no valid announcement, or
    /// the client has too many connections.
    async fn announced(
        mut self,
        limits: &ConnectionLimits,
        edge: &Edge,
        has_tls: bool,
    ) -> Option<Self> {
        let announced = match proxy_protocol::read(&mut self.socket).await {
            Ok(announced) => announced,
            Err(error) => {
                let proxy = self.peer.address;
                tracing::debug!(%error, %proxy, "A connection of a proxy was closed.");
                return None;
            }
        };
        // Without a client, it is the proxy's own.
        let Some(client) = announced.client else {
            return Some(self);
        };
        let Some(slot) = limits.count(self.slot, client.ip(), edge.proxies()) else {
            edge.metrics()
                .rejected_request(RejectedRequest::Connections);
            if !has_tls {
                refuse(self.socket, refusal::TOO_MANY).await;
            }
            return None;
        };
        let peer = Peer {
            address: client,
            is_tls: announced.is_tls,
            user: PeerUser::Unknown,
        };
        Some(Self { peer, slot, ..self })
    }
}

/// The handshake of TLS; `None` if it fails.
async fn encrypt(
    socket: TcpStream,
    acceptor: &TlsAcceptor,
) -> Option<TlsStream<WriteTimeout<TcpStream>>> {
    let handshake = async {
        let mut first = [0];
        socket.peek(&mut first).await?;
        if first[0] != TLS_HANDSHAKE {
            refuse(socket, refusal::NO_TLS).await;
            return Ok(None);
        }
        // Below the session, which takes up to 64 KiB that the client does not.
        let socket = WriteTimeout::new(socket);
        acceptor.accept(socket).await.map(Some)
    };
    match tokio::time::timeout(HANDSHAKE_TIME_MAX, handshake).await {
        Ok(Ok(encrypted)) => encrypted,
        Ok(Err(error)) => {
            // Often a client that does not trust the certificate, which is its user's business.
            tracing::debug!(%error, "A TLS handshake failed.");
            None
        }
        Err(_) => {
            tracing::debug!("A TLS handshake took too long.");
            None
        }
    }
}

/// Serves the requests of a connection with HTTP/1.1 until its end or its upgrade.
async fn converse<S>(
    socket: S,
    peer: Peer,
    edge: Edge,
    slot: ConnectionSlot,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let abort = ResponseAbort::default();
    let connection_abort = abort.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection_abort.clone());
        let edge = edge.clone();
        async move { Ok::<_, Infallible>(edge.respond(peer, request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // Errors of the peer are answered by hyper, or end the connection.
    tokio::select! {
        // In this order, since viewers abort their connections only after the stop.
        biased;
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let abort = async {
                abort.0.notified().await;
                tokio::time::sleep(LAST_WRITE_TIME_MAX).await;
            };
            tokio::select! {
                _ = connection.as_mut() => {}
                () = abort => {}
            }
        }
        () = abort.0.notified() => {}
    }
    drop(slot);
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let socket = SockRef::from(socket);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIME_MAX))?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)
}

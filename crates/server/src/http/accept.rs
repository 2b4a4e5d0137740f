use super::WriteTimeout;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// A request's head must arrive within this time.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// The largest head of a request; beyond, it is refused with 431.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// Sockets that wait to be accepted: after a restart all viewers reconnect.
const BACKLOG: i32 = 4096;

/// The kernel's buffer for a viewer that does not read. The journal holds the rest for all viewers.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// Connections besides viewers: pages, assets, handshakes in progress.
const OTHER_CONNECTIONS_MAX: usize = 1_000;

/// A peer that acknowledges nothing for this long is gone.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a peer may take to receive what was written when the server stops.
const LAST_WRITE_TIME_MAX: Duration = Duration::from_secs(1);

/// The delay after an error that lasts, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Aborts a connection that is stuck in a write, from a handler of its request.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionAbort(pub(crate) Arc<Notify>);

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

/// Accepts until `stop`, then waits for requests in progress.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    viewers_max: usize,
    mut stop: watch::Receiver<bool>,
) {
    let permits = u32::try_from(viewers_max + OTHER_CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let connections = Arc::new(Semaphore::new(permits as usize));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            _ = stop.changed() => break,
        };
        let (socket, peer, permit) = match accepted {
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
        let (router, abort) = (router.clone(), ConnectionAbort::default());
        let connection_abort = abort.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(abort.clone());
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME_MAX)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(WriteTimeout::new(socket)), service)
            .with_upgrades();
        tokio::spawn(run(connection, permit, connection_abort, stop.clone()));
    }
    drop(listener);
    // The caller has a timeout.
    let _ = connections.acquire_many(permits).await;
}

/// Runs a connection until its end or its upgrade.
async fn run<S>(
    connection: http1::UpgradeableConnection<TokioIo<WriteTimeout<TcpStream>>, S>,
    permit: OwnedSemaphorePermit,
    abort: ConnectionAbort,
    mut stop: watch::Receiver<bool>,
) where
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<BoxError>,
{
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
    drop(permit);
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let permit = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (socket, peer) = listener.accept().await?;
    Ok((socket, peer, permit))
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let socket = SockRef::from(socket);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIME_MAX))?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)
}

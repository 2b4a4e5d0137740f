use super::Impatient;
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

/// A request's head must have come within this.
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);

/// A request's head may be as large as this; beyond, it is answered by 431.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// Sockets that wait to be accepted: a restart brings everyone back at once.
const BACKLOG: i32 = 4096;

/// What the kernel may hold for a viewer that does not read. The journal holds the rest for all.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// Connections that are no viewers: pages, assets, handshakes under way.
const OTHER_CONNECTIONS_MAX: usize = 1_000;

/// A peer that acknowledges nothing for so long is gone, even if it never said so.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a peer may take to accept what was written to it when the server stops.
const LAST_WRITE_TIME_MAX: Duration = Duration::from_secs(1);

/// After an error that will not go away at once, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Ends a connection that is stuck in a write, from within its request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut(pub(crate) Arc<Notify>);

/// Listens on an address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restarted server gets its port back while connections of the old one fade away.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts until `stop`, then lets requests under way come to their end.
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
        let (router, cut) = (router.clone(), Cut::default());
        let connection_cut = cut.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(cut.clone());
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME_MAX)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(Impatient::new(socket)), service)
            .with_upgrades();
        tokio::spawn(run(connection, permit, connection_cut, stop.clone()));
    }
    drop(listener);
    // Whoever waits for this has a limit of its own.
    let _ = connections.acquire_many(permits).await;
}

/// Runs one connection until its end, or until it has been upgraded and goes on elsewhere.
async fn run<S>(
    connection: http1::UpgradeableConnection<TokioIo<Impatient<TcpStream>>, S>,
    permit: OwnedSemaphorePermit,
    cut: Cut,
    mut stop: watch::Receiver<bool>,
) where
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<BoxError>,
{
    let mut connection = pin!(connection);
    // What a peer does wrong is answered by hyper, or is the end of the connection.
    tokio::select! {
        // In this order, since whoever stops the server cuts connections only after that.
        biased;
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let cut = async {
                cut.0.notified().await;
                tokio::time::sleep(LAST_WRITE_TIME_MAX).await;
            };
            tokio::select! {
                _ = connection.as_mut() => {}
                () = cut => {}
            }
        }
        () = cut.0.notified() => {}
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

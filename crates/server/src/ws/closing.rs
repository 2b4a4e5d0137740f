use crate::viewers::{Hub, Progress, Socket, Viewer};
use std::io;
use std::time::Duration;

/// How long a peer may take to receive the close frame.
const WRITE_TIME_MAX: Duration = Duration::from_secs(1);

/// How long further input is read and discarded: closing a socket with unread input resets it, which may
/// discard the close frame.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// Sends the close frame and waits a moment for the peer to have read it.
pub(super) async fn close(viewer: &Viewer, hub: &Hub, code: u16, reason: &str) {
    let Some(socket) = viewer.socket() else {
        return;
    };
    viewer.outbox().close(websocket::close_frame(code, reason));
    let sent = tokio::time::timeout(WRITE_TIME_MAX, write(viewer, socket, hub)).await;
    if !matches!(sent, Ok(Ok(()))) || socket.shutdown_write().is_err() {
        return;
    }
    // After the timeout the connection is closed as well.
    let _ = tokio::time::timeout(LINGER_MAX, discard(socket)).await;
}

async fn write(viewer: &Viewer, socket: &Socket, hub: &Hub) -> io::Result<()> {
    loop {
        let progress = hub.drain(viewer.id, &mut viewer.outbox(), socket)?;
        match progress {
            Progress::Full => socket.tcp().writable().await?,
            Progress::More => tokio::task::yield_now().await,
            // Nothing is queued after the close frame.
            Progress::Done | Progress::WaitingForStore | Progress::TooSlow => return Ok(()),
        }
    }
}

async fn discard(socket: &Socket) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        socket.tcp().readable().await?;
        match socket.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

//! Connections that are refused before they are served.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Refusals that are sent at the same time. Beyond, connections are closed without one.
const REFUSALS_MAX: usize = 256;

static REFUSALS: Semaphore = Semaphore::const_new(REFUSALS_MAX);

/// How long a peer may take to receive the response. Closing a socket with unread input resets it, which may
/// discard the response.
const TIME_MAX: Duration = Duration::from_secs(1);

/// The most of a refused request that is read, in chunks of this size.
const CHUNKS_MAX: usize = 16;
const CHUNK_BYTES: usize = 4 << 10;

pub(super) const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
     Content-Length: 31\r\nRetry-After: 5\r\nConnection: close\r\n\r\nThere are too many connections.";

pub(super) const NO_TLS: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
     Content-Length: 37\r\nConnection: close\r\n\r\nThis server answers only to https://.";

/// Sends a response and closes the connection.
pub(super) async fn refuse(mut socket: TcpStream, response: &'static str) {
    let Ok(_permit) = REFUSALS.try_acquire() else {
        return;
    };
    // After the timeout the connection is closed as well.
    let _ = tokio::time::timeout(TIME_MAX, async {
        socket.write_all(response.as_bytes()).await?;
        socket.shutdown().await?;
        let mut chunk = [0; CHUNK_BYTES];
        for _ in 0..CHUNKS_MAX {
            if socket.read(&mut chunk).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_have_the_length_that_they_name() {
        for response in [TOO_MANY, NO_TLS] {
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            let length = format!("Content-Length: {}", body.len());
            assert!(head.contains(&length), "{length}");
        }
    }
}

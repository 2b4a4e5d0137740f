//! Clients that send or read a byte a second, two hundred at a time on each kind of endpoint: all are cut within their
//! limits, and a viewer beside them loses nothing.

use crate::limits::beside;
use crate::support::{TestServer, Viewer, last, soon};
use protocol::Stream;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

/// Of each kind.
const CLIENTS: usize = 200;

/// What a slow client does once its beginning was sent.
#[derive(Clone, Copy)]
enum Pace {
    Sends(u8),
    Reads,
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A masked text frame of 65,536 bytes, as far as its mask.
const FRAME: &[u8] = b"\x81\xFF\0\0\0\0\0\x01\0\0\x01\x02\x03\x04";

/// Lines of half a KiB, so that a response with all of them does not fit into the buffers of a connection.
const LINES: usize = 800;

fn kinds(host: SocketAddr) -> Vec<(Vec<u8>, Pace)> {
    let head = |target: &str| {
        let start = format!("{target} HTTP/1.1\r\nHost: {host}\r\nX-Slow: ");
        (start.into_bytes(), Pace::Sends(b'x'))
    };
    let body = |path: &str, framing: &str| {
        let start = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
        );
        (start.into_bytes(), Pace::Sends(b'1'))
    };
    let read = |path: &str, rest: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{rest}");
        (request.into_bytes(), Pace::Reads)
    };
    let frame = format!("GET /ws HTTP/1.1\r\nHost: {host}\r\n{UPGRADE}");
    vec![
        (Vec::new(), Pace::Sends(b'G')),
        head("GET /"),
        head("GET /ws"),
        head("GET /api/events/all"),
        head("GET /api/v1/query"),
        body("/api/v1/ingest", "Transfer-Encoding: chunked"),
        body("/api/v1/ingest", "Content-Length: 100000"),
        body("/api/v1/auth/login", "Content-Length: 10000"),
        body("/write", "Content-Length: 100000"),
        ([frame.as_bytes(), FRAME].concat(), Pace::Sends(b' ')),
        read("/api/v1/journal?stream=logs&limit=800", "\r\n"),
        read("/api/events?streams=logs", "\r\n"),
        read("/ws?streams=logs", UPGRADE),
    ]
}

/// Goes on until the connection ends, or it is dropped.
async fn be_slow(address: SocketAddr, start: &[u8], pace: Pace, begun: &AtomicUsize) {
    let socket = TcpSocket::new_v4().unwrap();
    // Small, so that it is soon full.
    socket.set_recv_buffer_size(4 << 10).unwrap();
    let Ok(mut socket) = socket.connect(address).await else {
        return;
    };
    if socket.write_all(start).await.is_err() {
        return;
    }
    begun.fetch_add(1, Ordering::Relaxed);
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let went_on = match pace {
            Pace::Sends(byte) => socket.write_all(&[byte]).await,
            Pace::Reads => socket.read_u8().await.map(drop),
        };
        if went_on.is_err() {
            break;
        }
    }
}

/// Connections that the server has not closed, by the kernel's list: a client that hardly reads would learn of the end
/// only much later (proc_net_tcp(5)).
pub(crate) fn established(address: SocketAddr) -> usize {
    let list = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", address.port());
    let is_open = |line: &&str| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, state) = (fields.next().unwrap_or_default(), fields.nth(1));
        local.ends_with(&port) && state == Some("01")
    };
    list.lines().filter(is_open).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_cut_and_others_lose_nothing() {
    server::open_files::allow_most();
    let server = TestServer::start(|config| {
        config.interval_ms = 3_600_000;
        config.limits.viewers = 2_000;
        // A message that arrives a byte a second is no sign of life.
        config.heartbeat_ms = 3_000;
    })
    .await;
    let line = "x".repeat(400);
    server.log_stored(&vec![line.as_str(); LINES]).await;
    let mut viewer = Viewer::connect(&server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    let address = server.address();
    let kinds = kinds(address);
    let begun = Arc::new(AtomicUsize::new(0));
    let mut slow = JoinSet::new();
    let slow_clients = async {
        for (start, pace) in &kinds {
            for _ in 0..CLIENTS {
                let (start, pace, begun) = (start.clone(), *pace, Arc::clone(&begun));
                slow.spawn(async move { be_slow(address, &start, pace, &begun).await });
            }
        }
        // All have come, and all are cut.
        soon("the slow clients", async {
            while begun.load(Ordering::Relaxed) < kinds.len() * CLIENTS {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
        soon("the end of the slow clients", async {
            while established(address) > 1 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    };
    beside(&server, &mut viewer, slow_clients).await;
    viewer.ping(1).await;
    slow.shutdown().await;
    server.drain(viewer).await;
}

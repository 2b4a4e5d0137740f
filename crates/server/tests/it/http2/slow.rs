//! Clients that take or send nothing, or a byte a second: a stream ends by itself, and its connection goes on.

use super::{LOGS, witness};
use crate::limits::beside;
use crate::slow_viewers::{LINES, STALLED, pour, until_alone};
use crate::support::http2::{Frames, Http2, wire};
use crate::support::{Certificate, End, small_socket, soon};
use crate::tls::server;
use axum::http::Method;
use bytes::Bytes;
use protocol::ServerMessage;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);

/// All limits are waited for at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_cut_and_others_lose_nothing() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut viewer = witness(&server, &certificate).await;
    let address = server.address();
    let slow = async {
        tokio::join!(
            takes(address, &certificate, 0),
            takes(address, &certificate, 1),
            sends_a_byte_a_second(address, &certificate),
            has_no_request(address, &certificate),
            never_starts(address, &certificate, b""),
            never_starts(address, &certificate, b"PRI * HTTP/2.0\r\n"),
            never_ends_its_headers(address, &certificate),
        );
    };
    beside(&server, &mut viewer, Box::pin(slow)).await;
    viewer.ping(1).await;
    server.drain(viewer).await;
}

/// Measured from before what has the limit: the server may be ahead of its client. How much later depends on the machine.
#[track_caller]
fn in_time(start: Instant, what: &str) {
    let took = start.elapsed();
    assert!(took >= STALLED, "{what}: {took:?}");
}

/// Grants so many bytes of each response, and then as many each second.
async fn takes(address: SocketAddr, certificate: &Certificate, bytes: u32) {
    let settings = [(wire::INITIAL_WINDOW_SIZE, bytes)];
    let mut client = Frames::connect(address, certificate, &settings).await;
    let start = Instant::now();
    let mut open = vec![1, 3, 5];
    for (stream, path) in open.iter().zip(["/", "/api/openapi.json", "/healthz"]) {
        client.get(*stream, path).await;
    }
    let mut beat = tokio::time::interval(SECOND);
    soon("resets", async {
        while !open.is_empty() {
            tokio::select! {
                frame = client.next() => {
                    let frame = frame.expect("the connection goes on");
                    if frame.kind == wire::RST_STREAM {
                        open.retain(|stream| *stream != frame.stream);
                    }
                    let is_end = frame.kind == wire::DATA && frame.flags == wire::END_STREAM;
                    assert!(!is_end, "{frame:?}");
                }
                _ = beat.tick(), if bytes > 0 => {
                    // Of the short response it would be enough.
                    for stream in open.iter().filter(|stream| **stream != 5) {
                        let granted = bytes.to_be_bytes();
                        client.send(&wire::frame(wire::WINDOW_UPDATE, 0, *stream, &granted)).await;
                    }
                }
            }
        }
    })
    .await;
    in_time(start, "a response");
    assert!(soon("an answer", client.is_alive()).await);
}

async fn sends_a_byte_a_second(address: SocketAddr, certificate: &Certificate) {
    let client = Http2::connect(address, certificate).await;
    let mut request = client.request(Method::POST, "/api/v1/ingest");
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert("content-type", json);
    let start = Instant::now();
    let (response, mut body) = client.send_with_body(request).await;
    let mut response = std::pin::pin!(response);
    let mut beat = tokio::time::interval(SECOND);
    let status = soon("a response", async {
        loop {
            tokio::select! {
                response = &mut response => return response.unwrap().status(),
                _ = beat.tick() => drop(body.send_data(Bytes::from_static(b" "), false)),
            }
        }
    })
    .await;
    assert!(matches!(status.as_u16(), 400 | 408), "{status}");
    in_time(start, "a body");
    assert_eq!(client.get("/healthz").await.0, 200);
}

async fn has_no_request(address: SocketAddr, certificate: &Certificate) {
    let start = Instant::now();
    let mut client = Frames::connect(address, certificate, &[]).await;
    client.get(1, "/healthz").await;
    let mut said = false;
    soon("the end", async {
        while let Some(frame) = client.next().await {
            said |= frame.kind == wire::GOAWAY;
        }
    })
    .await;
    in_time(start, "an idle connection");
    assert!(said, "requests might be lost");
}

async fn never_starts(address: SocketAddr, certificate: &Certificate, sent: &[u8]) {
    let start = Instant::now();
    let mut client = Frames::silent(address, certificate).await;
    client.send(sent).await;
    soon("the end", async { while client.next().await.is_some() {} }).await;
    in_time(start, "a silent connection");
}

/// Nothing else can be sent meanwhile, so that it ends with its connection.
async fn never_ends_its_headers(address: SocketAddr, certificate: &Certificate) {
    let start = Instant::now();
    let mut client = Frames::connect(address, certificate, &[]).await;
    let head = wire::request("GET", &client.authority, "/");
    client.send(&wire::frame(wire::HEADERS, 0, 1, &head)).await;
    let mut beat = tokio::time::interval(SECOND);
    let mut rest = wire::frame(wire::CONTINUATION, 0, 1, &[0; 100]).into_iter();
    soon("the end", async {
        loop {
            tokio::select! {
                frame = client.next() => if frame.is_none() { return },
                _ = beat.tick() => client.send(&[rest.next().unwrap_or_default()]).await,
            }
        }
    })
    .await;
    in_time(start, "headers");
}

/// However large the windows are: the connection has a limit of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_at_all_is_disconnected() {
    const WINDOW_BYTES: u32 = 1 << 30;
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let socket = small_socket(server.address()).await;
    let mut client = Frames::silent_over(socket, &certificate).await;
    let start = Instant::now();
    client
        .start(&[(wire::INITIAL_WINDOW_SIZE, WINDOW_BYTES)])
        .await;
    let window = wire::frame(wire::WINDOW_UPDATE, 0, 0, &WINDOW_BYTES.to_be_bytes());
    client.send(&window).await;
    for stream in 0..50 {
        client.get(2 * stream + 1, "/api/openapi.json").await;
    }
    soon("the end of the connection", async {
        while crate::slow_clients::established(server.address()) > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    in_time(start, "a connection");
    server.drain(client).await;
}

/// As a tab that the browser has put to sleep, beside others.
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_reads_nothing_is_cut_and_its_connection_goes_on() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let mut stalled = client.viewer(LOGS).await;
    stalled.subscribed().await;
    let mut other = client.viewer(LOGS).await;
    other.subscribed().await;
    other.until_count(2).await;
    let start = Instant::now();
    pour(&server, &mut other, LINES).await;
    until_alone(&server, &mut other, async || ()).await;
    assert!(start.elapsed() >= STALLED, "{:?}", start.elapsed());
    // A complete response would hide that the rest is missing.
    assert_eq!(stalled.end().await, End::Cut);
    pour(&server, &mut other, LINES / 10).await;
    server.drain((client, stalled, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_viewer_gets_a_gap_and_the_newest() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let mut slow = client.viewer(LOGS).await;
    slow.subscribed().await;
    let mut other = client.viewer(LOGS).await;
    other.subscribed().await;
    // More than the window and what hyper takes, by far less than ten seconds' worth.
    pour(&server, &mut other, LINES / 16).await;
    let newest = other.chain.newest();
    // Its chain is verified up to the gap, and after it.
    slow.until("a gap", |received| {
        matches!(received.message, Ok(ServerMessage::Gap(_))).then_some(())
    })
    .await;
    while slow.chain.newest() < newest {
        slow.next().await;
    }
    server.drain((client, slow, other)).await;
}

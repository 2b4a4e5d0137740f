//! HTTP/2 over TLS: pages, API and events.

mod floods;
mod hosts;
mod limits;
mod slow;

use crate::slow_viewers::{RING_FRAMES, pour};
use crate::support::account::Credentials;
use crate::support::http2::{Frames, Http2};
use crate::support::{
    Certificate, End, TestServer, Viewer, connect_tls, connect_tls_offering, last, soon,
};
use crate::tls::server;
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use protocol::Stream;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LOGS: &str = "/api/events?streams=logs";

/// A viewer by a WebSocket, over HTTP/1.1.
async fn witness(server: &TestServer, certificate: &Certificate) -> Viewer {
    let socket = connect_tls(server.address(), certificate).await.unwrap();
    let url = format!("wss://localhost:{}/ws", server.address().port());
    let mut viewer = Viewer::open(socket, &url, &Credentials::none()).await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer
}

/// More tabs than a browser has connections over HTTP/1.1.
#[tokio::test(flavor = "multi_thread")]
async fn one_connection_has_pages_the_api_and_many_viewers() {
    const TABS: usize = 12;
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let mut tabs = Vec::new();
    for tab in 1..=TABS {
        let (status, headers, page) = client.get("/api/docs").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-length"], page.len().to_string().as_str());
        assert!(page.starts_with("<!doctype html>"), "{page}");
        let mut viewer = client.viewer(LOGS).await;
        viewer.subscribed().await;
        assert_eq!(viewer.greeting.client_count, tab as u64);
        tabs.push(viewer);
    }
    // A browser opens another connection for a WebSocket.
    let mut socket = witness(&server, &certificate).await;
    for _ in 0..20 {
        pour(&server, &mut socket, RING_FRAMES / 2).await;
        for tab in &mut tabs {
            tab.lines(RING_FRAMES / 2).await;
        }
        let (status, _, document) = client.get("/api/openapi.json").await;
        assert_eq!(status, StatusCode::OK);
        // More than the windows and what hyper takes at once.
        assert!(document.len() > 100_000, "{}", document.len());
    }
    let head = client.request(Method::HEAD, "/api/openapi.json");
    let head = client.send(head).await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert!(head.body().is_end_stream());
    let long = client.request(Method::HEAD, &"/x".repeat(5 << 10));
    let refused = client.send(long).await.unwrap();
    assert_eq!(refused.status(), StatusCode::URI_TOO_LONG);
    assert!(refused.body().is_end_stream(), "it has no body either");
    // Each is a viewer of its own.
    drop(tabs.pop());
    socket.until_count(TABS as u64).await;
    server.drain((tabs, socket, client)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_is_complete_when_the_server_stops() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let mut viewers = Vec::new();
    for _ in 0..10 {
        viewers.push(client.viewer("/api/events/all").await);
    }
    // Neither reads anything, nor answers.
    let mut stuck = Frames::connect(server.address(), &certificate, &[]).await;
    stuck.get(1, "/api/events/all").await;
    let ends = join_all(viewers.iter_mut().map(async |viewer| {
        viewer.until_stopping().await;
        viewer.end().await
    }));
    let ((), ends) = tokio::join!(server.stop(), ends);
    assert!(ends.iter().all(|end| *end == End::Complete), "{ends:?}");
    let refused = client.send(client.request(Method::GET, "/healthz")).await;
    assert!(refused.is_err(), "{refused:?}");
    drop(stuck);
}

/// Without TLS nobody can agree on it.
#[tokio::test(flavor = "multi_thread")]
async fn it_takes_tls() {
    let server = TestServer::in_memory().await;
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    socket.write_all(start).await.unwrap();
    let mut answer = Vec::new();
    let read = soon("the end", socket.read_to_end(&mut answer)).await;
    let is_refused = answer.is_empty() || answer.starts_with(b"HTTP/1.1 400 ");
    assert!(is_refused, "{read:?} {answer:?}");
    server.drain(socket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_chooses_the_version() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    for (offered, expected) in [
        (&[&b"http/1.1"[..]][..], Some(&b"http/1.1"[..])),
        (&[b"http/1.1", b"h2"], Some(b"h2")),
        (&[], None),
    ] {
        let socket = TcpStream::connect(server.address()).await.unwrap();
        let versions = rustls::ALL_VERSIONS;
        let connected = connect_tls_offering(socket, &certificate, versions, offered).await;
        let connected = connected.unwrap();
        assert_eq!(connected.get_ref().1.alpn_protocol(), expected);
    }
    server.drain(()).await;
}

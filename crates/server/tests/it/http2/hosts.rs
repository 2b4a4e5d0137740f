//! What a request is for, and what is no request.

use crate::support::http2::{Frames, Http2, wire};
use crate::support::soon;
use crate::tls::server;
use axum::http::{Method, Request, StatusCode, Version};
use tempfile::TempDir;

const OTHER: &str = "evil.example";

#[tokio::test(flavor = "multi_thread")]
async fn host_and_authority_must_be_the_servers_and_the_same() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let own = client.authority.as_str();
    let (upper, with_user) = (own.to_uppercase(), format!("user@{own}"));
    for (authority, hosts, status) in [
        (Some(own), &[][..], 200),
        (None, &[own], 200),
        (Some(own), &[own], 200),
        (Some(own), &[&upper], 200),
        (None, &[], 400),
        // Names of other sites that resolve to this host (DNS rebinding).
        (Some(OTHER), &[], 421),
        (None, &[OTHER], 421),
        (Some(OTHER), &[OTHER], 421),
        (Some(with_user.as_str()), &[], 421),
        (Some(own), &[OTHER], 400),
        (Some(OTHER), &[own], 400),
        (Some(own), &["localhost"], 400),
        (Some(own), &[""], 400),
        (Some(own), &[own, own], 400),
        (Some(own), &[own, OTHER], 400),
        (None, &[own, OTHER], 400),
    ] {
        let url = match authority {
            Some(authority) => format!("https://{authority}/healthz"),
            None => "/healthz".to_owned(),
        };
        let mut request = Request::builder().uri(url);
        if authority.is_none() {
            // The crate takes no other request without one.
            request = request.version(Version::HTTP_11);
        }
        for host in hosts {
            request = request.header("host", *host);
        }
        let response = client.send(request.body(()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{authority:?} {hosts:?}");
    }
    for (origin, status) in [
        (format!("https://{own}"), 200),
        (format!("http://{OTHER}"), 403),
        (format!("https://{OTHER}"), 403),
    ] {
        let mut request = client.request(Method::GET, "/api/v1/hosts");
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), status, "{origin}");
    }
    server.drain(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_have_the_limits_of_http_1() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let client = Http2::connect(server.address(), &certificate).await;
    let with_headers = |name: &'static str, count: usize, bytes: usize| {
        let mut request = client.request(Method::GET, "/healthz");
        for number in 0..count {
            let value = format!("n{number}={}", "x".repeat(bytes));
            let value = value.parse().unwrap();
            request.headers_mut().append(name, value);
        }
        request
    };
    let long = |bytes: usize| client.request(Method::GET, &format!("/{}", "x".repeat(bytes)));
    for (name, request, status) in [
        ("many headers", with_headers("x-many", 90, 1), 200),
        ("more headers", with_headers("x-many", 101, 1), 431),
        // Browsers send each by itself.
        ("cookies", with_headers("cookie", 200, 50), 200),
        ("a long header", with_headers("x-long", 1, 30_000), 200),
        ("a longer header", with_headers("x-long", 1, 33_000), 431),
        ("long headers", with_headers("x-long", 50, 700), 431),
        ("a long address", long(8_000), 404),
        ("a longer address", long(9_000), 414),
        ("a WebSocket", client.request(Method::GET, "/ws"), 426),
        ("a method", client.request(Method::TRACE, "/healthz"), 405),
    ] {
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        assert!(!response.headers().contains_key("upgrade"), "{name}");
        // Larger ones hyper refuses by itself.
        if status != 431 {
            assert!(response.headers().contains_key("x-request-id"), "{name}");
        }
    }
    let connect = Request::builder().method(Method::CONNECT);
    let connect = connect.uri(&client.authority).body(()).unwrap();
    let response = client.send(connect).await.unwrap();
    assert!(response.status().is_client_error(), "{response:?}");
    assert_eq!(client.get("/healthz").await.0, StatusCode::OK);
    server.drain(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_reset_by_themselves() {
    const PROTOCOL_ERROR: [u8; 4] = [0, 0, 0, 1];
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut client = Frames::connect(server.address(), &certificate, &[]).await;
    let get = wire::request("GET", &client.authority, "/healthz");
    let with = |fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, value)| wire::header(name, value));
        [vec![get.clone()], fields.collect()].concat().concat()
    };
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    let socket = with(&upgrade);
    let cases = [
        socket,
        with(&[("transfer-encoding", "chunked")]),
        with(&[(":authority", "evil.example")]),
        with(&[("x", "y"), (":path", "/")]),
        with(&[("content-length", "5")]),
        with(&[("content-length", "1"), ("content-length", "2")]),
        with(&[(":status", "200")]),
        wire::request("GET", &client.authority, ""),
        wire::request("GET", "a b", "/"),
        [
            wire::request("CONNECT", &client.authority, "/ws"),
            wire::header(":protocol", "websocket"),
        ]
        .concat(),
    ];
    for (head, stream) in cases.iter().zip((1..).step_by(2)) {
        let flags = wire::END_HEADERS | wire::END_STREAM;
        client
            .send(&wire::frame(wire::HEADERS, flags, stream, head))
            .await;
        let shown = String::from_utf8_lossy(head);
        let reset = soon("a reset", async {
            loop {
                let frame = client.next().await;
                let frame = frame.unwrap_or_else(|| panic!("the connection has ended: {shown}"));
                assert_ne!(frame.kind, wire::GOAWAY, "{shown}");
                if frame.stream == stream {
                    return frame;
                }
            }
        })
        .await;
        assert_eq!(reset.kind, wire::RST_STREAM, "{shown}");
        assert_eq!(reset.payload, PROTOCOL_ERROR, "{shown}");
    }
    assert!(soon("an answer", client.is_alive()).await);
    server.drain(client).await;
}

//! Who may open a WebSocket, and how others are refused.

use crate::support::account::{create_token, first_admin};
use crate::support::{RawViewer, TestServer, Viewer, exchange, get, soon};
use websocket::Message;

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_handshake_is_refused_with_the_reason() {
    let server = TestServer::start(|_| ()).await;
    let host = server.address();
    let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let short_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let old = "Sec-WebSocket-Version: 8\r\n";
    let table = [
        (
            "GET",
            "Connection: close\r\n".to_owned(),
            426,
            Some(("Upgrade", "websocket")),
        ),
        ("GET", format!("{upgrade}{version}"), 400, None),
        ("GET", format!("{upgrade}{version}{short_key}"), 400, None),
        (
            "GET",
            format!("{upgrade}{key}{old}"),
            426,
            Some(("Sec-WebSocket-Version", "13")),
        ),
        (
            "GET",
            format!("{upgrade}{key}"),
            426,
            Some(("Sec-WebSocket-Version", "13")),
        ),
        ("POST", format!("{upgrade}{key}{version}"), 405, None),
    ];
    for (method, headers, status, header) in table {
        // A second `Connection` closes the connection after the response.
        let request =
            format!("{method} /ws HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        let answer = exchange(&server, &request).await;
        assert_eq!(answer.status, status, "{request} {answer:?}");
        if let Some((name, value)) = header {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
            assert!(
                answer.body.contains(name),
                "it says what is required: {answer:?}"
            );
        }
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_pages_may_connect() {
    const LOCAL: [&str; 3] = [
        "http://localhost:3000",
        "https://127.0.0.9",
        "http://[::1]:1",
    ];
    let server = TestServer::start(|_| ()).await;
    let own = format!("http://{}", server.address());
    for origin in [own.as_str()].into_iter().chain(LOCAL) {
        let headers = format!("Origin: {origin}\r\n");
        let mut viewer = RawViewer::connect(&server, "/ws", &headers).await;
        assert!(viewer.next_message().await.message.is_ok(), "{origin}");
    }
    server.drain(()).await;

    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await.token;
    let server = server.reconfigured(|config| {
        config.allowed_origins = vec!["https://board.example".into()];
    });
    let server = server.restart().await;
    let own = format!("http://{}", server.address());
    for origin in [own.as_str(), "https://board.example"] {
        let headers = format!("Origin: {origin}\r\nAuthorization: Bearer {token}\r\n");
        let mut viewer = RawViewer::connect(&server, "/ws", &headers).await;
        assert!(viewer.next_message().await.message.is_ok(), "{origin}");
    }
    // Other tests have no `Origin`.

    // With a login, other pages of this machine are those of others.
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
    ]
    .into_iter()
    .chain(LOCAL)
    {
        let headers = format!("Origin: {origin}\r\nAuthorization: Bearer {token}\r\n");
        let mut viewer = RawViewer::connect(&server, "/ws/dashboard", &headers).await;
        let first = viewer.next().await;
        assert!(
            matches!(&first, Some(Message::Close(Some(close)))
                if close.code == 1008 && close.reason.contains("`allowed_origins`")),
            "a foreign page sees nothing but the close frame, not {first:?}"
        );
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_a_file_may_connect_if_configured() {
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let token = create_token(&server, &admin, &["read"]).await.token;
    let server = server.reconfigured(|config| config.allowed_origins = vec!["null".into()]);
    let server = server.restart().await;
    let headers = format!(
        "Origin: null\r\nSec-WebSocket-Protocol: watchroom.v1, watchroom.token.{token}\r\n"
    );
    let mut viewer = RawViewer::connect(&server, "/", &headers).await;
    assert!(viewer.next_message().await.message.is_ok());
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host_header_is_refused() {
    let server = TestServer::start(|config| {
        config.allowed_hosts = vec!["watch.example".into()];
    })
    .await;
    for (path, allowed) in [("/healthz", 200), ("/ws", 401)] {
        let ask = async |host: &str| {
            let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            exchange(&server, &request).await
        };
        for host in ["localhost:1", "127.0.0.1", "[::1]:8765", "watch.example"] {
            assert_eq!(
                ask(&format!("Host: {host}\r\n")).await.status,
                allowed,
                "{host}"
            );
        }
        let answer = ask("Host: rebound.example\r\n").await;
        assert_eq!(answer.status, 421, "{path}");
        assert!(answer.body.contains("rebound.example"), "{answer:?}");
        assert!(
            answer.body.contains("allowed_hosts"),
            "it says what to do: {answer:?}"
        );
        assert_eq!(ask("").await.status, 400, "no name at all");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_viewers_are_refused_until_one_leaves() {
    let server = TestServer::start(|config| config.limits.viewers = 2).await;
    let first = Viewer::connect(&server, "/ws").await;
    let mut second = Viewer::connect(&server, "/ws").await;
    let (_, refused) = RawViewer::ask(&server, "/ws", "").await;
    assert_eq!(refused.status, 503);
    assert!(refused.header("Retry-After").is_some(), "{refused:?}");
    assert!(refused.body.contains("too many viewers"), "{refused:?}");
    assert_eq!(
        get(&server, "/healthz").await.status,
        200,
        "pages are still served"
    );

    drop(first);
    second.until_count(1).await;
    let third = Viewer::connect(&server, "/ws").await;
    assert_eq!(third.greeting.client_count, 2);
    server.drain((second, third)).await;
}

/// In the same packet as the handshake.
#[tokio::test(flavor = "multi_thread")]
async fn frames_sent_with_the_handshake_are_received() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use websocket::{Frame, Opcode};

    let server = TestServer::start(|_| ()).await;
    let host = server.address();
    let mut bytes = format!(
        "GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes();
    let ping = Frame::new(Opcode::Text, br#"{"type":"ping","id":77}"#).masked([1, 2, 3, 4]);
    bytes.extend_from_slice(&ping.encode());
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    socket.write_all(&bytes).await.unwrap();
    let answered = soon("the pong", async {
        let mut received = String::new();
        while !received.contains(r#"{"type":"pong","id":77"#) {
            let mut chunk = [0; 512];
            let length = socket.read(&mut chunk).await.unwrap();
            assert!(length > 0, "{received}");
            received.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
        received
    })
    .await;
    let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert!(
        answered.contains(accept),
        "RFC 6455 section 1.3: {answered}"
    );
    server.drain(socket).await;
}

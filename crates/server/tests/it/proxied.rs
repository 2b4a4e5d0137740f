//! Behind a reverse proxy: whose headers are believed, the PROXY protocol, and a base path.

use crate::support::account::{Credentials, ask};
use crate::support::{RawViewer, TestServer, Viewer, exchange, exposed, last, soon};
use protocol::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CLIENT: &str =
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: board.example\r\n";

/// A server behind one of these proxies, and a token.
async fn server(trusted: &[&str]) -> (TestServer, Credentials) {
    let trusted: Vec<_> = trusted.iter().map(|&it| it.to_owned()).collect();
    exposed(|config| {
        config.trusted_proxies = trusted;
        config.allowed_hosts = vec!["board.example".into()];
        config.limits.viewers_per_address = 1;
    })
    .await
}

async fn status(server: &TestServer, path: &str, headers: &str) -> u16 {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: inner\r\n{headers}Connection: close\r\n\r\n");
    exchange(server, &request).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_and_the_scheme_are_those_that_the_client_used() {
    let (server, Credentials(credentials)) = server(&["127.0.0.0/8"]).await;
    assert_eq!(
        status(&server, "/healthz", "").await,
        421,
        "not the proxy's name"
    );
    assert_eq!(status(&server, "/healthz", CLIENT).await, 200);
    for (origin, expected) in [
        ("https://board.example", 200),
        ("http://board.example", 403),
        ("https://inner", 403),
        ("https://other.example", 403),
    ] {
        let headers = format!("{CLIENT}{credentials}Origin: {origin}\r\n");
        let found = status(&server, "/api/v1/hosts", &headers).await;
        assert_eq!(found, expected, "{origin}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_others_are_ignored() {
    let (server, _) = server(&["192.0.2.99"]).await;
    assert_eq!(status(&server, "/healthz", CLIENT).await, 421);
    let forged = format!("{CLIENT}Forwarded: for=192.0.2.2;host=localhost\r\n");
    assert_eq!(status(&server, "/healthz", &forged).await, 421);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_the_proxy_passes_on_is_refused() {
    let (server, _) = server(&["127.0.0.1"]).await;
    let forged = format!("{CLIENT}Forwarded: for=127.0.0.1\r\n");
    assert_eq!(status(&server, "/healthz", &forged).await, 400);
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_are_limited_by_the_clients_address() {
    let (server, Credentials(credentials)) = server(&["127.0.0.1"]).await;
    let from = |address: &str| format!("X-Forwarded-For: {address}\r\n{credentials}");
    let first = RawViewer::connect(&server, "/ws", &from("192.0.2.1")).await;
    let (_, refused) = RawViewer::ask(&server, "/ws", &from("198.51.100.1, 192.0.2.1")).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    let other = RawViewer::connect(&server, "/ws", &from("192.0.2.2")).await;
    server.drain((first, other)).await;
}

/// A request as it comes from a proxy of TCP connections, for this client.
fn announced(client: &str, headers: &str) -> String {
    format!(
        "PROXY TCP4 {client} 127.0.0.1 4711 80\r\nGET /healthz HTTP/1.1\r\nHost: board.example\r\n\
         {headers}Connection: close\r\n\r\n"
    )
}

async fn with_proxy_protocol(trusted: &str) -> TestServer {
    let (server, _) = exposed(|config| {
        config.trusted_proxies = vec![trusted.into()];
        config.proxy_protocol = true;
        config.allowed_hosts = vec!["board.example".into()];
        config.limits.requests_per_second = 1;
        config.limits.requests_burst = 3;
        config.limits.connections_per_address = 1;
    })
    .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_connections_announces_its_client() {
    let server = with_proxy_protocol("127.0.0.1").await;
    // A second connection of a client is refused while the first is open, those of others are not.
    let mut idle = TcpStream::connect(server.address()).await.unwrap();
    let line = b"PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n";
    idle.write_all(line).await.unwrap();
    soon("the first connection to count", async {
        while exchange(&server, &announced("192.0.2.1", "")).await.status != 503 {}
    })
    .await;
    assert_eq!(
        exchange(&server, &announced("192.0.2.2", "")).await.status,
        200
    );
    drop(idle);
    // So are its requests.
    soon("the limit of requests", async {
        while exchange(&server, &announced("192.0.2.1", "")).await.status != 429 {}
    })
    .await;
    // What the client itself says is not believed: with another address it would not be limited.
    let forged = announced("192.0.2.1", "X-Forwarded-For: 192.0.2.77\r\n");
    soon("a refusal", async {
        while exchange(&server, &forged).await.status != 429 {}
    })
    .await;
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_a_proxy_without_a_valid_header_is_closed() {
    let server = with_proxy_protocol("127.0.0.1").await;
    for start in ["", "PROXY TCP4 192.0.2.1\r\n", "PROXY TCP9 1 2 3 4\r\n"] {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let request = format!("{start}GET /healthz HTTP/1.1\r\nHost: board.example\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ = soon("the end", socket.read_to_end(&mut answer)).await;
        assert!(answer.is_empty(), "{start:?} {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_of_others_is_no_request() {
    let server = with_proxy_protocol("192.0.2.99").await;
    let answer = exchange(&server, &announced("192.0.2.1", "")).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_below_the_base_path() {
    let (server, credentials) = exposed(|config| config.base_path = "/watch".into()).await;
    let get = async |path: &str| ask(&server, &credentials, "GET", path).await;
    for (path, status) in [
        ("/watch/healthz", 200),
        ("/watch/api/v1/hosts", 200),
        ("/watch/api/docs", 200),
        ("/watch/nothing", 404),
        ("/healthz", 404),
        ("/watching/healthz", 404),
        ("/", 404),
    ] {
        let answer = get(path).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert!(answer.header("Content-Security-Policy").is_some(), "{path}");
    }
    assert!(get("/").await.body.contains("/watch/"));
    let document = get("/watch/api/openapi.json").await;
    let servers = r#""servers":[{"url":"/watch"}]"#;
    assert!(document.body.contains(servers), "{document:?}");
    let docs = get("/watch/api/docs").await;
    assert!(docs.body.contains("GET /watch/api/v1/hosts"), "{docs:?}");
    let socket = TcpStream::connect(server.address()).await.unwrap();
    let url = format!("ws://{}/watch/ws", server.address());
    let mut viewer = Viewer::open(socket, &url, &credentials).await;
    viewer.subscribe_to(&[(Stream::Metrics, last(1))]).await;
    viewer.next_position().await;
    let at_root = RawViewer::connect(&server, "/watch", &credentials.0).await;
    server.drain((viewer, at_root)).await;
}

//! Requests that are malformed, too large, too slow, or too many. A viewer beside them loses nothing.

use crate::support::account::{create_token, first_admin};
use crate::support::{Answer, TestServer, Viewer, exchange, exposed, get, last, soon};
use protocol::Stream;
use server::config::Config;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The limit of a head, and that of a body without the least rate.
const TIME_MAX: Duration = Duration::from_secs(10);

/// How much later depends on the machine.
const CUT_WITHIN: Duration = Duration::from_secs(25);

const LINES_AT_ONCE: usize = 20;

async fn server() -> TestServer {
    // Hardly any messages but those of the tests.
    TestServer::start(|config| config.interval_ms = 3_600_000).await
}

async fn witness(server: &TestServer) -> Viewer {
    let mut viewer = Viewer::connect(server, "/ws").await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer
}

/// The result of some work, while the viewer must receive every line.
pub(crate) async fn beside<T>(
    server: &TestServer,
    viewer: &mut Viewer,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        server.log_long_lines(LINES_AT_ONCE);
        viewer.lines(LINES_AT_ONCE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused() {
    let server = server().await;
    let mut viewer = witness(&server).await;
    let host = server.address();
    let many = "X-Many: x\r\n".repeat(200);
    let table = [
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("GET /\r\n\r\n".to_owned(), 400),
        ("GET  / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET /\0 HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost : {host}\r\n\r\n"), 400),
        (
            format!("GET / HTTP/1.1\r\nHost: {host}\r\nNo colon\r\n\r\n"),
            400,
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n"),
            400,
        ),
        (
            format!("POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n"),
            400,
        ),
        (
            format!(
                "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
            ),
            400,
        ),
        (
            format!(
                "POST /api/v1/ingest HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: none\r\n\r\n"
            ),
            400,
        ),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\n{many}\r\n"), 431),
        (
            format!(
                "GET /{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
                "x".repeat(9_000)
            ),
            414,
        ),
        (
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
            400,
        ),
    ];
    let exchanges = async {
        for (request, status) in table {
            let answer = exchange(&server, &request).await;
            let shown: String = request.chars().take(200).collect();
            assert_eq!(answer.status, status, "{shown:?} {answer:?}");
        }
    };
    beside(&server, &mut viewer, exchanges).await;
    server.drain(viewer).await;
}

/// Headers without an end, as fast as the server takes them.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_headers_is_cut() {
    let server = server().await;
    let mut viewer = witness(&server).await;
    let address = server.address();
    let flood = async {
        let start = Instant::now();
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        let mut sent = 0;
        while socket
            .write_all(&b"X-Flood: xxxxxxxxxxxxxxxxxxxx\r\n".repeat(64))
            .await
            .is_ok()
        {
            sent += 1;
            assert!(sent < 100_000, "it takes everything");
        }
        start.elapsed()
    };
    let took = beside(&server, &mut viewer, soon("the end", flood)).await;
    assert!(took < CUT_WITHIN, "{took:?}");
    server.drain(viewer).await;
}

/// Sends a byte a second after the beginning; returns the response, if there was one, and the time to the end.
async fn trickle(
    server: &TestServer,
    beginning: &str,
    rest: &'static [u8],
) -> (Option<Answer>, Duration) {
    let start = Instant::now();
    let socket = TcpStream::connect(server.address()).await.unwrap();
    let (mut receiving, mut sending) = socket.into_split();
    sending.write_all(beginning.as_bytes()).await.unwrap();
    let sender = tokio::spawn(async move {
        for byte in rest.iter().cycle() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if sending.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    // An error is an end, too.
    let _ = soon("the end", receiving.read_to_end(&mut answer)).await;
    sender.abort();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (
        (!answer.is_empty()).then(|| Answer::parse(&answer)),
        start.elapsed(),
    )
}

const ENDPOINTS: [&str; 6] = [
    "GET /",
    "GET /pkg/nothing.js",
    "GET /ws",
    "GET /api/events/all",
    "GET /api/v1/query",
    "POST /api/v1/ingest",
];

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_are_cut() {
    let server = server().await;
    let mut viewer = witness(&server).await;
    let heads = futures_util::future::join_all(ENDPOINTS.map(async |endpoint| {
        let beginning = format!("{endpoint} HTTP/1.1\r\nX-Slow: ");
        (endpoint, trickle(&server, &beginning, b"x").await)
    }));
    for (endpoint, (_, took)) in beside(&server, &mut viewer, heads).await {
        assert!(took >= TIME_MAX && took < CUT_WITHIN, "{endpoint} {took:?}");
    }
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_are_cut() {
    let server = server().await;
    let mut viewer = witness(&server).await;
    let host = server.address();
    let framings = [
        "Content-Length: 100000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n",
    ];
    let requests = ENDPOINTS
        .iter()
        .flat_map(|endpoint| framings.map(|framing| (endpoint, framing)));
    let bodies = futures_util::future::join_all(requests.map(async |(endpoint, framing)| {
        let (_, path) = endpoint.split_once(' ').unwrap();
        let beginning = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{framing}");
        // As chunks: the size of the first, which never comes to its end.
        (path, trickle(&server, &beginning, b"1").await)
    }));
    for (path, (answer, took)) in beside(&server, &mut viewer, bodies).await {
        assert!(took < CUT_WITHIN, "{path} {took:?} {answer:?}");
        let status = answer.map(|answer| answer.status);
        match path {
            "/api/v1/ingest" => assert!(matches!(status, Some(400 | 408)), "{status:?}"),
            _ => assert!(matches!(status, Some(404 | 405)), "{path} {status:?}"),
        }
    }
    server.drain(viewer).await;
}

/// Behind a proxy, so that there are several addresses.
#[tokio::test(flavor = "multi_thread")]
async fn requests_of_an_address_are_limited() {
    let (server, _) = exposed(|config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.limits.requests_per_second = 1;
        config.limits.requests_burst = 5;
    })
    .await;
    let ask = async |client: &str| {
        let request = format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {client}\r\nConnection: close\r\n\r\n"
        );
        exchange(&server, &request).await
    };
    let start = Instant::now();
    let mut refused = None;
    for _ in 0..200 {
        let answer = ask("192.0.2.1").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("200 requests are more than 5 and one a second");
    assert_eq!(
        refused.status,
        429,
        "after {:?}: {refused:?}",
        start.elapsed()
    );
    assert_eq!(refused.header("Retry-After"), Some("1"));
    assert_eq!(refused.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(ask("192.0.2.2").await.status, 200, "another address");
    server.drain(()).await;
}

/// Behind a proxy, so that one account has many addresses.
#[tokio::test(flavor = "multi_thread")]
async fn requests_of_an_account_are_limited() {
    const BURST: usize = 5;
    let server = TestServer::start(|_| ()).await;
    let admin = first_admin(&server).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(create_token(&server, &admin, &["read"]).await.token);
    }
    let limited = |config: &mut Config| {
        config.trusted_proxies = vec!["127.0.0.1".into()];
        config.limits.requests_per_second_per_account = 1;
        config.limits.requests_burst_per_account = BURST as u32;
    };
    let server = server.reconfigured(limited).restart().await;
    let ask = async |client: usize, credential: String| {
        let request = format!(
            "GET /api/v1/series HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.{client}\r\n\
             {credential}Connection: close\r\n\r\n"
        );
        exchange(&server, &request).await
    };
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    let start = Instant::now();
    let (mut served, mut refused) = (0, None);
    for client in 1..200 {
        // Both are the user's.
        let answer = ask(client, bearer(&tokens[client % 2])).await;
        match answer.status {
            200 => served += 1,
            _ => {
                refused = Some(answer);
                break;
            }
        }
    }
    let refused = refused.expect("199 requests are more than the burst and one a second");
    assert_eq!(refused.status, 429, "after {:?}", start.elapsed());
    assert!(served >= BURST, "{served}");
    assert_eq!(refused.header("Retry-After"), Some("1"));
    assert!(
        refused.body.contains("requests_per_second_per_account"),
        "{refused:?}"
    );
    // Whoever has no credential, or a wrong one, is none of its accounts.
    for (credential, status) in [(String::new(), 401), (bearer("wr_wrong"), 401)] {
        assert_eq!(ask(201, credential).await.status, status);
    }
    server.drain(()).await;
}

/// A proxy that nobody told the server about connects from this machine, too.
#[tokio::test(flavor = "multi_thread")]
async fn this_machine_is_exempt_only_while_login_is_off() {
    const REQUESTS: usize = 100;
    let few_requests = |config: &mut Config| {
        config.limits.requests_per_second = 1;
        config.limits.requests_burst = 5;
    };
    let are_limited = async |server: &TestServer| {
        for _ in 0..REQUESTS {
            if get(server, "/healthz").await.status == 429 {
                return true;
            }
        }
        false
    };
    let (with_login, _) = exposed(few_requests).await;
    assert!(are_limited(&with_login).await);
    let without = TestServer::start(few_requests).await;
    assert!(!are_limited(&without).await);
    with_login.drain(()).await;
    without.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_limited() {
    /// With one viewer and its connection.
    const CONNECTIONS_MAX: usize = 1_001;
    server::open_files::allow_most();
    let server = TestServer::start(|config| config.limits.viewers = 1).await;
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        idle.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let answer = get(&server, "/healthz").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    drop(idle);
    soon("a free place", async {
        while get(&server, "/healthz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    server.drain(()).await;
}

//! HTTPS, and WebSockets over TLS.

use crate::command_line::{Running, Workplace};
use crate::slow_viewers::{LINES, RING_FRAMES, STALLED, pour};
use crate::support::account::Credentials;
use crate::support::{
    Answer, Certificate, TestServer, Viewer, connect_tls, connect_tls_with, exchange,
    exchange_over, exposed, last, small_socket, soon,
};
use protocol::Stream;
use rustls::ProtocolVersion;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server with a certificate in a directory.
pub(crate) async fn server(directory: &TempDir) -> (TestServer, Certificate) {
    let certificate = Certificate::make(directory.path());
    let [cert, key] = certificate.paths();
    let server = TestServer::start(|config| {
        // Without users there is no login.
        config.database_url = "memory:".into();
        config.tls_cert = cert;
        config.tls_key = key;
        config.ring.frames = RING_FRAMES;
        // Hardly any messages but those of the tests.
        config.interval_ms = 3_600_000;
    })
    .await;
    (server, certificate)
}

/// The same with a login, and a token.
async fn exposed_server(directory: &TempDir) -> (TestServer, Certificate, Credentials) {
    let certificate = Certificate::make(directory.path());
    let [cert, key] = certificate.paths();
    let (server, credentials) = exposed(|config| {
        config.tls_cert = cert;
        config.tls_key = key;
    })
    .await;
    (server, certificate, credentials)
}

async fn viewer(server: &TestServer, certificate: &Certificate) -> Viewer {
    let socket = connect_tls(server.address(), certificate).await.unwrap();
    viewer_over(socket).await
}

async fn viewer_over(socket: tokio_rustls::client::TlsStream<TcpStream>) -> Viewer {
    let port = socket.get_ref().0.peer_addr().unwrap().port();
    let url = format!("wss://localhost:{port}/ws");
    let mut viewer = Viewer::open(socket, &url, &Credentials::none()).await;
    viewer.subscribe_to(&[(Stream::Logs, last(0))]).await;
    viewer
}

async fn get(server: &TestServer, certificate: &Certificate, path: &str) -> Answer {
    let socket = connect_tls(server.address(), certificate).await.unwrap();
    let port = server.address().port();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    exchange_over(socket, &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_spoken_and_responses_demand_https() {
    let directory = TempDir::new().unwrap();
    let (server, certificate, _) = exposed_server(&directory).await;
    for (version, expected) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let socket = TcpStream::connect(server.address()).await.unwrap();
        let socket = connect_tls_with(socket, &certificate, &[version])
            .await
            .unwrap();
        let session = socket.get_ref().1;
        assert_eq!(session.protocol_version(), Some(expected));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        let request = "GET /healthz HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close\r\n\r\n";
        let answer = exchange_over(socket, request).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
        let demanded = answer.header("Strict-Transport-Security");
        assert_eq!(demanded, Some("max-age=31536000"));
        let of_this_machine = get(&server, &certificate, "/healthz").await;
        let demanded = of_this_machine.header("Strict-Transport-Security");
        assert_eq!(demanded, None, "other servers of localhost may have no TLS");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_request_is_told_to_use_https() {
    let directory = TempDir::new().unwrap();
    let (server, _) = server(&directory).await;
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = exchange(&server, request).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("https://"), "{answer:?}");
    server.drain(()).await;
}

/// A page that was sent without TLS may be anybody's.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_another_scheme_is_foreign() {
    let directory = TempDir::new().unwrap();
    let (server, certificate, Credentials(credentials)) = exposed_server(&directory).await;
    for (origin, status) in [("https://192.0.2.1", 200), ("http://192.0.2.1", 403)] {
        let socket = connect_tls(server.address(), &certificate).await.unwrap();
        let request = format!(
            "GET /api/v1/hosts HTTP/1.1\r\nHost: 192.0.2.1\r\nOrigin: {origin}\r\n{credentials}Connection: close\r\n\r\n"
        );
        let answer = exchange_over(socket, &request).await;
        assert_eq!(answer.status, status, "{origin} {answer:?}");
    }
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_receive_everything_in_both_directions() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut viewers = Vec::new();
    for _ in 0..5 {
        viewers.push(viewer(&server, &certificate).await);
    }
    for round in 0..40_u64 {
        server.log_long_lines(50);
        for viewer in &mut viewers {
            viewer.lines(50).await;
            viewer.ping(round).await;
        }
    }
    server.drain(viewers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_any_size_arrive() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut viewer = viewer(&server, &certificate).await;
    // More than one record, and many messages in one.
    let long = format!(r#"{{"type":"ping","unknown":"{}"}}"#, "x".repeat(30_000));
    for _ in 0..20 {
        viewer.say(&long).await;
        viewer.say(r#"{"type":"ping","id":1}"#).await;
    }
    viewer.ping(2).await;
    server.drain(viewer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_viewer_catches_up_and_affects_nobody() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut witness = viewer(&server, &certificate).await;
    let socket = small_socket(server.address()).await;
    let socket = connect_tls_with(socket, &certificate, rustls::ALL_VERSIONS)
        .await
        .unwrap();
    let mut slow = viewer_over(socket).await;
    pour(&server, &mut witness, LINES).await;
    // Its chain is verified up to the gap, and after it.
    slow.until("a gap", |received| {
        matches!(received.message, Ok(protocol::ServerMessage::Gap(_))).then_some(())
    })
    .await;
    slow.ping(1).await;
    pour(&server, &mut witness, RING_FRAMES).await;
    server.drain((witness, slow)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_reads_nothing_is_closed() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut witness = viewer(&server, &certificate).await;
    let socket = small_socket(server.address()).await;
    let socket = connect_tls_with(socket, &certificate, rustls::ALL_VERSIONS)
        .await
        .unwrap();
    let stalled = viewer_over(socket).await;
    let start = Instant::now();
    pour(&server, &mut witness, LINES).await;
    witness.until_count(2).await;
    witness.until_count(1).await;
    assert!(start.elapsed() > STALLED, "{:?}", start.elapsed());
    server.drain((witness, stalled)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_closes_with_a_code() {
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut viewer = viewer(&server, &certificate).await;
    let ((), code) = tokio::join!(server.stop(), viewer.close_code());
    assert_eq!(code, 1001);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_and_open_connections_stay() {
    let directory = TempDir::new().unwrap();
    let (server, first) = server(&directory).await;
    let mut old = viewer(&server, &first).await;
    let second = Certificate::make(directory.path());
    soon("the new certificate", async {
        while connect_tls(server.address(), &second).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    assert!(connect_tls(server.address(), &first).await.is_err());
    server.log(&["after"]);
    assert_eq!(old.next_line().await, "after");
    // A broken pair changes nothing, also if it is read at once.
    std::fs::write(&second.key, "no key").unwrap();
    server.reload_certificate();
    let mut new = viewer(&server, &second).await;
    server.log(&["still"]);
    assert_eq!(old.next_line().await, "still");
    assert_eq!(new.next_line().await, "still");
    server.drain((old, new)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_send_nothing_keep_nobody_waiting() {
    /// More than one address may have, and more than there once could be at the same time.
    const IDLE: usize = 1_100;
    server::open_files::allow_most();
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let answer = get(&server, &certificate, "/healthz").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let first = idle[0].try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(first, Err(ErrorKind::WouldBlock), "it had to be cut first");
    server.drain(idle).await;
}

/// The session would take 64 KiB of a response, whatever its client takes.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_of_its_responses_is_cut() {
    /// The kernel's own limit is 30 s.
    const CUT_WITHIN: Duration = Duration::from_secs(25);
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let socket = small_socket(server.address()).await;
    let mut socket = connect_tls_with(socket, &certificate, rustls::ALL_VERSIONS)
        .await
        .unwrap();
    // More than the buffers of the connection have room for.
    let host = format!("localhost:{}", server.address().port());
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(50);
    let start = Instant::now();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.flush().await.unwrap();
    soon("the end of the connection", async {
        while crate::slow_clients::established(server.address()) > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    assert!(start.elapsed() < CUT_WITHIN, "{:?}", start.elapsed());
    server.drain(socket).await;
}

/// Neither silence nor a byte a second keeps a handshake open.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_handshake_is_cut() {
    const LIMIT: Duration = Duration::from_secs(10);
    let directory = TempDir::new().unwrap();
    let (server, certificate) = server(&directory).await;
    let mut witness = viewer(&server, &certificate).await;
    let silent = ended(server.address(), &[]);
    // The start of a handshake, and of a record that never ends.
    let slow = ended(server.address(), &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);
    let watched = async {
        for _ in 0..10 {
            pour(&server, &mut witness, RING_FRAMES).await;
        }
    };
    let (silent, slow, ()) = tokio::join!(silent, slow, watched);
    for took in [silent, slow] {
        assert!(took >= LIMIT && took < 3 * LIMIT, "{took:?}");
    }
    server.drain(witness).await;
}

/// How long a connection lasts that sends these bytes, one a second.
async fn ended(address: SocketAddr, bytes: &'static [u8]) -> Duration {
    let start = Instant::now();
    let socket = TcpStream::connect(address).await.unwrap();
    let (mut receiving, mut sending) = socket.into_split();
    let sender = tokio::spawn(async move {
        for byte in bytes.iter().chain(std::iter::repeat(&0)) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !bytes.is_empty() && sending.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    // An error is an end, too.
    let _ = soon("the end", receiving.read_to_end(&mut answer)).await;
    sender.abort();
    start.elapsed()
}

#[test]
fn a_certificate_is_made_and_its_fingerprint_logged() {
    let workplace = Workplace::new();
    let start = || {
        Running::start(&mut workplace.command(&[
            "serve",
            "--demo",
            "--demo-days=0",
            "--listen=127.0.0.1:0",
            "--tls-self-signed=true",
        ]))
    };
    let fingerprint = |log: &str| -> String {
        let (_, after) = log.split_once("fingerprint=\"").expect(log);
        after[..95].to_owned()
    };
    let server = start();
    let address = server.address;
    let health = workplace.run(&["healthcheck", "--url", &format!("https://{address}")]);
    assert!(health.status.success(), "{health:?}");
    let first = server.terminate();
    let line = format!("Watchroom listening on https://{address}\n");
    assert!(first.stdout.starts_with(&line), "{first:?}");
    let second = start().terminate();
    assert_eq!(fingerprint(&first.stderr), fingerprint(&second.stderr));
    let directory = workplace.path().join("data/watchroom/demo");
    assert!(directory.join("self-signed.crt").is_file());
}

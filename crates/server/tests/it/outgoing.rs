//! What the server requests of others, and what it does not.

use crate::support::{TestServer, soon};
use rustls::RootCertStore;
use server::outgoing::{Networks, Outgoing, OutgoingError, OutgoingRequest, OutgoingResponse};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that answers every connection by the given function.
async fn peer<F>(answer: impl Fn(TcpStream, String) -> F + Clone + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4_096];
                let length = socket.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                answer(socket, request).await;
            });
        }
    });
    address
}

/// A server that answers every request with these bytes.
async fn answering(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    peer(move |mut socket, _| {
        let bytes = bytes.clone();
        async move {
            let _ = socket.write_all(&bytes).await;
        }
    })
    .await
}

fn outgoing() -> Outgoing {
    Outgoing::new(SocketAddr::from(([127, 0, 0, 1], 1)))
}

fn request(url: &str) -> OutgoingRequest {
    OutgoingRequest {
        networks: Networks::Private,
        time_max: Duration::from_secs(30),
        ..OutgoingRequest::get(url.parse().unwrap())
    }
}

async fn get(url: &str) -> Result<OutgoingResponse, OutgoingError> {
    soon("a response", outgoing().send(request(url))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_a_response() {
    let address = peer(|mut socket, request| async move {
        let length = request.len();
        let head = format!("HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n{request}");
        let _ = socket.write_all(head.as_bytes()).await;
    })
    .await;
    let mut request = OutgoingRequest {
        networks: Networks::Private,
        ..OutgoingRequest::post(
            format!("http://{address}/hook?a=b").parse().unwrap(),
            "a body".into(),
        )
    };
    request.headers.insert("x-test", "yes".parse().unwrap());
    request
        .headers
        .insert("host", "other.example".parse().unwrap());
    let response = soon("a response", outgoing().send(request)).await.unwrap();
    assert_eq!(response.status.as_u16(), 201);
    let sent = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    assert!(sent.starts_with("post /hook?a=b http/1.1\r\n"), "{sent}");
    for line in [
        format!("host: {address}"),
        "x-test: yes".into(),
        "content-length: 6".into(),
        "connection: close".into(),
    ] {
        assert!(sent.contains(&format!("{line}\r\n")), "{sent}");
    }
    assert!(
        !sent.contains("other.example") && sent.ends_with("a body"),
        "{sent}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let elsewhere = answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let address = answering(redirect).await;
    let response = get(&format!("http://{address}/")).await.unwrap();
    assert_eq!(response.status.as_u16(), 302);
    assert!(response.body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_resolves_to_a_private_address_is_refused() {
    let address = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let port = address.port();
    // The latter are 127.0.0.1, too, as the system reads them.
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "[::ffff:7f00:1]",
    ] {
        let url = format!("http://{host}:{port}/");
        let request = OutgoingRequest::get(url.parse().unwrap());
        let error = soon("a refusal", outgoing().send(request))
            .await
            .unwrap_err();
        let is_refused = matches!(
            error,
            OutgoingError::ForbiddenAddress { .. } | OutgoingError::Unresolved(_)
        );
        assert!(is_refused, "{url}: {error:?}");
    }
    assert!(get(&format!("http://localhost:{port}/")).await.is_ok());
    for url in [
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://[fe80::1]/",
    ] {
        let error = get(url).await.unwrap_err();
        assert!(
            matches!(error, OutgoingError::ForbiddenAddress { .. }),
            "{url}: {error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_listener_is_not_requested() {
    let own = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let request = request(&format!("http://localhost:{}/", own.port()));
    let refused = soon("a refusal", Outgoing::new(own).send(request)).await;
    assert_eq!(refused.unwrap_err(), OutgoingError::OwnListener);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_response_is_cut() {
    let endless = |head: &'static str, piece: Vec<u8>| {
        peer(move |mut socket, _| {
            let piece = piece.clone();
            async move {
                let _ = socket.write_all(head.as_bytes()).await;
                while socket.write_all(&piece).await.is_ok() {}
            }
        })
    };
    let body = endless("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 8_192]).await;
    let too_long = Err(OutgoingError::TooLong(1 << 20));
    let result = get(&format!("http://{body}/")).await;
    assert_eq!(result.map(|_| ()), too_long);
    // Known before it comes.
    let announced = answering("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").await;
    let result = get(&format!("http://{announced}/")).await;
    assert_eq!(result.map(|_| ()), too_long);
    let header = endless("HTTP/1.1 200 OK\r\nx: ", vec![b'x'; 8_192]).await;
    let result = get(&format!("http://{header}/")).await;
    assert_eq!(result.map(|_| ()), Err(OutgoingError::Malformed));
    let headers = endless("HTTP/1.1 200 OK\r\n", b"x: y\r\n".repeat(100)).await;
    let result = get(&format!("http://{headers}/")).await;
    assert_eq!(result.map(|_| ()), Err(OutgoingError::Malformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up() {
    let silent = peer(|socket, _| async move {
        let _open = socket;
        std::future::pending::<()>().await;
    })
    .await;
    let starts = peer(|mut socket, _| async move {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        let _ = socket.write_all(head.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    for address in [silent, starts] {
        let time_max = Duration::from_millis(200);
        let request = OutgoingRequest {
            time_max,
            ..request(&format!("http://{address}/"))
        };
        let result = soon("the end of patience", outgoing().send(request)).await;
        assert_eq!(result.unwrap_err(), OutgoingError::TooSlow(time_max));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_response_is_an_error() {
    for bytes in [
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    ] {
        let address = answering(bytes).await;
        let result = get(&format!("http://{address}/")).await;
        assert_eq!(result.map(|_| ()), Err(OutgoingError::Malformed), "{bytes}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let error = get(&format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error, OutgoingError::Unreachable(address.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked() {
    let server = TestServer::start(|config| config.tls_self_signed = true).await;
    let url = format!("https://localhost:{}/healthz", server.address().port());
    let client = Outgoing::trusting(([127, 0, 0, 1], 1).into(), RootCertStore::empty());
    let error = soon("a refusal", client.send(request(&url)))
        .await
        .unwrap_err();
    assert!(matches!(error, OutgoingError::Tls(..)), "{error:?}");
    server.drain(()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_mans_switch_is_requested_while_all_is_well() {
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let address = peer(move |mut socket, request| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(request);
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nthanks").await;
        }
    })
    .await;
    let url = format!("http://{address}/ping/key");
    let server = TestServer::start(|config| config.alerts.dead_mans_switch_url = url).await;
    let request = soon("a request", requests.recv()).await.unwrap();
    assert!(
        request.starts_with("GET /ping/key HTTP/1.1\r\n"),
        "{request}"
    );
    server.drain(()).await;
}

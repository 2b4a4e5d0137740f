//! `watchroom healthcheck`: for containers and service managers.

mod any_certificate;

use anyhow::{Context, bail};
use axum::http::Uri;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const TIME_MAX: Duration = Duration::from_secs(5);

/// A header of the PROXY protocol for a connection that is for nobody else (`LOCAL` of version 2).
const OWN_CONNECTION: [u8; 16] = *b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// Requests `/healthz` of a server; the error names the problem.
///
/// With the PROXY protocol, the connection says that it is the proxy's own.
pub async fn run(url: &str, has_proxy_protocol: bool) -> anyhow::Result<()> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("read `{url}` as a URL"))?;
    let is_tls = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => bail!("`{url}` is not a URL such as http://127.0.0.1:8765"),
    };
    match tokio::time::timeout(TIME_MAX, request_health(&uri, is_tls, has_proxy_protocol)).await {
        Ok(result) => result.with_context(|| format!("ask {url}")),
        Err(_) => bail!("{url} did not answer within {} s", TIME_MAX.as_secs()),
    }
}

async fn request_health(uri: &Uri, is_tls: bool, has_proxy_protocol: bool) -> anyhow::Result<()> {
    let authority = uri.authority().context("it names no server")?.as_str();
    let host = uri.host().context("it names no server")?;
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let path = uri.path().trim_end_matches('/');
    let request =
        format!("GET {path}/healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let mut socket = TcpStream::connect(format!("{host}:{port}")).await?;
    if has_proxy_protocol {
        socket.write_all(&OWN_CONNECTION).await?;
    }
    let answer = if is_tls {
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let connector = TlsConnector::from(Arc::new(any_certificate::client()));
        let socket = connector
            .connect(ServerName::try_from(host)?, socket)
            .await?;
        exchange(socket, &request).await?
    } else {
        exchange(socket, &request).await?
    };
    let status = answer.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        bail!("the answer is {status:?}");
    }
    Ok(())
}

async fn exchange<S>(mut socket: S, request: &str) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

//! `watchroom healthcheck`: for containers and service managers.

use anyhow::{Context, bail};
use axum::http::Uri;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIME_MAX: Duration = Duration::from_secs(5);

/// Requests `/healthz` of a server; the error names the problem.
pub async fn run(url: &str) -> anyhow::Result<()> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("read `{url}` as a URL"))?;
    if uri.scheme_str() != Some("http") {
        bail!("`{url}` is not an http URL such as http://127.0.0.1:8765");
    }
    let authority = uri
        .authority()
        .with_context(|| format!("`{url}` names no server"))?
        .as_str();
    match tokio::time::timeout(TIME_MAX, request_health(authority)).await {
        Ok(result) => result.with_context(|| format!("ask {url}")),
        Err(_) => bail!("{url} did not answer within {} s", TIME_MAX.as_secs()),
    }
}

async fn request_health(authority: &str) -> anyhow::Result<()> {
    let address = if authority.rfind(':') > authority.rfind(']') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut socket = TcpStream::connect(&address).await?;
    let request =
        format!("GET /healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    let status = String::from_utf8_lossy(&answer);
    let status = status.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        bail!("the answer is {status:?}");
    }
    Ok(())
}

//! As much of an HTTP client as asking a server on loopback takes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// A server that says nothing for so long has failed.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The body of an answer. `url` is what the server printed, `path` what follows it.
pub(super) fn get(url: &str, path: &str) -> Result<String> {
    let mut body = String::new();
    open(url, path)?
        .read_to_string(&mut body)
        .with_context(|| format!("read `{path}`"))?;
    Ok(body)
}

/// The body of an answer, to be read as it comes.
pub(super) fn open(url: &str, path: &str) -> Result<impl Read + use<>> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut socket = TcpStream::connect(host).with_context(|| format!("connect to {host}"))?;
    socket.set_read_timeout(Some(SILENCE_MAX))?;
    // Version 1.0 has the body end with the connection, and no chunks.
    write!(socket, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(
            reader.read_line(&mut head)? > 0,
            "the answer to `{path}` ended early"
        );
    }
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(status == "200", "`{path}` was answered by {status}");
    Ok(reader)
}

/// A value in a query: RFC 3986, 2.1.
pub(super) fn escaped(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let bytes = value.bytes().map(|byte| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_has_a_meaning_in_an_address_is_escaped() {
        assert_eq!(escaped("cpu{a=\"·\"}"), "cpu%7Ba%3D%22%C2%B7%22%7D");
    }
}

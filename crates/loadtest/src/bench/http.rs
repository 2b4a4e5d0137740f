//! A minimal HTTP client for a server on loopback.

use super::servers::Programs;
use anyhow::{Context, Result, ensure};
use protocol::account::{CreatedToken, NewToken, SignIn};
use protocol::api::SeriesList;
use serde::Serialize;
use serde::de::DeserializeOwned;
use socket2::{Domain, Protocol, Socket, Type};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// How long a server may take to send the next bytes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends one request after the other over one connection.
pub(super) struct Client {
    address: SocketAddr,
    /// Where it connects from, if not from where the system chooses.
    source: Option<Ipv4Addr>,
    socket: Option<TcpStream>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, source: Option<Ipv4Addr>) -> Self {
        Self {
            address,
            source,
            socket: None,
        }
    }

    /// The status and the body of the response. After an error, the next request is sent over a new connection.
    pub(super) fn exchange(&mut self, request: &[u8]) -> Result<(u16, String)> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(self.address, self.source)?,
        };
        socket.write_all(request)?;
        let response = read_response(&mut socket)?;
        self.socket = Some(socket);
        Ok(response)
    }
}

/// Connects, from an address of this machine if one is given.
pub(super) fn connect(address: SocketAddr, source: Option<Ipv4Addr>) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if let Some(source) = source {
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect(&address.into())?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    Ok(socket.into())
}

fn read_response(socket: &mut TcpStream) -> Result<(u16, String)> {
    let mut response = Vec::new();
    let mut bytes = [0; 4_096];
    loop {
        let count = socket.read(&mut bytes)?;
        ensure!(count > 0, "the server went away");
        response.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&response);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            let status = head.split(' ').nth(1).context("read the status")?;
            return Ok((status.parse()?, body.to_owned()));
        }
    }
}

/// The body of a response, parsed. `url` is what the server printed, `path` follows it.
pub(super) fn get<T: DeserializeOwned>(url: &str, path: &str) -> Result<T> {
    serde_json::from_reader(open(url, path)?).with_context(|| format!("read `{path}`"))
}

/// The body of a response, to be read as it arrives.
pub(super) fn open(url: &str, path: &str) -> Result<impl Read + use<>> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut socket = TcpStream::connect(host).with_context(|| format!("connect to {host}"))?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    // In HTTP/1.0 the body ends with the connection and is not chunked.
    write!(socket, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(
            reader.read_line(&mut head)? > 0,
            "the response to `{path}` ended early"
        );
    }
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(status == "200", "the response to `{path}` was {status}");
    Ok(reader)
}

/// The name and the password of the user of a server under test.
const USER: &str = "admin";
const PASSWORD: &str = "correct horse battery";

/// A session of the user, by its cookie.
pub(super) struct Session<'a> {
    url: &'a str,
    cookie: String,
}

/// Creates the first user of a server with this folder for its data, and signs in.
pub(super) fn create_admin<'a>(
    programs: &Programs,
    url: &'a str,
    data: &Path,
) -> Result<Session<'a>> {
    let password = data.join("password");
    fs::write(&password, PASSWORD)?;
    programs.run_watchroom(&[
        "user",
        "add",
        USER,
        "--role=admin",
        &format!("--password-file={}", password.display()),
        &format!("--data-dir={}", data.display()),
    ])?;
    let sign_in = SignIn {
        name: USER.to_owned(),
        password: PASSWORD.to_owned(),
        code: None,
    };
    let answer = post(url, "/api/v1/auth/login", "", &sign_in)?;
    let cookie = answer.cookie.context("the response has no cookie")?;
    Ok(Session { url, cookie })
}

impl Session<'_> {
    /// The secret of a new API token with this scope.
    pub(super) fn create_token(&self, scope: &str) -> Result<String> {
        let token = NewToken {
            name: "benchmark".to_owned(),
            scopes: vec![scope.to_owned()],
            expires_days: None,
        };
        let headers = format!("Cookie: {}\r\n", self.cookie);
        let answer = post(self.url, "/api/v1/tokens", &headers, &token)?;
        let created: CreatedToken = serde_json::from_str(&answer.body)?;
        Ok(created.token)
    }
}

struct Answer {
    /// The first one that was set.
    cookie: Option<String>,
    body: String,
}

fn post(url: &str, path: &str, headers: &str, body: &impl Serialize) -> Result<Answer> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut socket = TcpStream::connect(host).with_context(|| format!("connect to {host}"))?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    let body = serde_json::to_string(body)?;
    write!(
        socket,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(
        status.starts_with('2'),
        "the response to `{path}` was {status}: {body}"
    );
    let cookie = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_it = name.eq_ignore_ascii_case("set-cookie");
        is_it.then(|| value.split(';').next().unwrap_or_default().to_owned())
    });
    Ok(Answer {
        cookie,
        body: body.to_owned(),
    })
}

/// The selectors of all series.
pub(super) fn series(url: &str) -> Result<Vec<String>> {
    let SeriesList { series, .. } = get(url, "/api/v1/series")?;
    ensure!(!series.is_empty(), "the server has no series");
    Ok(series.into_iter().map(|it| it.series).collect())
}

/// The parameters `series=…&` of a query.
pub(super) fn series_parameters(series: &[String]) -> String {
    series
        .iter()
        .map(|it| format!("series={}&", percent_encoded(it)))
        .collect()
}

/// RFC 3986 section 2.1.
pub(super) fn percent_encoded(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let bytes = value.bytes().map(|byte| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn reserved_characters_are_percent_encoded() {
        assert_eq!(percent_encoded("cpu{a=\"·\"}"), "cpu%7Ba%3D%22%C2%B7%22%7D");
    }
}

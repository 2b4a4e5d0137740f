use super::viewer::Wire;
use super::{TestServer, soon};
use loadtest::event_stream::Body;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The end of a response's head.
const END: &[u8] = b"\r\n\r\n";

/// A response, with its body unchunked.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Status, headers and body, without these headers.
    pub(crate) fn without_headers(&self, names: &[&str]) -> String {
        let is_other = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            !names.iter().any(|it| it.eq_ignore_ascii_case(name))
        };
        let lines: Vec<_> = self.head.lines().filter(is_other).collect();
        format!("{}\n\n{}", lines.join("\n"), self.body)
    }

    /// The body of a successful response.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
            head: head.into(),
            body: body.into(),
        }
    }

    /// Everything that was received, to the connection's end.
    pub(crate) fn received(mut bytes: Vec<u8>) -> Self {
        let mut parsed = Self::parse(&String::from_utf8_lossy(&bytes));
        if parsed.header("Transfer-Encoding") == Some("chunked") {
            let (start, length) = (parsed.head.len() + END.len(), bytes.len());
            let end = Body::chunked().unwrap_chunks(&mut bytes, start, length);
            parsed.body = String::from_utf8_lossy(&bytes[start..end.unwrap()]).into_owned();
        }
        parsed
    }
}

/// Sends a request as given, and reads the response to the connection's end.
pub(crate) async fn exchange(server: &TestServer, request: &str) -> Answer {
    let connecting = TcpStream::connect(server.address());
    let socket = soon("a connection", connecting).await.unwrap();
    exchange_over(socket, request).await
}

/// The same over any connection.
pub(crate) async fn exchange_over(mut socket: impl Wire, request: &str) -> Answer {
    soon("an answer", async {
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        Answer::received(answer)
    })
    .await
}

/// `GET`, as a browser on this host would.
pub(crate) async fn get(server: &TestServer, path: &str) -> Answer {
    let host = server.address();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    exchange(server, &request).await
}

/// A text in a URL (RFC 3986, section 2.1).
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The response, and the bytes after it.
pub(super) async fn read_answer(socket: &mut TcpStream) -> (Answer, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some(at) = bytes.windows(END.len()).position(|it| it == END) {
            let answer = Answer::parse(&String::from_utf8_lossy(&bytes));
            let body_bytes = answer
                .header("Content-Length")
                .map_or(0, |it| it.parse().unwrap());
            let length = at + END.len() + body_bytes;
            if bytes.len() >= length {
                let unread = bytes.split_off(length);
                return (Answer::parse(&String::from_utf8_lossy(&bytes)), unread);
            }
        }
        let mut chunk = [0; 512];
        let length = socket.read(&mut chunk).await.unwrap();
        assert!(length > 0, "the connection ended before an answer");
        bytes.extend_from_slice(&chunk[..length]);
    }
}

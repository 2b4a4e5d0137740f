use crate::support::PATIENCE;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An answer of the event stream, read as it comes.
pub(crate) struct Response {
    pub(crate) head: String,
    body: BufReader<TcpStream>,
}

/// The sizes of chunks (RFC 9112, 7.1) are lines of their own, which are left out.
pub(crate) async fn get(address: SocketAddr, path: &str, header: Option<&str>) -> Response {
    let header = header.map_or(String::new(), |header| format!("{header}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut body = BufReader::new(socket);
    let head = paragraph(&mut body).await;
    Response { head, body }
}

impl Response {
    /// The next event's lines.
    pub(crate) async fn next_event(&mut self) -> String {
        paragraph(&mut self.body).await
    }
}

/// Lines up to an empty one.
async fn paragraph(body: &mut BufReader<TcpStream>) -> String {
    let mut lines = String::new();
    loop {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, body.read_line(&mut line)).await;
        assert_ne!(read.unwrap().unwrap(), 0, "ended after {lines}");
        let is_size = |line: &str| u32::from_str_radix(line, 16).is_ok();
        match line.trim_end() {
            "" if lines.is_empty() => {}
            "" => return lines,
            line if is_size(line) => {}
            line => lines = lines + line + "\n",
        }
    }
}

//! Clients of HTTP/2: one that behaves, by the crate `h2`, and one that sends whatever frames it is told to.

use super::chained::{ChainedViewer, Source};
use super::event_viewer::End;
use super::soon;
use super::tls::{Certificate, connect_tls_offering};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::Bytes;
use h2::RecvStream;
use h2::client::{Builder, SendRequest};
use loadtest::event_stream::{self, Event};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

const ALPN: &[&[u8]] = &[b"h2", b"http/1.1"];

/// Of all streams, so that one that is not read leaves room for the others.
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;

async fn connect(address: SocketAddr, certificate: &Certificate) -> TlsStream<TcpStream> {
    let socket = soon("a connection", TcpStream::connect(address)).await;
    connect_over(socket.unwrap(), certificate).await
}

async fn connect_over(socket: TcpStream, certificate: &Certificate) -> TlsStream<TcpStream> {
    let versions = rustls::ALL_VERSIONS;
    let connected = connect_tls_offering(socket, certificate, versions, ALPN).await;
    let connected = connected.unwrap();
    let chosen = connected.get_ref().1.alpn_protocol();
    assert_eq!(chosen, Some(&b"h2"[..]));
    connected
}

/// A connection of a client like a browser.
pub(crate) struct Http2 {
    requests: SendRequest<Bytes>,
    pub(crate) authority: String,
}

impl Http2 {
    pub(crate) async fn connect(address: SocketAddr, certificate: &Certificate) -> Self {
        let socket = connect(address, certificate).await;
        let mut builder = Builder::new();
        builder.initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        let (requests, connection) = soon("a handshake", builder.handshake(socket))
            .await
            .unwrap();
        // It ends with the connection, or once nobody has requests any more.
        tokio::spawn(connection);
        Self {
            requests,
            authority: format!("localhost:{}", address.port()),
        }
    }

    /// A request to the server's own name.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request<()> {
        let url = format!("https://{}{path}", self.authority);
        let request = Request::builder().method(method).uri(url);
        request.body(()).unwrap()
    }

    /// Sends a request without a body; an error if its stream was reset.
    pub(crate) async fn send(
        &self,
        request: Request<()>,
    ) -> Result<Response<RecvStream>, h2::Error> {
        soon("a response", async {
            let mut ready = self.requests.clone().ready().await?;
            ready.send_request(request, true)?.0.await
        })
        .await
    }

    /// The same with a body, of which nothing is sent yet.
    pub(crate) async fn send_with_body(
        &self,
        request: Request<()>,
    ) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
        let ready = soon("a free stream", self.requests.clone().ready()).await;
        ready.unwrap().send_request(request, false).unwrap()
    }

    /// Status, headers and body.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, HeaderMap, String) {
        let response = self.send(self.request(Method::GET, path)).await.unwrap();
        let (head, mut body) = response.into_parts();
        let mut received = Vec::new();
        while let Some(data) = soon("a body", body.data()).await {
            let data = data.unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
            received.extend_from_slice(&data);
        }
        let text = String::from_utf8(received).unwrap();
        (head.status, head.headers, text)
    }

    /// A viewer of Server-Sent Events in a stream of this connection.
    pub(crate) async fn viewer(&self, path: &str) -> Http2Viewer {
        let response = self.send(self.request(Method::GET, path)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let events = Http2Events {
            body: response.into_body(),
            unread: Vec::new(),
        };
        Http2Viewer::greeted(events).await
    }
}

/// A viewer of Server-Sent Events over HTTP/2.
pub(crate) type Http2Viewer = ChainedViewer<Http2Events>;

pub(crate) struct Http2Events {
    body: RecvStream,
    unread: Vec<u8>,
}

impl Http2Events {
    async fn next_block(&mut self) -> Result<String, End> {
        loop {
            if let Some(block) = event_stream::next(&self.unread) {
                let block = String::from_utf8(block.to_owned()).unwrap();
                self.unread.drain(..block.len());
                return Ok(block);
            }
            let data = match self.body.data().await {
                None => return Err(End::Complete),
                Some(Err(_)) => return Err(End::Cut),
                Some(Ok(data)) => data,
            };
            // Not once the stream was reset.
            let _ = self.body.flow_control().release_capacity(data.len());
            self.unread.extend_from_slice(&data);
        }
    }
}

impl Source for Http2Events {
    async fn next_text(&mut self) -> String {
        loop {
            let block = self.next_block().await;
            let block = block.unwrap_or_else(|end| panic!("instead of an event came {end:?}"));
            if let Some(data) = Event::parse(&block).data {
                return data.to_owned();
            }
        }
    }
}

impl Http2Viewer {
    /// Reads to the end, and returns its kind.
    pub(crate) async fn end(&mut self) -> End {
        soon("the end of a response", async {
            loop {
                match self.source.next_block().await {
                    Ok(block) => Event::parse(&block).data.map(|data| self.read(data)),
                    Err(end) => return end,
                };
            }
        })
        .await
    }
}

/// Kinds of frames, flags and settings (RFC 9113, section 6).
pub(crate) mod wire {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PUSH_PROMISE: u8 = 5;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;

    pub(crate) const ACK: u8 = 1;
    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;

    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;

    /// A frame as it is sent.
    pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    /// A header, neither indexed nor compressed (RFC 7541, section 6.2.2).
    pub(crate) fn header(name: &str, value: &str) -> Vec<u8> {
        let mut field = vec![0];
        for text in [name, value] {
            field.extend(length(text.len()));
            field.extend(text.as_bytes());
        }
        field
    }

    /// RFC 7541, section 5.1, with a prefix of seven bits.
    pub(crate) fn length(value: usize) -> Vec<u8> {
        const PREFIX: usize = 127;
        if value < PREFIX {
            return vec![value as u8];
        }
        let (mut encoded, mut rest) = (vec![PREFIX as u8], value - PREFIX);
        while rest >= 128 {
            encoded.push(rest as u8 | 128);
            rest >>= 7;
        }
        encoded.push(rest as u8);
        encoded
    }

    /// The headers of a request without others.
    pub(crate) fn request(method: &str, authority: &str, path: &str) -> Vec<u8> {
        let fields = [
            (":method", method),
            (":scheme", "https"),
            (":authority", authority),
            (":path", path),
        ];
        let fields = fields.map(|(name, value)| header(name, value));
        fields.concat()
    }
}

/// A received frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// A client that sends single frames.
pub(crate) struct Frames {
    receiving: Receiving,
    sending: WriteHalf<TlsStream<TcpStream>>,
    pub(crate) authority: String,
}

/// What it receives.
pub(crate) struct Receiving {
    socket: ReadHalf<TlsStream<TcpStream>>,
    unread: Vec<u8>,
}

impl Frames {
    /// Connects, and sends nothing yet.
    pub(crate) async fn silent(address: SocketAddr, certificate: &Certificate) -> Self {
        let socket = soon("a connection", TcpStream::connect(address)).await;
        Self::silent_over(socket.unwrap(), certificate).await
    }

    /// The same over a socket.
    pub(crate) async fn silent_over(socket: TcpStream, certificate: &Certificate) -> Self {
        let port = socket.peer_addr().unwrap().port();
        let socket = connect_over(socket, certificate).await;
        let (socket, sending) = tokio::io::split(socket);
        let unread = Vec::new();
        Self {
            receiving: Receiving { socket, unread },
            sending,
            authority: format!("localhost:{port}"),
        }
    }

    /// Connects with these settings.
    pub(crate) async fn connect(
        address: SocketAddr,
        certificate: &Certificate,
        settings: &[(u16, u32)],
    ) -> Self {
        let mut client = Self::silent(address, certificate).await;
        client.start(settings).await;
        client
    }

    /// Begins with these settings.
    pub(crate) async fn start(&mut self, settings: &[(u16, u32)]) {
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend(name.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        let start = [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            wire::frame(wire::SETTINGS, 0, 0, &payload),
        ];
        self.send(&start.concat()).await;
    }

    /// Sends bytes; an error shows when reading.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.sending.write_all(bytes).await;
        let _ = self.sending.flush().await;
    }

    /// A request in a stream.
    pub(crate) async fn get(&mut self, stream: u32, path: &str) {
        let head = wire::request("GET", &self.authority, path);
        let flags = wire::END_HEADERS | wire::END_STREAM;
        let frame = wire::frame(wire::HEADERS, flags, stream, &head);
        self.send(&frame).await;
    }

    /// The next frame; `None` at the end. Questions whether the client is there are answered.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            let frame = self.receiving.next().await?;
            if frame.kind != wire::PING || frame.flags == wire::ACK {
                return Some(frame);
            }
            let pong = wire::frame(wire::PING, wire::ACK, 0, &frame.payload);
            self.send(&pong).await;
        }
    }

    /// Whether the server still answers in this connection.
    pub(crate) async fn is_alive(&mut self) -> bool {
        let ping = wire::frame(wire::PING, 0, 0, b"an id !!");
        self.send(&ping).await;
        while let Some(frame) = self.next().await {
            if frame.kind == wire::PING {
                return true;
            }
        }
        false
    }

    /// For a sender that does not wait.
    pub(crate) fn split(self) -> (Receiving, WriteHalf<TlsStream<TcpStream>>) {
        (self.receiving, self.sending)
    }
}

impl Receiving {
    /// The next frame; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        const HEAD_BYTES: usize = 9;
        loop {
            if let Some((head, rest)) = self.unread.split_at_checked(HEAD_BYTES) {
                let number = |bytes: &[u8]| {
                    bytes
                        .iter()
                        .fold(0, |all, byte| all << 8 | u32::from(*byte))
                };
                let length = number(&head[..3]) as usize;
                if let Some(payload) = rest.get(..length) {
                    let frame = Frame {
                        kind: head[3],
                        flags: head[4],
                        stream: number(&head[5..]),
                        payload: payload.to_vec(),
                    };
                    self.unread.drain(..HEAD_BYTES + length);
                    return Some(frame);
                }
            }
            match self.socket.read_buf(&mut self.unread).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

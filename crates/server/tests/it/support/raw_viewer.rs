use super::http::read_answer;
use super::{Answer, TestServer, soon};
use bytes::Bytes;
use protocol::{Received, ServerMessage};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use websocket::{Decoder, Frame, Message, Opcode};

/// The size of a read: small, so that a slow viewer is slow.
const READ_BYTES: usize = 2 << 10;

/// Any key: masking protects proxies, not servers.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// The offer of browsers.
pub(crate) fn deflate_offer() -> &'static str {
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
}

/// A viewer with control of each frame, which answers nothing by itself and may send invalid ones.
pub(crate) struct RawViewer {
    socket: TcpStream,
    decoder: Decoder,
    unread: Vec<u8>,
    bytes_received: usize,
}

impl RawViewer {
    /// Upgrades with additional headers.
    pub(crate) async fn connect(server: &TestServer, path: &str, headers: &str) -> Self {
        let (viewer, answer) = Self::ask(server, path, headers).await;
        assert_eq!(answer.status, 101, "{answer:?}");
        viewer
    }

    /// The same, whatever the response.
    pub(crate) async fn ask(server: &TestServer, path: &str, headers: &str) -> (Self, Answer) {
        let address = server.address();
        let socket = TcpSocket::new_v4().unwrap();
        // Small, so that it is soon full.
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let mut socket = soon("a connection", socket.connect(address)).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let (answer, unread) = soon("an answer", read_answer(&mut socket)).await;
        let deflate = answer.header("Sec-WebSocket-Extensions").is_some();
        let viewer = Self {
            socket,
            decoder: Decoder::client()
                .with_deflate(deflate)
                .with_message_bytes_max(1 << 20),
            unread,
            bytes_received: 0,
        };
        (viewer, answer)
    }

    /// Bytes after the handshake.
    pub(crate) fn bytes_received(&self) -> usize {
        self.bytes_received
    }

    /// Sends a whole text message.
    pub(crate) async fn say(&mut self, text: &str) {
        self.send(Frame::new(Opcode::Text, text.as_bytes())).await;
    }

    /// Sends a masked frame.
    pub(crate) async fn send(&mut self, frame: Frame<'_>) {
        let bytes = frame.masked(MASK).encode();
        self.send_bytes(&bytes).await.unwrap();
    }

    /// Sends any bytes; an error if the server has closed the connection.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        soon("a send", self.socket.write_all(bytes)).await
    }

    /// The next message or control frame; `None` once the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        soon("a frame", async {
            loop {
                let mut input = self.unread.as_slice();
                let message = self.decoder.next_message(&mut input).unwrap();
                let rest = input.len();
                self.unread.drain(..self.unread.len() - rest);
                if message.is_some() {
                    return message;
                }
                let mut chunk = [0; READ_BYTES];
                match self.socket.read(&mut chunk).await {
                    Ok(0) | Err(_) => return None,
                    Ok(length) => {
                        self.bytes_received += length;
                        self.unread.extend_from_slice(&chunk[..length]);
                    }
                }
            }
        })
        .await
    }

    /// The next text, which must be a message.
    pub(crate) async fn next_text(&mut self) -> String {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return text,
                Some(Message::Ping(_)) => {}
                other => panic!("instead of a message came {other:?}"),
            }
        }
    }

    /// The next message that is no client count.
    pub(crate) async fn next_message(&mut self) -> Received {
        loop {
            let received = Received::parse(&self.next_text().await);
            if !matches!(received.message, Ok(ServerMessage::ClientCount(_))) {
                return received;
            }
        }
    }

    /// Reads to the end; returns the close frame's code, if there was one.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        let mut code = None;
        while let Some(message) = self.next().await {
            if let Message::Close(reason) = message {
                code = reason.map(|reason| reason.code);
            }
        }
        code
    }

    /// Answers a ping.
    pub(crate) async fn pong(&mut self, payload: &Bytes) {
        self.send(Frame::new(Opcode::Pong, payload)).await;
    }

    /// Resets the connection instead of ending it.
    pub(crate) fn reset(self) {
        let zero = Some(std::time::Duration::ZERO);
        SockRef::from(&self.socket).set_linger(zero).unwrap();
    }
}

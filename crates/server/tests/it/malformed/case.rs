use super::target::Target;
use crate::support::{Answer, soon};
use protocol::{Received, ServerMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use websocket::{Decoder, Message};

/// The name of a header that cases try to have the server send.
pub(super) const INJECTED: &str = "X-Injected";

/// Bytes to send, and the answer that they must get.
pub(super) struct Case {
    pub(super) name: String,
    bytes: Vec<u8>,
    expected: Expected,
}

/// What the server has to do.
enum Expected {
    /// It answers with one of these statuses, once, and closes the connection.
    Status(Vec<u16>),
    /// It closes the connection without an answer.
    Cut,
    /// It closes the WebSocket with this code.
    Close(u16),
    /// It answers with an error, and the WebSocket stays open.
    Error,
}

impl Case {
    pub(super) fn status(name: impl Into<String>, bytes: impl Into<Vec<u8>>, status: u16) -> Self {
        Self::any_of(name, bytes, &[status])
    }

    pub(super) fn any_of(
        name: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
        statuses: &[u16],
    ) -> Self {
        Self::new(name, bytes, Expected::Status(statuses.to_vec()))
    }

    pub(super) fn cut(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(name, bytes, Expected::Cut)
    }

    /// The bytes begin with a handshake.
    pub(super) fn close(name: impl Into<String>, bytes: impl Into<Vec<u8>>, code: u16) -> Self {
        Self::new(name, bytes, Expected::Close(code))
    }

    /// The same.
    pub(super) fn error(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(name, bytes, Expected::Error)
    }

    fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>, expected: Expected) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            expected,
        }
    }

    /// Tries it; an error says what was wrong.
    pub(super) async fn check(&self, target: &Target) -> Result<(), String> {
        let socket = target.connect().await;
        match &self.expected {
            Expected::Status(statuses) => check_answer(&self.answer(socket).await, statuses),
            Expected::Cut => match self.answer(socket).await.as_slice() {
                [] => Ok(()),
                answer => Err(format!("was answered: {}", shown(answer))),
            },
            Expected::Close(code) => self.check_close(socket, *code).await,
            Expected::Error => self.check_error(socket).await,
        }
    }

    /// Everything that the server sends until it closes the connection.
    async fn answer(&self, socket: TcpStream) -> Vec<u8> {
        let (mut receiving, mut sending) = socket.into_split();
        let mut answer = Vec::new();
        soon(&self.name, async {
            // It need not read everything, and may reset the connection after its answer.
            let (_, _) = tokio::join!(
                sending.write_all(&self.bytes),
                receiving.read_to_end(&mut answer)
            );
        })
        .await;
        answer
    }

    async fn check_close(&self, socket: TcpStream, code: u16) -> Result<(), String> {
        let mut messages = Messages::open(socket, &self.bytes, &self.name).await?;
        loop {
            match messages.next().await {
                Some(Message::Close(Some(reason))) if reason.code == code => return Ok(()),
                Some(Message::Text(_) | Message::Ping(_) | Message::Pong(_)) => {}
                other => return Err(format!("instead of {code} came {other:?}")),
            }
        }
    }

    async fn check_error(&self, socket: TcpStream) -> Result<(), String> {
        let mut messages = Messages::open(socket, &self.bytes, &self.name).await?;
        loop {
            match messages.next().await {
                Some(Message::Text(text)) => match Received::parse(&text).message {
                    Ok(ServerMessage::Error(_)) => break,
                    Ok(ServerMessage::Connection(_) | ServerMessage::ClientCount(_)) => {}
                    other => return Err(format!("instead of an error came {other:?}")),
                },
                Some(Message::Ping(_)) => {}
                other => return Err(format!("instead of an error came {other:?}")),
            }
        }
        // A ping with the mask 0.
        let _ = messages.socket.write_all(b"\x89\x82\0\0\0\0hi").await;
        loop {
            match messages.next().await {
                Some(Message::Pong(payload)) if payload.as_ref() == b"hi" => return Ok(()),
                Some(Message::Text(_) | Message::Ping(_)) => {}
                other => return Err(format!("the connection did not stay open: {other:?}")),
            }
        }
    }
}

/// What a server sends over a WebSocket.
struct Messages<'a> {
    socket: TcpStream,
    unread: Vec<u8>,
    decoder: Decoder,
    name: &'a str,
}

impl<'a> Messages<'a> {
    /// Sends everything, and reads the end of the handshake.
    async fn open(mut socket: TcpStream, bytes: &[u8], name: &'a str) -> Result<Self, String> {
        const END: &[u8] = b"\r\n\r\n";
        let mut unread = Vec::new();
        // It may close the connection before it has read everything.
        let _ = soon(name, socket.write_all(bytes)).await;
        let head = loop {
            if let Some(at) = unread.windows(END.len()).position(|it| it == END) {
                break unread.drain(..at + END.len()).collect::<Vec<_>>();
            }
            match soon(name, socket.read_buf(&mut unread)).await {
                Ok(0) | Err(_) => return Err(format!("no handshake: {}", shown(&unread))),
                Ok(_) => {}
            }
        };
        if !head.starts_with(b"HTTP/1.1 101 ") {
            return Err(format!("no handshake: {}", shown(&head)));
        }
        Ok(Self {
            socket,
            unread,
            decoder: Decoder::client()
                .with_deflate(true)
                .with_message_bytes_max(1 << 20),
            name,
        })
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let mut input = self.unread.as_slice();
            let message = self.decoder.next_message(&mut input).unwrap();
            let rest = input.len();
            self.unread.drain(..self.unread.len() - rest);
            if message.is_some() {
                return message;
            }
            match soon(self.name, self.socket.read_buf(&mut self.unread)).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

fn check_answer(bytes: &[u8], statuses: &[u16]) -> Result<(), String> {
    if bytes.is_empty() {
        return Err(format!("no answer instead of {statuses:?}"));
    }
    let text = String::from_utf8_lossy(bytes);
    let answer = Answer::parse(&text);
    if !statuses.contains(&answer.status) {
        let shown = shown(bytes);
        return Err(format!(
            "{} instead of {statuses:?}: {shown}",
            answer.status
        ));
    }
    if text.matches("HTTP/1.1 ").count() > 1 {
        return Err(format!("more than one answer: {}", shown(bytes)));
    }
    if answer.header(INJECTED).is_some() {
        return Err(format!("a header was injected: {}", shown(bytes)));
    }
    if answer.body.contains("root:") {
        return Err("a file of the machine was sent".into());
    }
    let location = answer.header("Location");
    if location.is_some_and(|it| !it.starts_with("/login")) {
        return Err(format!("a redirect to {location:?}"));
    }
    let is_html = answer
        .header("Content-Type")
        .is_some_and(|it| it.starts_with("text/html"));
    if is_html && answer.body.contains("<script>alert") {
        return Err("a script was reflected".into());
    }
    Ok(())
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let start: String = text.chars().take(300).collect();
    format!("{start:?}")
}

use crate::Target;
use crate::frame::{self, Opcode};
use crate::handshake::{self, Response};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long a server may take to accept a WebSocket.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(20);

/// A mask is for proxies, and there is none.
const MASK: [u8; 4] = [0; 4];

/// A viewer that also sends messages, on a thread of its own: for hundreds, not for thousands.
pub struct Talker {
    socket: TcpStream,
    bytes: Vec<u8>,
    /// What precedes it was returned.
    start: usize,
}

impl Talker {
    /// Requests a WebSocket over a new connection.
    pub fn open(socket: TcpStream, target: &Target) -> io::Result<Self> {
        let mut talker = Self {
            socket,
            bytes: Vec::new(),
            start: 0,
        };
        talker
            .socket
            .write_all(&handshake::upgrade(target, false))?;
        let deadline = Instant::now() + HANDSHAKE_TIME_MAX;
        loop {
            match handshake::parse_response(&talker.bytes) {
                Response::Upgraded { length, .. } => {
                    talker.start = length;
                    return Ok(talker);
                }
                Response::Incomplete if talker.read(deadline)? => {}
                Response::Incomplete => return Err(ErrorKind::TimedOut.into()),
                Response::Streaming { .. } => return Err(ErrorKind::InvalidData.into()),
                Response::Refused(why) => return Err(io::Error::other(why)),
            }
        }
    }

    /// Sends a message.
    pub fn send(&mut self, text: &str) -> io::Result<()> {
        let frame = frame::masked(Opcode::Text, text.as_bytes(), MASK);
        self.socket.write_all(&frame)
    }

    /// The next message; none if there is none until then. Pings are answered.
    pub fn receive(&mut self, deadline: Instant) -> io::Result<Option<String>> {
        loop {
            let frame = frame::next(&self.bytes[self.start..]).map_err(io::Error::other)?;
            let Some(frame) = frame else {
                match self.read(deadline)? {
                    true => continue,
                    false => return Ok(None),
                }
            };
            let payload = frame.payload.to_vec();
            self.start += frame.length;
            match frame.opcode {
                Opcode::Text => {
                    let text = String::from_utf8(payload).map_err(io::Error::other)?;
                    return Ok(Some(text));
                }
                Opcode::Ping => {
                    let pong = frame::masked(Opcode::Pong, &payload, MASK);
                    self.socket.write_all(&pong)?;
                }
                Opcode::Close => return Err(ErrorKind::ConnectionAborted.into()),
                Opcode::Binary | Opcode::Pong => {}
            }
        }
    }

    /// Reads more bytes; false if there are none until then.
    fn read(&mut self, deadline: Instant) -> io::Result<bool> {
        self.bytes.drain(..self.start);
        self.start = 0;
        let rest = deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Ok(false);
        }
        self.socket.set_read_timeout(Some(rest))?;
        let mut bytes = [0; 16 << 10];
        match self.socket.read(&mut bytes) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.bytes.extend_from_slice(&bytes[..count]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

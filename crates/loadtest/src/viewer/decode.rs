//! Decodes a socket's bytes into whole messages.

use super::receive::Delivery;
use super::{Link, Role, Shared, Stage, Viewer};
use crate::event_stream::{self, Body};
use crate::frame::{self, Opcode};
use crate::handshake::{self, Response};
use crate::message_cache::Encoding;
use crate::tally::Disconnect;
use std::io::{ErrorKind, Read};
use std::time::{SystemTime, UNIX_EPOCH};

/// Watchroom sends no message larger than this.
const BUFFER_BYTES_MAX: usize = 16 << 20;

/// How far a buffer was decoded.
struct Decoded {
    consumed: usize,
    /// Where its text ends, which is earlier once chunk sizes are removed.
    filled: usize,
}

impl Viewer {
    /// Reads up to `limit` bytes. After a short read the socket is empty and becomes readable again by
    /// itself (epoll(7), question 9), unless it has `ended`.
    pub(crate) fn on_readable(
        &mut self,
        shared: &mut Shared<'_>,
        limit: usize,
        ended: bool,
    ) -> Result<(), Disconnect> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        let mut left = limit;
        while left > 0 && link.stage != Stage::Connecting {
            // Taken out for one read, since parsing borrows the rest of `shared`.
            let mut buffer = std::mem::take(&mut shared.buffer);
            let outcome = self.read_once(&mut link, &mut buffer, shared, left);
            shared.buffer = buffer;
            let Some((read, room)) = outcome? else {
                break;
            };
            left -= read;
            if read < room && !ended {
                break;
            }
        }
        self.link = Some(link);
        Ok(())
    }

    /// Returns how many bytes were read and for how many there was room.
    fn read_once(
        &mut self,
        link: &mut Link,
        buffer: &mut Vec<u8>,
        shared: &mut Shared<'_>,
        limit: usize,
    ) -> Result<Option<(usize, usize)>, Disconnect> {
        let start = link.partial.len();
        if start > buffer.len() / 2 {
            if start > BUFFER_BYTES_MAX {
                return Err(Disconnect::Broken("a message without end".into()));
            }
            buffer.resize(buffer.len() * 2, 0);
        }
        let end = buffer.len().min(start.saturating_add(limit));
        let read = match link.wire.read(&mut buffer[start..end]) {
            Ok(0) => return Err(Disconnect::Eof),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Some((0, 0))),
            Err(error) => return Err(error.into()),
        };
        if shared.tally.measuring {
            shared.tally.report.bytes += read as u64;
        }
        buffer[..start].copy_from_slice(&link.partial);
        let mut filled = start + read;
        if link.stage == Stage::Events {
            filled = unwrap_chunks(link, buffer, start, filled)?;
        }
        let decoded = self.decode(link, &mut buffer[..filled], shared)?;
        let filled = decoded.filled;
        link.partial.clear();
        link.partial
            .extend_from_slice(&buffer[decoded.consumed..filled]);
        if link.partial.is_empty() && link.partial.capacity() > 4_096 {
            link.partial = Vec::new();
        }
        Ok(Some((read, end - start)))
    }

    /// Handles the whole messages at the start of `bytes`.
    fn decode(
        &mut self,
        link: &mut Link,
        bytes: &mut [u8],
        shared: &mut Shared<'_>,
    ) -> Result<Decoded, Disconnect> {
        let mut decoded = Decoded {
            consumed: 0,
            filled: bytes.len(),
        };
        if !link.is_ready() {
            match handshake::parse_response(bytes) {
                Response::Incomplete => return Ok(decoded),
                Response::Refused(what) => return Err(Disconnect::Refused(what)),
                Response::Upgraded { length, .. } => {
                    link.stage = Stage::WebSocket;
                    decoded.consumed = length;
                }
                Response::Streaming { chunked, length } => {
                    link.stage = Stage::Events;
                    link.body = if chunked {
                        Body::chunked()
                    } else {
                        Body::Plain
                    };
                    decoded.consumed = length;
                    decoded.filled = unwrap_chunks(link, bytes, length, bytes.len())?;
                }
            }
            self.on_handshake(link, shared)?;
        }
        if self.role == Role::Stalled {
            // It never reads again, and ignores what arrived with the handshake.
            decoded.consumed = decoded.filled;
            return Ok(decoded);
        }
        let received_unix_us = unix_us();
        while decoded.consumed < decoded.filled {
            let rest = &bytes[decoded.consumed..decoded.filled];
            let length = if link.stage == Stage::Events {
                let Some(event) = event_stream::next(rest) else {
                    break;
                };
                let message = shared.messages.parse(Encoding::Event, event);
                let delivery = Delivery {
                    message,
                    received_unix_us,
                    plan: shared.plan,
                };
                self.receive(link, &delivery, &mut shared.tally)?;
                event.len()
            } else {
                let broken = |error: frame::BadFrame| Disconnect::Broken(error.to_string());
                let Some(frame) = frame::next(rest).map_err(broken)? else {
                    break;
                };
                self.on_frame(link, &frame, received_unix_us, shared)?;
                frame.length
            };
            decoded.consumed += length;
        }
        Ok(decoded)
    }

    fn on_frame(
        &mut self,
        link: &mut Link,
        frame: &frame::Frame<'_>,
        received_unix_us: i64,
        shared: &mut Shared<'_>,
    ) -> Result<(), Disconnect> {
        match frame.opcode {
            Opcode::Text => {
                let encoding = if frame.deflated {
                    Encoding::Deflated
                } else {
                    Encoding::Text
                };
                let delivery = Delivery {
                    message: shared.messages.parse(encoding, frame.payload),
                    received_unix_us,
                    plan: shared.plan,
                };
                self.receive(link, &delivery, &mut shared.tally)
            }
            Opcode::Ping => {
                let pong = frame::masked(Opcode::Pong, frame.payload, shared.random.mask());
                link.send(&pong)
            }
            Opcode::Close => {
                // RFC 6455 section 5.5.1 requires a reply, which may be lost.
                let reply = frame::masked(Opcode::Close, frame.payload, shared.random.mask());
                let _ = link.send(&reply);
                let code = frame.payload.first_chunk();
                // Section 7.1.5: 1005 means a close frame without a code.
                Err(Disconnect::Closed(
                    code.map_or(1_005, |code| u16::from_be_bytes(*code)),
                ))
            }
            Opcode::Pong => Ok(()),
            Opcode::Binary => Err(Disconnect::Broken("a binary message".into())),
        }
    }
}

fn unwrap_chunks(
    link: &mut Link,
    buffer: &mut [u8],
    from: usize,
    to: usize,
) -> Result<usize, Disconnect> {
    let end = link
        .body
        .unwrap_chunks(buffer, from, to)
        .map_err(|error| Disconnect::Broken(error.to_string()))?;
    if link.body == Body::Ended && end == from {
        return Err(Disconnect::Eof);
    }
    Ok(end)
}

fn unix_us() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as i64)
}

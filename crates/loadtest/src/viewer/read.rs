//! From a socket's bytes to whole messages.

use super::hear::Heard;
use super::{Link, Role, Shared, Stage, Viewer};
use crate::event_stream::{self, Body};
use crate::frame::{self, Opcode};
use crate::handshake::{self, Answer};
use crate::messages::Encoding;
use crate::tally::End;
use std::io::{ErrorKind, Read};
use std::time::{SystemTime, UNIX_EPOCH};

/// A message that does not fit into this is none of Watchroom's.
const BUFFER_BYTES_MAX: usize = 16 << 20;

/// How far a buffer was used.
struct Taken {
    consumed: usize,
    /// Where its text ends, which is earlier once chunk sizes are out.
    filled: usize,
}

impl Viewer {
    /// Reads what there is, at most `limit` bytes of it. After a short read the socket is empty and
    /// says so by itself when it no longer is (epoll(7), question 9), unless it has `ended`.
    pub(crate) fn readable(
        &mut self,
        shared: &mut Shared<'_>,
        limit: usize,
        ended: bool,
    ) -> Result<(), End> {
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        let mut left = limit;
        while left > 0 && link.stage != Stage::Connecting {
            // Lent for the time of one read, since parsing borrows the rest of what is shared.
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
    ) -> Result<Option<(usize, usize)>, End> {
        let start = link.kept.len();
        if start > buffer.len() / 2 {
            if start > BUFFER_BYTES_MAX {
                return Err(End::Broken("a message without end".into()));
            }
            buffer.resize(buffer.len() * 2, 0);
        }
        let end = buffer.len().min(start.saturating_add(limit));
        let read = match link.socket.read(&mut buffer[start..end]) {
            Ok(0) => return Err(End::Eof),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Some((0, 0))),
            Err(error) => return Err(error.into()),
        };
        if shared.tally.measuring {
            shared.tally.bytes += read as u64;
        }
        buffer[..start].copy_from_slice(&link.kept);
        let mut filled = start + read;
        if link.stage == Stage::Events {
            filled = unwrap_chunks(link, buffer, start, filled)?;
        }
        let taken = self.take(link, &mut buffer[..filled], shared)?;
        let filled = taken.filled;
        link.kept.clear();
        link.kept.extend_from_slice(&buffer[taken.consumed..filled]);
        if link.kept.is_empty() && link.kept.capacity() > 4_096 {
            link.kept = Vec::new();
        }
        Ok(Some((read, end - start)))
    }

    /// Takes whole messages off the front of `bytes`.
    fn take(
        &mut self,
        link: &mut Link,
        bytes: &mut [u8],
        shared: &mut Shared<'_>,
    ) -> Result<Taken, End> {
        let mut taken = Taken {
            consumed: 0,
            filled: bytes.len(),
        };
        if !link.is_ready() {
            match handshake::answer(bytes) {
                Answer::Incomplete => return Ok(taken),
                Answer::Refused(what) => return Err(End::Refused(what)),
                Answer::Upgraded { length, .. } => {
                    link.stage = Stage::WebSocket;
                    taken.consumed = length;
                }
                Answer::Streaming { chunked, length } => {
                    link.stage = Stage::Events;
                    link.body = if chunked {
                        Body::chunked()
                    } else {
                        Body::Plain
                    };
                    taken.consumed = length;
                    taken.filled = unwrap_chunks(link, bytes, length, bytes.len())?;
                }
            }
            self.ready(link, shared)?;
        }
        if self.role == Role::Stalled {
            // It never reads again; what came with the handshake is not looked at either.
            taken.consumed = taken.filled;
            return Ok(taken);
        }
        let received_unix_us = unix_us();
        while taken.consumed < taken.filled {
            let rest = &bytes[taken.consumed..taken.filled];
            let length = if link.stage == Stage::Events {
                let Some(event) = event_stream::next(rest) else {
                    break;
                };
                let said = shared.messages.read(Encoding::Event, event);
                let heard = Heard {
                    said,
                    received_unix_us,
                    plan: shared.plan,
                };
                self.hear(link, &heard, &mut shared.tally)?;
                event.len()
            } else {
                let broken = |error: frame::BadFrame| End::Broken(error.to_string());
                let Some(frame) = frame::next(rest).map_err(broken)? else {
                    break;
                };
                self.take_frame(link, &frame, received_unix_us, shared)?;
                frame.length
            };
            taken.consumed += length;
        }
        Ok(taken)
    }

    fn take_frame(
        &mut self,
        link: &mut Link,
        frame: &frame::Frame<'_>,
        received_unix_us: i64,
        shared: &mut Shared<'_>,
    ) -> Result<(), End> {
        match frame.opcode {
            Opcode::Text => {
                let encoding = if frame.deflated {
                    Encoding::Deflated
                } else {
                    Encoding::Text
                };
                let heard = Heard {
                    said: shared.messages.read(encoding, frame.payload),
                    received_unix_us,
                    plan: shared.plan,
                };
                self.hear(link, &heard, &mut shared.tally)
            }
            Opcode::Ping => {
                let pong = frame::masked(Opcode::Pong, frame.payload, shared.random.mask());
                link.send(&pong)
            }
            Opcode::Close => {
                // Answered as RFC 6455 section 5.5.1 asks; whether it arrives is not our concern.
                let answer = frame::masked(Opcode::Close, frame.payload, shared.random.mask());
                let _ = link.send(&answer);
                let code = frame.payload.first_chunk();
                // Section 7.1.5: 1005 stands for a close frame without a code.
                Err(End::Closed(
                    code.map_or(1_005, |code| u16::from_be_bytes(*code)),
                ))
            }
            Opcode::Pong => Ok(()),
            Opcode::Binary => Err(End::Broken("a binary message".into())),
        }
    }
}

fn unwrap_chunks(link: &mut Link, buffer: &mut [u8], from: usize, to: usize) -> Result<usize, End> {
    let end = link
        .body
        .unwrap_chunks(buffer, from, to)
        .map_err(|error| End::Broken(error.to_string()))?;
    if link.body == Body::Ended && end == from {
        return Err(End::Eof);
    }
    Ok(end)
}

fn unix_us() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as i64)
}

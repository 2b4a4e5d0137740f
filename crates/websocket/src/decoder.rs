//! A peer's byte stream, turned into messages.
//!
//! [`Decoder::next_message`] is the loop: header, admission, payload, end of frame. What may come
//! next is decided in `admit`; how a message's bytes are gathered, bounded and checked is in
//! `assembly`.

mod assembly;
mod header_buffer;

use crate::{CloseReason, FrameHeader, Message, Opcode, Violation, mask};
use assembly::{Assembly, gather};
use bytes::Bytes;
use header_buffer::HeaderBuffer;

/// The default limit of a message.
pub const MESSAGE_BYTES_MAX_DEFAULT: usize = 64 << 10;

/// Which end of the connection decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Every frame must be masked.
    Server,
    /// No frame may be masked.
    Client,
}

/// Decodes one direction of one connection. Idle, it owns no heap and is at most 128 bytes.
///
/// ```
/// use websocket::{Decoder, Message, text_frame};
///
/// let stream = [text_frame(b"one"), text_frame(b"two")].concat();
/// let mut input = stream.as_slice();
/// let mut decoder = Decoder::client();
/// while let Some(message) = decoder.next_message(&mut input)? {
///     assert!(matches!(message, Message::Text(_)));
/// }
/// # Ok::<(), websocket::Violation>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    deflate: bool,
    message_bytes_max: usize,

    phase: Phase,
    header: HeaderBuffer,
    frame: Option<IncomingFrame>,
    message: Option<Assembly>,
    /// The payload of an incomplete control frame, which may interrupt a fragmented message.
    control: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Open,
    /// The peer's close frame came: what follows means nothing (RFC 6455 section 5.5.1).
    Closed,
    Failed(Violation),
}

/// A frame whose header was accepted and whose payload is incomplete.
#[derive(Debug, Clone, Copy)]
struct IncomingFrame {
    opcode: Opcode,
    fin: bool,
    /// Rotated so that its first byte is for the next byte of payload.
    mask: Option<[u8; 4]>,
    bytes_missing: usize,
}

impl Decoder {
    /// A decoder of what the peer of this role sends, without permessage-deflate.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            deflate: false,
            message_bytes_max: MESSAGE_BYTES_MAX_DEFAULT,
            phase: Phase::Open,
            header: HeaderBuffer::default(),
            frame: None,
            message: None,
            control: Vec::new(),
        }
    }

    /// A decoder of a client's frames.
    pub fn server() -> Self {
        Self::new(Role::Server)
    }

    /// A decoder of a server's frames.
    pub fn client() -> Self {
        Self::new(Role::Client)
    }

    /// Whether permessage-deflate was negotiated, without context takeover by the peer.
    #[must_use]
    pub fn with_deflate(mut self, deflate: bool) -> Self {
        self.deflate = deflate;
        self
    }

    /// The largest message accepted, in bytes after inflation.
    #[must_use]
    pub fn with_message_bytes_max(mut self, message_bytes_max: usize) -> Self {
        self.message_bytes_max = message_bytes_max;
        self
    }

    /// Reads up to the end of the next message, and takes what it read off the front of `input`.
    ///
    /// `None` means that all of `input` was read, so call it until then. After a close frame
    /// everything is read and discarded; after a violation every call returns that violation and
    /// reads nothing.
    pub fn next_message(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Violation> {
        match self.phase {
            Phase::Open => {}
            Phase::Closed => {
                *input = &[];
                return Ok(None);
            }
            Phase::Failed(violation) => return Err(violation),
        }
        let result = self.advance(input);
        match &result {
            Ok(Some(Message::Close(_))) => self.end(Phase::Closed),
            Ok(_) => {}
            Err(violation) => self.end(Phase::Failed(*violation)),
        }
        result
    }

    /// Whether it is between two messages, and so equal to a new one: a connection need not keep it.
    pub fn is_idle(&self) -> bool {
        let is_between_frames = self.header.is_empty() && self.frame.is_none();
        matches!(self.phase, Phase::Open) && is_between_frames && self.message.is_none()
    }

    /// The heap that an unfinished message takes at the moment, in bytes: never more than the
    /// limit, or 5/4 of it if the message is compressed, and some 200 bytes.
    pub fn bytes_held(&self) -> usize {
        self.control.capacity() + self.message.as_ref().map_or(0, Assembly::bytes_held)
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.message = None;
        self.control = Vec::new();
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Violation> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.header.fill(input)? {
                    Some(header) => self.admit(&header)?,
                    None => return Ok(None),
                },
            };
            self.take_payload(&mut frame, input)?;
            if frame.bytes_missing > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(message) = self.finish(frame)? {
                return Ok(Some(message));
            }
        }
    }

    /// Decides from the header alone whether the frame is valid now, before any payload is stored.
    fn admit(&mut self, header: &FrameHeader) -> Result<IncomingFrame, Violation> {
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(Violation::Unmasked),
            (Role::Client, Some(_)) => return Err(Violation::Masked),
            _ => {}
        }
        match (header.opcode, &self.message) {
            (Opcode::Continuation, None) => return Err(Violation::NothingToContinue),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(Violation::Interrupted),
            _ => {}
        }

        let begins_message = matches!(header.opcode, Opcode::Text | Opcode::Binary);
        if header.rsv1 && !(begins_message && self.deflate) {
            return Err(Violation::ReservedBits);
        }
        if begins_message {
            let is_text = header.opcode == Opcode::Text;
            self.message = Some(Assembly::new(is_text, header.rsv1));
        }
        if let Some(message) = &self.message
            && !header.opcode.is_control()
            && header.payload_len > message.room(self.message_bytes_max) as u64
        {
            return Err(Violation::TooBig(self.message_bytes_max));
        }
        Ok(IncomingFrame {
            opcode: header.opcode,
            fin: header.fin,
            mask: header.mask,
            bytes_missing: header.payload_len as usize,
        })
    }

    fn take_payload(
        &mut self,
        frame: &mut IncomingFrame,
        input: &mut &[u8],
    ) -> Result<(), Violation> {
        let (chunk, rest) = input.split_at(input.len().min(frame.bytes_missing));
        *input = rest;
        match &mut self.message {
            Some(message) if !frame.opcode.is_control() => {
                let bytes_expected = if frame.fin {
                    frame.bytes_missing
                } else {
                    message.room(self.message_bytes_max)
                };
                message.gather(chunk, frame.mask, bytes_expected);
                let complete = frame.fin && chunk.len() == frame.bytes_missing;
                if !complete {
                    message.check_so_far()?;
                }
            }
            _ => gather(&mut self.control, chunk, frame.mask, frame.bytes_missing),
        }
        frame.bytes_missing -= chunk.len();
        frame.mask = frame.mask.map(|key| mask::advance(key, chunk.len()));
        Ok(())
    }

    /// The message that the frame completes, if it does.
    fn finish(&mut self, frame: IncomingFrame) -> Result<Option<Message>, Violation> {
        if frame.opcode.is_control() {
            let payload = std::mem::take(&mut self.control);
            return Ok(Some(match frame.opcode {
                Opcode::Ping => Message::Ping(Bytes::from(payload)),
                Opcode::Pong => Message::Pong(Bytes::from(payload)),
                _ => Message::Close(CloseReason::parse(&payload)?),
            }));
        }
        match self.message.take_if(|_| frame.fin) {
            Some(message) => message.finish(self.message_bytes_max).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;

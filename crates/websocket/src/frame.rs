//! Frames ready for the socket.
//!
//! A server's whole frames are the functions below; [`Frame`] is for everything else: fragments,
//! and the masked frames of a client.

use crate::header::{CONTROL_PAYLOAD_BYTES_MAX, FrameHeader, Opcode};
use crate::{Deflater, close, mask};
use bytes::{Bytes, BytesMut};

/// A server's text message. The payload must be UTF-8, which is not checked: a message is
/// serialised by ourselves, and encoded once for all viewers.
pub fn text_frame(payload: &[u8]) -> Bytes {
    Frame::new(Opcode::Text, payload).encode()
}

/// A server's text message for the peers that negotiated permessage-deflate: compressed, or plain
/// where compression would not make it shorter (RFC 7692 section 6 leaves that to the sender).
pub fn deflated_text_frame(deflater: &mut Deflater, payload: &[u8]) -> Bytes {
    let deflated = deflater.deflate(payload);
    if deflated.len() < payload.len() {
        Frame::new(Opcode::Text, deflated).deflated().encode()
    } else {
        text_frame(payload)
    }
}

/// A server's binary message.
pub fn binary_frame(payload: &[u8]) -> Bytes {
    Frame::new(Opcode::Binary, payload).encode()
}

/// A server's ping, with at most 125 bytes that the pong repeats.
pub fn ping_frame(payload: &[u8]) -> Bytes {
    Frame::new(Opcode::Ping, payload).encode()
}

/// A server's answer to a ping, with the ping's payload.
pub fn pong_frame(payload: &[u8]) -> Bytes {
    Frame::new(Opcode::Pong, payload).encode()
}

/// A server's last frame. The reason is cut to what fits, 123 bytes.
pub fn close_frame(code: u16, reason: &str) -> Bytes {
    Frame::new(Opcode::Close, &close::payload(code, reason)).encode()
}

/// A frame of any kind.
///
/// ```
/// use websocket::{Frame, Opcode};
///
/// let first = Frame::new(Opcode::Text, b"Hel").unfinished().masked([1, 2, 3, 4]).encode();
/// let last = Frame::new(Opcode::Continuation, b"lo").masked([5, 6, 7, 8]).encode();
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Frame<'a> {
    header: FrameHeader,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// A server's whole message: unfragmented, not deflated, not masked.
    pub fn new(opcode: Opcode, payload: &'a [u8]) -> Self {
        debug_assert!(!opcode.is_control() || payload.len() <= CONTROL_PAYLOAD_BYTES_MAX);
        let header = FrameHeader {
            fin: true,
            rsv1: false,
            opcode,
            mask: None,
            payload_len: payload.len() as u64,
        };
        Self { header, payload }
    }

    /// More frames of this message follow.
    pub fn unfinished(mut self) -> Self {
        self.header.fin = false;
        self
    }

    /// The payload is (the first part of) a [`Deflater`]'s output.
    pub fn deflated(mut self) -> Self {
        self.header.rsv1 = true;
        self
    }

    /// As a client must send it. The key should be unpredictable (RFC 6455 section 5.3).
    pub fn masked(mut self, key: [u8; 4]) -> Self {
        self.header.mask = Some(key);
        self
    }

    /// Header and payload as one piece.
    pub fn encode(&self) -> Bytes {
        let payload_start = self.header.encoded_len();
        let mut frame = BytesMut::with_capacity(payload_start + self.payload.len());
        self.header.write_to(&mut frame);
        frame.extend_from_slice(self.payload);
        if let Some(key) = self.header.mask {
            mask::apply(&mut frame[payload_start..], key);
        }
        frame.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 6455 section 5.7.
        #[track_caller]
        fn check(frame: &Bytes, expected: &[u8]) {
            assert_eq!(frame.as_ref(), expected);
        }

        check(&text_frame(b"Hello"), b"\x81\x05Hello");
        check(
            &Frame::new(Opcode::Text, b"Hello")
                .masked([0x37, 0xfa, 0x21, 0x3d])
                .encode(),
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        );
        check(
            &Frame::new(Opcode::Text, b"Hel").unfinished().encode(),
            b"\x01\x03Hel",
        );
        check(
            &Frame::new(Opcode::Continuation, b"lo").encode(),
            b"\x80\x02lo",
        );
        check(&ping_frame(b"Hello"), b"\x89\x05Hello");
        check(&pong_frame(b""), b"\x8a\x00");
        check(&binary_frame(&[0; 256]).slice(..4), b"\x82\x7E\x01\x00");
        check(
            &binary_frame(&vec![0; 65_536]).slice(..10),
            b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00",
        );
        check(&close_frame(1001, "bye"), b"\x88\x05\x03\xe9bye");
    }

    #[test]
    fn deflated_only_where_it_pays() {
        let mut deflater = Deflater::new();
        let repetitive = b"abc ".repeat(20);
        let frame = deflated_text_frame(&mut deflater, &repetitive);
        assert_eq!(frame[0], 0b1100_0001);
        assert!(frame.len() < repetitive.len());

        let short = deflated_text_frame(&mut deflater, b"{}");
        assert_eq!(short, text_frame(b"{}"));
    }
}

//! The two to fourteen bytes before every payload (RFC 6455 section 5.2).

use crate::Violation;
use bytes::{Buf, BufMut, TryGetError};

/// Two bytes, a 64-bit length and a mask.
pub const HEADER_BYTES_MAX: usize = 14;

/// What a control frame may carry (RFC 6455 section 5.5).
pub const CONTROL_PAYLOAD_BYTES_MAX: usize = 125;

const FIN: u8 = 0b1000_0000;
const RSV1: u8 = 0b0100_0000;
const RSV2_AND_RSV3: u8 = 0b0011_0000;
const OPCODE: u8 = 0b0000_1111;
const MASKED: u8 = 0b1000_0000;
const SHORT_LEN: u8 = 0b0111_1111;
const LEN_IN_16_BITS: u8 = 126;
const LEN_IN_64_BITS: u8 = 127;

/// What a frame is for (RFC 6455 section 11.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// The next fragment of an unfinished message.
    Continuation = 0x0,
    /// A text message, or its first fragment.
    Text = 0x1,
    /// A binary message, or its first fragment.
    Binary = 0x2,
    /// The last frame of a direction.
    Close = 0x8,
    /// Requests a pong.
    Ping = 0x9,
    /// Answers a ping, or is an unsolicited heartbeat.
    Pong = 0xA,
}

impl Opcode {
    fn from_bits(bits: u8) -> Result<Self, Violation> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            reserved => return Err(Violation::ReservedOpcode(reserved)),
        })
    }

    /// Whether the frame may come in the midst of a fragmented message.
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Everything about a frame but its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// The last (or only) frame of its message.
    pub fin: bool,
    /// On a message's first frame: the message is deflated (RFC 7692 section 6).
    pub rsv1: bool,
    /// What the frame is for.
    pub opcode: Opcode,
    /// The key that the payload is masked with: always on a client's frames, never on a server's.
    pub mask: Option<[u8; 4]>,
    /// In bytes, as sent.
    pub payload_len: u64,
}

impl FrameHeader {
    /// How many bytes [`FrameHeader::write_to`] appends.
    pub fn encoded_len(&self) -> usize {
        let len_bytes = match self.payload_len {
            0..=125 => 0,
            126..=0xFFFF => 2,
            _ => 8,
        };
        2 + len_bytes + self.mask.map_or(0, |key| key.len())
    }

    /// Appends the header's bytes, at most [`HEADER_BYTES_MAX`].
    pub fn write_to(&self, out: &mut impl BufMut) {
        let fin = if self.fin { FIN } else { 0 };
        let rsv1 = if self.rsv1 { RSV1 } else { 0 };
        out.put_u8(fin | rsv1 | self.opcode as u8);

        let masked = if self.mask.is_some() { MASKED } else { 0 };
        match self.payload_len {
            len @ 0..=125 => out.put_u8(masked | len as u8),
            len @ 126..=0xFFFF => {
                out.put_u8(masked | LEN_IN_16_BITS);
                out.put_u16(len as u16);
            }
            len => {
                out.put_u8(masked | LEN_IN_64_BITS);
                out.put_u64(len);
            }
        }
        if let Some(key) = self.mask {
            out.put_slice(&key);
        }
    }

    /// Reads a header from the first bytes of a frame; `None` while they are too few.
    ///
    /// A length in more bytes than it needs is accepted, as by every server in wide use: it is harmless,
    /// and refusing it would exclude simple clients.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, Violation> {
        match Self::read(bytes) {
            Ok(header) => Ok(Some(header)),
            Err(Unreadable::Incomplete) => Ok(None),
            Err(Unreadable::Violates(violation)) => Err(violation),
        }
    }

    fn read(mut bytes: &[u8]) -> Result<Self, Unreadable> {
        let first = bytes.try_get_u8()?;
        let opcode = Opcode::from_bits(first & OPCODE)?;
        let fin = first & FIN != 0;
        if first & RSV2_AND_RSV3 != 0 {
            return Err(Violation::ReservedBits.into());
        }
        if opcode.is_control() && !fin {
            return Err(Violation::ControlFragmented.into());
        }

        let second = bytes.try_get_u8()?;
        let short_len = second & SHORT_LEN;
        if opcode.is_control() && usize::from(short_len) > CONTROL_PAYLOAD_BYTES_MAX {
            return Err(Violation::ControlTooLong.into());
        }
        let payload_len = match short_len {
            LEN_IN_16_BITS => u64::from(bytes.try_get_u16()?),
            LEN_IN_64_BITS => bytes.try_get_u64()?,
            short => u64::from(short),
        };
        if payload_len > i64::MAX as u64 {
            return Err(Violation::LengthOverflow.into());
        }

        let mask = match second & MASKED {
            0 => None,
            _ => Some(bytes.try_get_u32()?.to_be_bytes()),
        };
        Ok(Self {
            fin,
            rsv1: first & RSV1 != 0,
            opcode,
            mask,
            payload_len,
        })
    }
}

enum Unreadable {
    Incomplete,
    Violates(Violation),
}

impl From<TryGetError> for Unreadable {
    fn from(_: TryGetError) -> Self {
        Self::Incomplete
    }
}

impl From<Violation> for Unreadable {
    fn from(violation: Violation) -> Self {
        Self::Violates(violation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        fn check(payload_len: u64, mask: Option<[u8; 4]>, header_bytes: usize) {
            let header = FrameHeader {
                fin: true,
                rsv1: payload_len.is_multiple_of(2),
                opcode: Opcode::Text,
                mask,
                payload_len,
            };
            let mut bytes = Vec::new();
            header.write_to(&mut bytes);
            assert_eq!(bytes.len(), header_bytes, "{payload_len}");
            assert_eq!(header.encoded_len(), header_bytes);
            assert_eq!(FrameHeader::parse(&bytes), Ok(Some(header)));
            for short in 0..bytes.len() {
                assert_eq!(FrameHeader::parse(&bytes[..short]), Ok(None));
            }
        }

        check(0, None, 2);
        check(125, None, 2);
        check(126, None, 4);
        check(65_535, None, 4);
        check(65_536, None, 10);
        check(125, Some([1, 2, 3, 4]), 6);
        check(u64::from(u32::MAX), Some([0; 4]), HEADER_BYTES_MAX);
        check(i64::MAX as u64, Some([0; 4]), HEADER_BYTES_MAX);
    }

    #[test]
    fn refused_on_the_first_byte_that_tells() {
        fn check(bytes: &[u8], violation: Violation) {
            assert_eq!(FrameHeader::parse(bytes), Err(violation), "{bytes:02x?}");
            assert_eq!(FrameHeader::parse(&bytes[..bytes.len() - 1]), Ok(None));
        }

        for opcode in [0x3, 0x7, 0xB, 0xF] {
            check(&[FIN | opcode], Violation::ReservedOpcode(opcode));
        }
        check(&[0xA1], Violation::ReservedBits);
        check(&[0x91], Violation::ReservedBits);
        check(&[0x09], Violation::ControlFragmented);
        check(&[0x88, 0xFE], Violation::ControlTooLong);
        check(&[0x8A, 0x7F], Violation::ControlTooLong);
        let length_with_top_bit = [0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0];
        check(&length_with_top_bit, Violation::LengthOverflow);
    }
}

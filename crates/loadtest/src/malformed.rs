//! Malformed input, as a broken or hostile client would send it.

use crate::frame::{self, Opcode};
use crate::random::Random;
use crate::{Target, handshake};
use clap::ValueEnum;
use std::fmt;

/// A kind of malformed input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Malformed {
    Noise,
    HalfHandshake,
    EndlessHead,
    ForeignOrigin,
    ForeignHost,
    BadJson,
    UnknownType,
    OutOfRange,
    Binary,
    BadUtf8,
    Unmasked,
    ReservedBits,
    ReservedOpcode,
    LoneContinuation,
    FragmentedPing,
    LongPing,
    BadCloseCode,
    TooBig,
    HugeClaim,
    Flood,
}

/// The bytes to send, and when.
pub(crate) enum Payload {
    /// In place of a handshake.
    InsteadOfHandshake(Vec<u8>),
    /// After a valid one.
    AfterHandshake(Vec<u8>),
}

impl Malformed {
    pub(crate) fn any(random: &mut Random) -> Self {
        let all = Self::value_variants();
        all[random.below(all.len() as u64) as usize]
    }

    pub(crate) fn payload(self, target: &Target, random: &mut Random) -> Payload {
        let upgrade = handshake::upgrade(target, false);
        let mask = random.mask();
        let masked = |opcode, payload: &[u8]| frame::masked(opcode, payload, mask);
        Payload::AfterHandshake(match self {
            Self::Noise => return Payload::InsteadOfHandshake(noise(random, 512)),
            Self::HalfHandshake => {
                return Payload::InsteadOfHandshake(upgrade[..upgrade.len() / 2].to_vec());
            }
            Self::EndlessHead => {
                let head = format!("GET /ws HTTP/1.1\r\nX-Padding: {}", "x".repeat(256 << 10));
                return Payload::InsteadOfHandshake(head.into_bytes());
            }
            Self::ForeignOrigin => {
                return Payload::InsteadOfHandshake(with_header(
                    &upgrade,
                    "Origin: http://elsewhere.example",
                ));
            }
            Self::ForeignHost => {
                let elsewhere = Target {
                    authority: "elsewhere.example".into(),
                    ..target.clone()
                };
                return Payload::InsteadOfHandshake(handshake::upgrade(&elsewhere, false));
            }
            Self::BadJson => masked(Opcode::Text, b"{\"type\":"),
            Self::UnknownType => masked(Opcode::Text, br#"{"type":"teapot"}"#),
            Self::OutOfRange => masked(
                Opcode::Text,
                br#"{"type":"subscribe","streams":{"data":{"last":4000000000}}}"#,
            ),
            Self::Binary => masked(Opcode::Binary, &noise(random, 64)),
            Self::BadUtf8 => masked(Opcode::Text, b"\xc3\x28"),
            Self::Unmasked => frame::unmasked(Opcode::Text, false, br#"{"type":"ping","id":1}"#),
            Self::ReservedBits => first_byte(masked(Opcode::Text, b"x"), 0xb1),
            Self::ReservedOpcode => first_byte(masked(Opcode::Text, b"x"), 0x83),
            Self::LoneContinuation => first_byte(masked(Opcode::Text, b"x"), 0x80),
            Self::FragmentedPing => first_byte(masked(Opcode::Ping, b"x"), 0x09),
            Self::LongPing => masked(Opcode::Ping, &[b'x'; 126]),
            Self::BadCloseCode => masked(Opcode::Close, &1_005_u16.to_be_bytes()),
            Self::TooBig => masked(
                Opcode::Text,
                &vec![b' '; protocol::CLIENT_MESSAGE_BYTES_MAX + 1],
            ),
            // A text frame whose header promises 2^62 bytes.
            Self::HugeClaim => vec![0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
            Self::Flood => masked(Opcode::Text, br#"{"type":"ping","id":1}"#).repeat(400),
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

fn noise(random: &mut Random, length: usize) -> Vec<u8> {
    std::iter::repeat_with(|| random.next() as u8)
        .take(length)
        .collect()
}

fn first_byte(mut frame: Vec<u8>, byte: u8) -> Vec<u8> {
    frame[0] = byte;
    frame
}

/// Inserts a header before the empty line.
fn with_header(request: &[u8], header: &str) -> Vec<u8> {
    let mut longer = request[..request.len() - 2].to_vec();
    longer.extend_from_slice(header.as_bytes());
    longer.extend_from_slice(b"\r\n\r\n");
    longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_payload() {
        let target = Target::parse("http://127.0.0.1:1", false).unwrap();
        let mut random = Random::new(1);
        for kind in Malformed::value_variants() {
            let (Payload::InsteadOfHandshake(bytes) | Payload::AfterHandshake(bytes)) =
                kind.payload(&target, &mut random);
            assert!(!bytes.is_empty(), "{kind}");
        }
    }
}

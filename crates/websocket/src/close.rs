//! Close codes and the payload of close frames (RFC 6455 sections 5.5.1 and 7.4).
//!
//! The codes from 4000 on belong to the application: Watchroom's are in `protocol`.

use crate::Violation;
use crate::header::CONTROL_PAYLOAD_BYTES_MAX;
use bytes::{BufMut, Bytes, BytesMut};

/// The purpose of the connection is fulfilled.
pub const NORMAL: u16 = 1000;
/// The server restarts, or the page is left.
pub const GOING_AWAY: u16 = 1001;
/// The peer broke the framing rules.
pub const PROTOCOL_ERROR: u16 = 1002;
/// A kind of message that the endpoint cannot take.
pub const UNSUPPORTED: u16 = 1003;
/// Text that is not UTF-8, or a compressed message that is not DEFLATE data.
pub const INVALID_DATA: u16 = 1007;
/// A message against the endpoint's policy.
pub const POLICY: u16 = 1008;
/// A message over the endpoint's limit.
pub const TOO_BIG: u16 = 1009;
/// The server met something that it did not expect.
pub const INTERNAL_ERROR: u16 = 1011;
/// The service restarts (IANA registry).
pub const SERVICE_RESTART: u16 = 1012;
/// The service is overloaded: try later (IANA registry).
pub const TRY_AGAIN_LATER: u16 = 1013;

/// The size of a control frame's payload without the code.
pub const REASON_BYTES_MAX: usize = CONTROL_PAYLOAD_BYTES_MAX - 2;

/// Why a peer closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseReason {
    /// One of the constants here, or an application's own from 3000 to 4999.
    pub code: u16,
    /// For people who read logs; often empty, at most [`REASON_BYTES_MAX`] bytes.
    pub reason: String,
}

impl CloseReason {
    /// Reads a close frame's payload; `None` if it is empty, which is allowed.
    pub(crate) fn parse(payload: &[u8]) -> Result<Option<Self>, Violation> {
        let Some((code, reason)) = payload.split_first_chunk() else {
            return match payload {
                [] => Ok(None),
                _ => Err(Violation::CloseTruncated),
            };
        };
        let code = u16::from_be_bytes(*code);
        if !may_be_sent(code) {
            return Err(Violation::CloseCode(code));
        }
        let reason = str::from_utf8(reason).map_err(|_| Violation::InvalidUtf8)?;
        Ok(Some(Self {
            code,
            reason: reason.to_owned(),
        }))
    }
}

/// A close frame's payload. A reason over [`REASON_BYTES_MAX`] is cut at a character's boundary.
pub fn payload(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code);
    payload.put_slice(reason.as_bytes());
    payload.freeze()
}

/// Whether a code may appear on the wire: those of RFC 6455 section 7.4.1 and the IANA registry
/// without the reserved ones (1004, 1005, 1006, 1015), and those of libraries and applications.
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        #[track_caller]
        fn check(payload: &[u8], expected: Result<Option<(u16, &str)>, Violation>) {
            let parsed = CloseReason::parse(payload);
            let expected = expected.map(|reason| {
                reason.map(|(code, reason)| CloseReason {
                    code,
                    reason: reason.to_owned(),
                })
            });
            assert_eq!(parsed, expected, "{payload:02x?}");
        }

        check(b"", Ok(None));
        check(b"\x03", Err(Violation::CloseTruncated));
        check(b"\x03\xE8", Ok(Some((1000, ""))));
        check(b"\x0F\xA8slow", Ok(Some((4008, "slow"))));
        check(b"\x03\xE8\xC3\xA9", Ok(Some((1000, "é"))));
        check(b"\x03\xE8\xC3", Err(Violation::InvalidUtf8));
        let unsendable = [
            0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
        ];
        for code in unsendable {
            check(&u16::to_be_bytes(code), Err(Violation::CloseCode(code)));
        }
        for code in [1003, 1007, 1014, 3000, 4999] {
            check(&u16::to_be_bytes(code), Ok(Some((code, ""))));
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let payload = payload(GOING_AWAY, &"é".repeat(100));
        assert_eq!(payload.len(), 124);
        let parsed = CloseReason::parse(&payload).unwrap().unwrap();
        assert_eq!(parsed.reason, "é".repeat(61));
    }
}

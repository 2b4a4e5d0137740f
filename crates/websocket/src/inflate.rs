//! Decompression of one incoming message (RFC 7692 section 7.2.2).
//!
//! The inflater (some 40 KiB) lives for this one call: no connection owns one, and a client that
//! trickles a compressed message holds only the bytes it sent.

use crate::Violation;
use crate::deflate::TAIL;
use flate2::{Decompress, FlushDecompress, Status};

/// An empty last block. After [`TAIL`], the inflater reports the end of the stream only if the message
/// ended at a block's boundary, which distinguishes a truncated message from a whole one.
const LAST_BLOCK: [u8; 5] = [0x01, 0x00, 0x00, 0xFF, 0xFF];

/// A message may consist of several DEFLATE streams (RFC 7692 section 7.2.3.4 shows two). Each
/// costs a fresh inflater and may be two bytes long, so their number has to have an end.
const STREAMS_MAX: usize = 16;

/// Gives at most `message_bytes_max` bytes; work and memory stop there, whatever the payload
/// claims.
pub(crate) fn inflate(
    mut payload: Vec<u8>,
    message_bytes_max: usize,
) -> Result<Vec<u8>, Violation> {
    let payload_len = payload.len();
    payload.reserve_exact(TAIL.len() + LAST_BLOCK.len());
    payload.extend_from_slice(&TAIL);
    payload.extend_from_slice(&LAST_BLOCK);

    let mut message = Vec::new();
    let mut consumed = 0;
    let mut streams = 0;
    while consumed < payload_len && streams < STREAMS_MAX {
        consumed += inflate_stream(&payload[consumed..], &mut message, message_bytes_max)?;
        streams += 1;
    }
    // Either our own last block was reached, or the sender ended its stream with the message and
    // did not add the empty block that section 7.2.3.4 asks for.
    if consumed == payload.len() || consumed == payload_len {
        Ok(message)
    } else {
        Err(Violation::InvalidDeflate)
    }
}

/// Inflates up to the end of one DEFLATE stream, and returns its length in bytes.
fn inflate_stream(
    input: &[u8],
    message: &mut Vec<u8>,
    message_bytes_max: usize,
) -> Result<usize, Violation> {
    let zlib_header = false;
    let mut inflater = Decompress::new(zlib_header);
    loop {
        let consumed = inflater.total_in() as usize;
        let message_len = message.len();
        make_room(message, input.len(), message_bytes_max);
        let status = inflater
            .decompress_vec(&input[consumed..], message, FlushDecompress::None)
            .map_err(|_| Violation::InvalidDeflate)?;
        if message.len() > message_bytes_max {
            return Err(Violation::TooBig(message_bytes_max));
        }
        if status == Status::StreamEnd {
            return Ok(inflater.total_in() as usize);
        }
        let stuck = inflater.total_in() as usize == consumed && message.len() == message_len;
        if stuck {
            return Err(Violation::InvalidDeflate);
        }
    }
}

/// Doubles the room when it is used up, to no more than one byte beyond the limit: the byte that
/// shows that the limit is passed.
fn make_room(message: &mut Vec<u8>, input_len: usize, message_bytes_max: usize) {
    if message.len() == message.capacity() {
        let more = message.len().max(input_len.saturating_mul(2));
        let room = message_bytes_max.saturating_add(1) - message.len();
        message.reserve_exact(more.min(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Deflater;

    #[track_caller]
    fn check(payload: &[u8], expected: Result<&[u8], Violation>) {
        let inflated = inflate(payload.to_vec(), 100);
        assert_eq!(inflated.as_deref(), expected.as_ref().map(|bytes| *bytes));
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7692 sections 7.2.3.1, 7.2.3.3, 7.2.3.4, 7.2.3.5 and 7.2.3.6.
        check(b"\xf2\x48\xcd\xc9\xc9\x07\x00", Ok(b"Hello"));
        check(
            b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
            Ok(b"Hello"),
        );
        check(b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", Ok(b"Hello"));
        let two_blocks = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";
        check(two_blocks, Ok(b"Hello"));
        check(b"\x00", Ok(b""));
    }

    #[test]
    fn a_stream_that_ends_with_the_message() {
        check(b"\xf3\x48\xcd\xc9\xc9\x07\x00", Ok(b"Hello"));
        check(b"", Ok(b""));
    }

    #[test]
    fn garbage_and_truncation() {
        let whole = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
        for len in 1..whole.len() {
            check(&whole[..len], Err(Violation::InvalidDeflate));
        }
        // Truncated after the length of a stored block.
        check(b"\x00\x05\x00\xfa\xff", Err(Violation::InvalidDeflate));
        check(b"\xff\xff\xff", Err(Violation::InvalidDeflate));
        check(b"hello", Err(Violation::InvalidDeflate));
    }

    #[test]
    fn stops_at_the_limit() {
        let mut deflater = Deflater::new();
        for (len, fits) in [(99, true), (100, true), (101, false), (10 << 20, false)] {
            let payload = deflater.deflate(&vec![b'a'; len]).to_vec();
            match inflate(payload, 100) {
                Ok(message) => assert!(fits && message.len() == len),
                Err(violation) => {
                    assert_eq!(violation, Violation::TooBig(100));
                    assert!(!fits);
                }
            }
        }
    }

    #[test]
    fn streams_are_rationed() {
        let stream = b"\x03\x00".as_slice();
        check(&stream.repeat(STREAMS_MAX), Ok(b""));
        check(
            &stream.repeat(STREAMS_MAX + 1),
            Err(Violation::InvalidDeflate),
        );
    }
}

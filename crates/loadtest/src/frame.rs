//! The part of RFC 6455 that a client of short messages needs.

/// A frame's kind (RFC 6455 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: Opcode,
    /// RSV1: the payload is deflated (RFC 7692 section 6).
    pub(crate) deflated: bool,
    pub(crate) payload: &'a [u8],
    /// Bytes of the whole frame.
    pub(crate) length: usize,
}

/// A frame that no server may send, or that Watchroom never sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadFrame {
    #[error("a masked frame from a server")]
    Masked,
    #[error("a reserved bit")]
    Reserved,
    #[error("an unknown opcode")]
    Opcode,
    #[error("a fragmented message")]
    Fragmented,
}

/// The frame at the start of `bytes`, or none while it is incomplete.
pub(crate) fn next(bytes: &[u8]) -> Result<Option<Frame<'_>>, BadFrame> {
    let &[first, second, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    let opcode = match first & 0x0f {
        0 => return Err(BadFrame::Fragmented),
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return Err(BadFrame::Opcode),
    };
    if first & 0x80 == 0 {
        return Err(BadFrame::Fragmented);
    }
    if first & 0x30 != 0 {
        return Err(BadFrame::Reserved);
    }
    if second & 0x80 != 0 {
        return Err(BadFrame::Masked);
    }
    let (length, header): (usize, usize) = match second {
        126 => match rest.first_chunk() {
            Some(length) => (usize::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(length) => (u64::from_be_bytes(*length) as usize, 10),
            None => return Ok(None),
        },
        length => (usize::from(length), 2),
    };
    let Some(end) = header.checked_add(length) else {
        return Ok(None);
    };
    Ok(bytes.get(header..end).map(|payload| Frame {
        opcode,
        deflated: first & 0x40 != 0,
        payload,
        length: end,
    }))
}

/// A client's frame, masked (RFC 6455 section 5.3).
pub(crate) fn masked(opcode: Opcode, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = header(opcode, payload.len());
    frame[1] |= 0x80;
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

/// A server's frame, for the baselines.
pub(crate) fn unmasked(opcode: Opcode, deflated: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(opcode, payload.len());
    if deflated {
        frame[0] |= 0x40;
    }
    frame.extend_from_slice(payload);
    frame
}

fn header(opcode: Opcode, length: usize) -> Vec<u8> {
    let mut header = Vec::with_capacity(14 + length);
    header.push(0x80 | opcode as u8);
    match length {
        0..=125 => header.push(length as u8),
        126..=0xffff => {
            header.push(126);
            header.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_length_round_trips_and_needs_its_last_byte() {
        for length in [0, 1, 125, 126, 300, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut bytes = unmasked(Opcode::Text, false, &payload);
            assert_eq!(next(&bytes[..bytes.len() - 1]), Ok(None), "{length}");
            bytes.push(0);
            let frame = next(&bytes).unwrap().unwrap();
            assert_eq!(frame.payload, payload);
            assert_eq!(frame.length, bytes.len() - 1);
        }
    }

    #[test]
    fn rejects_frames_that_servers_may_not_send() {
        let check = |bytes: &[u8], expected| assert_eq!(next(bytes), Err(expected));
        check(&[0x81, 0x80], BadFrame::Masked);
        check(&[0x01, 0x00], BadFrame::Fragmented);
        check(&[0x80, 0x00], BadFrame::Fragmented);
        check(&[0xa1, 0x00], BadFrame::Reserved);
        check(&[0x83, 0x00], BadFrame::Opcode);
    }

    #[test]
    fn masks_as_in_the_rfc() {
        let frame = masked(Opcode::Text, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        // RFC 6455 section 5.7.
        assert_eq!(
            frame,
            [
                0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58
            ]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(Some(frame)) = next(&bytes) {
                prop_assert!(frame.length <= bytes.len());
            }
        }
    }
}

//! The rules of RFC 6455, one table for each group.

use super::*;
use crate::{Deflater, Frame, binary_frame, close_frame, ping_frame, text_frame};

const KEY: [u8; 4] = [0xA5, 0x01, 0x00, 0xFF];
const LIMIT: usize = 1_000;

fn decoder() -> Decoder {
    Decoder::server()
        .with_deflate(true)
        .with_message_bytes_max(LIMIT)
}

/// The messages up to the end of the input or the first violation.
fn decode(decoder: &mut Decoder, mut input: &[u8]) -> (Vec<Message>, Result<(), Violation>) {
    let mut messages = Vec::new();
    loop {
        match decoder.next_message(&mut input) {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, Ok(())),
            Err(violation) => return (messages, Err(violation)),
        }
    }
}

/// Feeds the frames whole and byte by byte: the outcome must be the same.
#[track_caller]
fn check(frames: &[Frame<'_>], messages: &[Message], outcome: Result<(), Violation>) {
    let frames = frames.iter().map(|frame| frame.masked(KEY).encode());
    let stream = frames.collect::<Vec<_>>().concat();
    let at_once = decode(&mut decoder(), &stream);
    assert_eq!(at_once, (messages.to_vec(), outcome));

    let mut trickled = (Vec::new(), Ok(()));
    let mut decoder = decoder();
    for byte in &stream {
        let (messages, outcome) = decode(&mut decoder, std::slice::from_ref(byte));
        trickled.0.extend(messages);
        trickled.1 = outcome;
    }
    assert_eq!(trickled, at_once);
    assert_eq!(decoder.bytes_held(), 0);
}

fn text(payload: &str) -> Message {
    Message::Text(payload.to_owned())
}

fn frame(opcode: Opcode, payload: &[u8]) -> Frame<'_> {
    Frame::new(opcode, payload)
}

#[test]
fn idle_it_is_small_and_owns_no_heap() {
    assert!(size_of::<Decoder>() <= 128, "{}", size_of::<Decoder>());
    let mut decoder = decoder();
    let stream = [
        frame(Opcode::Text, b"text").masked(KEY).encode(),
        frame(Opcode::Ping, b"ping").masked(KEY).encode(),
    ]
    .concat();
    assert_eq!(decode(&mut decoder, &stream).0.len(), 2);
    assert_eq!(decoder.bytes_held(), 0);
}

#[test]
fn whole_messages() {
    let long = "é".repeat(LIMIT / 2);
    check(
        &[
            frame(Opcode::Text, b"Hello"),
            frame(Opcode::Text, b""),
            frame(Opcode::Binary, &[0xFF, 0x00]),
            frame(Opcode::Ping, b"?"),
            frame(Opcode::Pong, &[7; 125]),
            frame(Opcode::Text, long.as_bytes()),
        ],
        &[
            text("Hello"),
            text(""),
            Message::Binary(Bytes::from_static(&[0xFF, 0x00])),
            Message::Ping(Bytes::from_static(b"?")),
            Message::Pong(Bytes::from_static(&[7; 125])),
            text(&long),
        ],
        Ok(()),
    );
}

#[test]
fn fragments_with_control_frames_between() {
    check(
        &[
            frame(Opcode::Text, b"\xC3").unfinished(),
            frame(Opcode::Ping, b"1"),
            frame(Opcode::Continuation, b"").unfinished(),
            frame(Opcode::Continuation, b"\xA9t\xC3").unfinished(),
            frame(Opcode::Pong, b"2"),
            frame(Opcode::Continuation, b"\xA9"),
            frame(Opcode::Binary, b"").unfinished(),
            frame(Opcode::Continuation, b""),
        ],
        &[
            Message::Ping(Bytes::from_static(b"1")),
            Message::Pong(Bytes::from_static(b"2")),
            text("été"),
            Message::Binary(Bytes::new()),
        ],
        Ok(()),
    );
}

#[test]
fn deflated_messages() {
    let mut deflater = Deflater::new();
    let hello = deflater.deflate(b"Hello").to_vec();
    let (first, second) = hello.split_at(3);
    let empty = deflater.deflate(b"").to_vec();
    let invalid_utf8 = deflater.deflate(b"\xFF").to_vec();
    check(
        &[
            frame(Opcode::Text, &hello).deflated(),
            frame(Opcode::Text, first).deflated().unfinished(),
            frame(Opcode::Ping, b""),
            frame(Opcode::Continuation, second),
            frame(Opcode::Text, b"plain"),
            frame(Opcode::Text, &empty).deflated(),
            frame(Opcode::Text, &invalid_utf8).deflated(),
        ],
        &[
            text("Hello"),
            Message::Ping(Bytes::new()),
            text("Hello"),
            text("plain"),
            text(""),
        ],
        Err(Violation::InvalidUtf8),
    );
    check(
        &[frame(Opcode::Binary, b"\xFF\xFF").deflated()],
        &[],
        Err(Violation::InvalidDeflate),
    );
}

#[test]
fn the_limit_is_on_the_message_even_where_compression_makes_it_longer() {
    let mut state = 1u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise: Vec<u8> = noise.take(LIMIT).collect();
    let deflated = Deflater::new().deflate(&noise).to_vec();
    assert!(deflated.len() > LIMIT);
    check(
        &[frame(Opcode::Binary, &deflated).deflated()],
        &[Message::Binary(noise.into())],
        Ok(()),
    );
}

#[test]
fn framing_violations() {
    let start = frame(Opcode::Text, b"a").unfinished();
    let refused = |frames: &[Frame<'_>], violation| check(frames, &[], Err(violation));

    let continuation = frame(Opcode::Continuation, b"");
    refused(&[continuation], Violation::NothingToContinue);
    refused(&[continuation.unfinished()], Violation::NothingToContinue);
    refused(&[start, frame(Opcode::Text, b"")], Violation::Interrupted);
    refused(&[start, start], Violation::Interrupted);
    refused(&[start, continuation.deflated()], Violation::ReservedBits);
    let ping = frame(Opcode::Ping, b"");
    refused(&[ping.deflated()], Violation::ReservedBits);
    refused(&[ping.unfinished()], Violation::ControlFragmented);
}

#[test]
fn masks_and_extensions_must_be_as_agreed() {
    #[track_caller]
    fn check(decoder: Decoder, stream: &[u8], outcome: Result<(), Violation>) {
        let mut decoder = decoder;
        assert_eq!(decode(&mut decoder, stream).1, outcome);
        assert_eq!(decode(&mut decoder, stream).1, outcome, "and it stays so");
    }

    let masked = frame(Opcode::Text, b"a").masked(KEY).encode();
    check(Decoder::server(), &masked, Ok(()));
    check(Decoder::client(), &masked, Err(Violation::Masked));
    check(Decoder::client(), &text_frame(b"a"), Ok(()));
    check(
        Decoder::server(),
        &text_frame(b"a"),
        Err(Violation::Unmasked),
    );
    check(
        Decoder::server(),
        &ping_frame(b""),
        Err(Violation::Unmasked),
    );
    let deflated = frame(Opcode::Text, b"\x00").deflated().encode();
    check(Decoder::client(), &deflated, Err(Violation::ReservedBits));
    check(Decoder::client().with_deflate(true), &deflated, Ok(()));
}

#[test]
fn text_is_refused_on_the_byte_that_spoils_it() {
    /// How many bytes of the text are taken before it is refused; none of it ends a frame.
    fn check(payload: &[u8], taken: usize) {
        for fragment_bytes in [1, 2, 100] {
            let mut decoder = decoder();
            let mut sent = 0;
            let mut opcode = Opcode::Text;
            let mut outcome = Ok(());
            'sending: for fragment in payload.chunks(fragment_bytes) {
                let fragment = frame(opcode, fragment).unfinished().masked(KEY).encode();
                opcode = Opcode::Continuation;
                for (index, byte) in fragment.iter().enumerate() {
                    outcome = decode(&mut decoder, &[*byte]).1;
                    sent += usize::from(index >= 6);
                    if outcome.is_err() {
                        break 'sending;
                    }
                }
            }
            assert_eq!(outcome, Err(Violation::InvalidUtf8), "{payload:02x?}");
            assert_eq!(sent, taken, "{payload:02x?} in {fragment_bytes}");
        }
    }

    check(b"\xCE\xBA\xE1\xBD\xB9\xF4\x90\x80\x80", 7);
    check(b"ab\xED\xA0\x80", 4);
    check(b"\xC0\xAF", 1);
    check(b"\xE0\x80\xAF", 2);
    check(b"ab\x80", 3);
    check(b"\xF5abc", 1);
    check(b"\xE2\x82abc", 3);
}

#[test]
fn text_cut_within_its_last_character() {
    check(
        &[frame(Opcode::Text, b"a\xE2\x82")],
        &[],
        Err(Violation::InvalidUtf8),
    );
}

#[test]
fn nothing_counts_after_a_close_frame() {
    let stream = [
        frame(Opcode::Close, b"\x03\xE8bye").masked(KEY).encode(),
        Bytes::from_static(b"garbage that violates everything"),
    ]
    .concat();
    let mut decoder = decoder();
    let reason = CloseReason {
        code: 1000,
        reason: "bye".to_owned(),
    };
    let expected = (vec![Message::Close(Some(reason))], Ok(()));
    assert_eq!(decode(&mut decoder, &stream), expected);
    assert_eq!(decode(&mut decoder, b"\xFF\xFF"), (vec![], Ok(())));
}

#[test]
fn close_frames() {
    let start = frame(Opcode::Binary, b"unfinished").unfinished();
    let close = frame(Opcode::Close, b"");
    check(&[start, close], &[Message::Close(None)], Ok(()));
    let half = frame(Opcode::Close, b"\x03");
    check(&[half], &[], Err(Violation::CloseTruncated));
    let reserved = frame(Opcode::Close, b"\x03\xED");
    check(&[reserved], &[], Err(Violation::CloseCode(1005)));
    let ours = close_frame(4008, "too slow");
    let (messages, outcome) = decode(&mut Decoder::client(), &ours);
    assert_eq!((messages.len(), outcome), (1, Ok(())));
}

#[test]
fn too_big_is_known_from_the_header() {
    let too_big = Err(Violation::TooBig(LIMIT));
    let header_of = |payload_len, rsv1| {
        let header = FrameHeader {
            fin: true,
            rsv1,
            opcode: Opcode::Binary,
            mask: Some(KEY),
            payload_len,
        };
        let mut bytes = Vec::new();
        header.write_to(&mut bytes);
        bytes
    };
    let outcome = |stream: &[u8]| decode(&mut decoder(), stream).1;

    assert_eq!(outcome(&header_of(LIMIT as u64, false)), Ok(()));
    assert_eq!(outcome(&header_of(LIMIT as u64 + 1, false)), too_big);
    assert_eq!(outcome(&header_of(i64::MAX as u64, false)), too_big);
    assert_eq!(outcome(&header_of(LIMIT as u64 + 1, true)), Ok(()));
    assert_eq!(outcome(&header_of(2 * LIMIT as u64, true)), too_big);

    let first = frame(Opcode::Binary, &[0; 600]).unfinished();
    let second = frame(Opcode::Continuation, &[0; 401]);
    check(&[first, second], &[], too_big);
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = Deflater::new().deflate(&vec![0; 1 << 20]).to_vec();
    assert!(bomb.len() < LIMIT + LIMIT / 4, "{}", bomb.len());
    check(
        &[frame(Opcode::Binary, &bomb).deflated()],
        &[],
        Err(Violation::TooBig(LIMIT)),
    );
}

#[test]
fn memory_grows_with_the_received_bytes() {
    let mut decoder = Decoder::client();
    let frame = binary_frame(&[1; 60_000]);
    let mut arrived = 0;
    for chunk in frame.chunks(1_000) {
        let (messages, _) = decode(&mut decoder, chunk);
        arrived += chunk.len();
        if messages.is_empty() {
            assert!(decoder.bytes_held() <= 2 * arrived);
        }
        assert!(decoder.bytes_held() <= 60_000);
    }
    assert_eq!(decoder.bytes_held(), 0);
}

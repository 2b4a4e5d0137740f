//! What must hold for any bytes at all. The fuzz targets of the same names, the corpus test and the
//! property tests all call these.

use websocket::{Decoder, Deflater, Frame, Message, Opcode, Role, Violation};

const KEY: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// A peer's byte stream, after two bytes that choose the decoder and how the stream is split.
pub(crate) fn frame_parser(data: &[u8]) {
    let [options, chunk_bytes, stream @ ..] = data else {
        return;
    };
    let role = match options & 1 {
        0 => Role::Server,
        _ => Role::Client,
    };
    let deflate = options & 2 != 0;
    let message_bytes_max = 1 << (options >> 4);
    let decoder = || {
        Decoder::new(role)
            .with_deflate(deflate)
            .with_message_bytes_max(message_bytes_max)
    };

    let at_once = decode(decoder(), stream, stream.len(), message_bytes_max);
    let chunk_bytes = usize::from(*chunk_bytes);
    let split_up = decode(decoder(), stream, chunk_bytes, message_bytes_max);
    assert_eq!(at_once, split_up, "the split must not matter");

    for message in at_once.0 {
        assert!(payload(&message).len() <= message_bytes_max.max(125));
        let stream = encode(&message, role);
        let again = decode(decoder(), &stream, stream.len(), message_bytes_max);
        assert_eq!(again, (vec![message], Ok(())));
    }
}

/// A compressed message, after a byte that chooses the limit.
pub(crate) fn inflate(data: &[u8]) {
    let [options, deflated @ ..] = data else {
        return;
    };
    let message_bytes_max = 1 << (options >> 4);
    let decode_deflated = |deflated: &[u8]| {
        let stream = Frame::new(Opcode::Binary, deflated).deflated().encode();
        let decoder = Decoder::client()
            .with_deflate(true)
            .with_message_bytes_max(message_bytes_max);
        decode(decoder, &stream, stream.len(), message_bytes_max)
    };

    let (messages, outcome) = decode_deflated(deflated);
    match outcome {
        Ok(()) => {
            let [message] = messages.as_slice() else {
                panic!("one frame, but {messages:?}");
            };
            assert!(payload(message).len() <= message_bytes_max);
            let again = Deflater::new().deflate(&payload(message)).to_vec();
            assert_eq!(decode_deflated(&again), (messages, Ok(())));
        }
        Err(violation) => assert!(
            matches!(violation, Violation::InvalidDeflate | Violation::TooBig(_)),
            "{violation}"
        ),
    }
}

/// All messages up to the end or the first violation; asserts the limit of memory.
pub(crate) fn decode(
    mut decoder: Decoder,
    stream: &[u8],
    chunk_bytes: usize,
    message_bytes_max: usize,
) -> (Vec<Message>, Result<(), Violation>) {
    let bytes_held_max = message_bytes_max + message_bytes_max / 4 + 200;
    let mut messages = Vec::new();
    for mut input in stream.chunks(chunk_bytes.max(1)) {
        loop {
            match decoder.next_message(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(violation) => return (messages, Err(violation)),
            }
            assert!(decoder.bytes_held() <= bytes_held_max);
        }
        assert!(input.is_empty());
        assert!(decoder.bytes_held() <= bytes_held_max);
    }
    (messages, Ok(()))
}

fn encode(message: &Message, decoder_role: Role) -> Vec<u8> {
    let opcode = match message {
        Message::Text(_) => Opcode::Text,
        Message::Binary(_) => Opcode::Binary,
        Message::Ping(_) => Opcode::Ping,
        Message::Pong(_) => Opcode::Pong,
        Message::Close(_) => Opcode::Close,
    };
    let payload = payload(message);
    let frame = Frame::new(opcode, &payload);
    match decoder_role {
        Role::Server => frame.masked(KEY).encode().to_vec(),
        Role::Client => frame.encode().to_vec(),
    }
}

fn payload(message: &Message) -> Vec<u8> {
    match message {
        Message::Text(text) => text.as_bytes().to_vec(),
        Message::Binary(payload) | Message::Ping(payload) | Message::Pong(payload) => {
            payload.to_vec()
        }
        Message::Close(None) => Vec::new(),
        Message::Close(Some(close)) => {
            websocket::close::payload(close.code, &close.reason).to_vec()
        }
    }
}

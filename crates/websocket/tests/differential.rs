//! Two implementations, one RFC: tungstenite reads what we write, we read what it writes, and both
//! refuse the same streams.

mod support;

use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use tungstenite::error::ProtocolError::{
    ReceivedAfterClosing as AFTER_CLOSE, ResetWithoutClosingHandshake as END,
};
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame as TheirFrame, FrameHeader as TheirHeader};
use tungstenite::protocol::{Role as TheirRole, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message as TheirMessage};
use websocket::{CloseReason, Decoder, Message, Opcode, Role};

const MESSAGE_BYTES_MAX: usize = 65_600;

/// A socket without a network: reads from one end, writes to the other.
struct Wire {
    incoming: Cursor<Vec<u8>>,
    outgoing: Vec<u8>,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.incoming.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.outgoing.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn theirs(role: Role, stream: Vec<u8>) -> WebSocket<Wire> {
    let wire = Wire {
        incoming: Cursor::new(stream),
        outgoing: Vec::new(),
    };
    let role = match role {
        Role::Server => TheirRole::Server,
        Role::Client => TheirRole::Client,
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    WebSocket::from_raw_socket(wire, role, Some(config))
}

/// The result of reading a stream: its messages, and whether it was refused.
fn they_read(role: Role, stream: Vec<u8>) -> (Vec<Message>, bool) {
    let mut socket = theirs(role, stream);
    let mut messages = Vec::new();
    loop {
        match socket.read() {
            // Their error for an invalid close code.
            Ok(TheirMessage::Close(Some(close))) if close.reason == "Protocol violation" => {
                return (messages, true);
            }
            Ok(message) => messages.push(ours(message)),
            Err(Error::ConnectionClosed | Error::Protocol(END | AFTER_CLOSE)) => {
                return (messages, false);
            }
            Err(_) => return (messages, true),
        }
    }
}

fn we_read(role: Role, mut stream: &[u8]) -> (Vec<Message>, bool) {
    let mut decoder = Decoder::new(role).with_message_bytes_max(MESSAGE_BYTES_MAX);
    let mut messages = Vec::new();
    loop {
        match decoder.next_message(&mut stream) {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, false),
            Err(_) => return (messages, true),
        }
    }
}

fn ours(message: TheirMessage) -> Message {
    match message {
        TheirMessage::Text(text) => Message::Text(text.to_string()),
        TheirMessage::Binary(payload) => Message::Binary(payload),
        TheirMessage::Ping(payload) => Message::Ping(payload),
        TheirMessage::Pong(payload) => Message::Pong(payload),
        TheirMessage::Close(close) => Message::Close(close.map(|close| CloseReason {
            code: close.code.into(),
            reason: close.reason.to_string(),
        })),
        TheirMessage::Frame(_) => panic!("only ever written, never read"),
    }
}

fn their_opcode(opcode: Opcode) -> OpCode {
    match opcode {
        Opcode::Continuation => OpCode::Data(Data::Continue),
        Opcode::Text => OpCode::Data(Data::Text),
        Opcode::Binary => OpCode::Data(Data::Binary),
        Opcode::Close => OpCode::Control(Control::Close),
        Opcode::Ping => OpCode::Control(Control::Ping),
        Opcode::Pong => OpCode::Control(Control::Pong),
    }
}

proptest! {
    #[test]
    fn they_read_what_we_write(
        conversation in support::conversation(false),
        key in proptest::option::of(any::<[u8; 4]>()),
    ) {
        let stream: Vec<u8> = conversation.iter().flat_map(|sent| sent.stream(key)).collect();
        let expected: Vec<_> = conversation.iter().flat_map(support::Sent::received).collect();
        let role = if key.is_some() { Role::Server } else { Role::Client };
        prop_assert_eq!(they_read(role, stream), (expected, false));
    }

    #[test]
    fn we_read_what_they_write(conversation in support::conversation(false), to_server: bool) {
        let (from, to) = if to_server {
            (Role::Client, Role::Server)
        } else {
            (Role::Server, Role::Client)
        };
        let mut socket = theirs(from, Vec::new());
        for sent in &conversation {
            sent.each_frame(|opcode, fin, _, payload| {
                let header = TheirHeader {
                    is_final: fin,
                    opcode: their_opcode(opcode),
                    ..TheirHeader::default()
                };
                let frame = TheirFrame::from_payload(header, payload.to_vec().into());
                socket
                    .write(TheirMessage::Frame(frame))
                    .expect("a vector takes any frame");
            });
        }
        socket.flush().expect("a vector takes any frame");
        let expected: Vec<_> = conversation.iter().flat_map(support::Sent::received).collect();
        prop_assert_eq!(we_read(to, &socket.get_ref().outgoing), (expected, false));
    }

    /// Frames that make no sense together: both take the same ones, and stop at the same one.
    #[test]
    fn both_refuse_the_same(frames in proptest::collection::vec(odd_frame(), 1..6)) {
        let stream = frames.concat();
        prop_assert_eq!(we_read(Role::Server, &stream), they_read(Role::Server, stream));
    }
}

/// A frame with any opcode and bits, mostly plausible ones.
fn odd_frame() -> impl Strategy<Value = Vec<u8>> {
    let first_byte = prop_oneof![
        8 => (any::<bool>(), 0..=2_u8).prop_map(|(fin, opcode)| u8::from(fin) << 7 | opcode),
        3 => (8..=10_u8).prop_map(|opcode| 0x80 | opcode),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "[a-é€]{0,20}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
        1 => proptest::collection::vec(any::<u8>(), 120..130),
        1 => (900..5_100_u16).prop_map(|code| code.to_be_bytes().to_vec()),
    ];
    let masked = prop_oneof![20 => Just(true), 1 => Just(false)];
    (first_byte, payload, masked).prop_map(|(first_byte, payload, masked)| {
        let header = TheirHeader {
            mask: masked.then_some([1, 2, 3, 4]),
            ..TheirHeader::default()
        };
        let mut frame = Vec::new();
        TheirFrame::from_payload(header, payload.into())
            .format(&mut frame)
            .expect("a vector takes any frame");
        frame[0] = first_byte;
        frame
    })
}

#[test]
fn both_refuse_invalid_streams() {
    let long_ping = [b"\x89\xFE\x00\x7E".as_slice(), &[0; 4 + 126]].concat();
    let table: [(&str, &[u8]); 14] = [
        ("unmasked", b"\x81\x01a"),
        ("RSV1 without extension", b"\xC1\x81\0\0\0\0a"),
        ("RSV2", b"\xA1\x81\0\0\0\0a"),
        ("reserved data opcode", b"\x83\x80\0\0\0\0"),
        ("reserved control opcode", b"\x8B\x80\0\0\0\0"),
        ("fragmented ping", b"\x09\x80\0\0\0\0"),
        ("long ping", &long_ping),
        ("continuation of nothing", b"\x80\x80\0\0\0\0"),
        ("text within text", b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0"),
        ("half a close code", b"\x88\x81\0\0\0\0\x03"),
        ("reserved close code", b"\x88\x82\0\0\0\0\x03\xED"),
        ("close reason not UTF-8", b"\x88\x83\0\0\0\0\x03\xE8\xFF"),
        ("text not UTF-8", b"\x81\x81\0\0\0\0\xFF"),
        ("too big", b"\x82\xFF\0\0\0\0\0\x01\x01\0\0\0\0\0"),
    ];
    for (name, stream) in table {
        assert_eq!(we_read(Role::Server, stream), (vec![], true), "{name}");
        let theirs = they_read(Role::Server, stream.to_vec());
        assert_eq!(theirs, (vec![], true), "they: {name}");
    }
}

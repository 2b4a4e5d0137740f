//! Random conversations: messages, and the many streams of frames that may carry each.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use websocket::{Deflater, Frame, Message, Opcode};

/// A text or binary message and how it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) text: bool,
    pub(crate) payload: Vec<u8>,
    pub(crate) deflated: bool,
    /// Where the payload is cut into fragments, and what the ping before each further one carries.
    cuts: Vec<(Index, Option<Vec<u8>>)>,
}

impl Sent {
    /// What the receiver must get: the pings first, since a message counts when it is complete.
    pub(crate) fn received(&self) -> Vec<Message> {
        let pings = self.cuts.iter().filter_map(|(_, ping)| ping.clone());
        let message = if self.text {
            Message::Text(String::from_utf8_lossy(&self.payload).into_owned())
        } else {
            Message::Binary(self.payload.clone().into())
        };
        pings
            .map(|ping| Message::Ping(ping.into()))
            .chain([message])
            .collect()
    }

    /// Hands the frames over, in order.
    pub(crate) fn each_frame(&self, mut send: impl FnMut(Opcode, bool, bool, &[u8])) {
        let wire_payload = if self.deflated {
            Deflater::new().deflate(&self.payload).to_vec()
        } else {
            self.payload.clone()
        };
        let mut opcode = if self.text {
            Opcode::Text
        } else {
            Opcode::Binary
        };
        let mut rest = wire_payload.as_slice();
        let mut rsv1 = self.deflated;
        for (cut, ping) in &self.cuts {
            let (fragment, after) = rest.split_at(cut.index(rest.len() + 1));
            send(opcode, false, rsv1, fragment);
            if let Some(ping) = ping {
                send(Opcode::Ping, true, false, ping);
            }
            (opcode, rsv1, rest) = (Opcode::Continuation, false, after);
        }
        send(opcode, true, rsv1, rest);
    }

    /// The stream of bytes, masked if there is a key.
    pub(crate) fn stream(&self, mask: Option<[u8; 4]>) -> Vec<u8> {
        let mut stream = Vec::new();
        self.each_frame(|opcode, fin, rsv1, payload| {
            let mut frame = Frame::new(opcode, payload);
            if !fin {
                frame = frame.unfinished();
            }
            if rsv1 {
                frame = frame.deflated();
            }
            if let Some(key) = mask {
                frame = frame.masked(key);
            }
            stream.extend_from_slice(&frame.encode());
        });
        stream
    }
}

/// Up to five messages of all sizes that headers encode differently.
pub(crate) fn conversation(deflate: bool) -> impl Strategy<Value = Vec<Sent>> {
    let payload = prop_oneof![
        4 => ".{0,100}".prop_map(|text| (true, text.into_bytes())),
        1 => "[a-zé€😀]{100,400}".prop_map(|text| (true, text.into_bytes())),
        2 => vec(any::<u8>(), 0..200).prop_map(|bytes| (false, bytes)),
        1 => (65_500..65_600_usize).prop_map(|len| (false, vec![7; len])),
    ];
    let ping = proptest::option::of(vec(any::<u8>(), 0..=125));
    let cuts = vec((any::<Index>(), ping), 0..4);
    let sent =
        (payload, any::<bool>(), cuts).prop_map(move |((text, payload), deflated, cuts)| Sent {
            text,
            payload,
            deflated: deflated && deflate,
            cuts,
        });
    vec(sent, 0..5)
}

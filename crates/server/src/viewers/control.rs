use bytes::Bytes;
use journal::Encoding;
use protocol::{Envelope, ServerMessage};

/// Encodes a message that has no position in the log.
pub(crate) fn encode(encoding: Encoding, message: &ServerMessage) -> Bytes {
    match encoding {
        Encoding::Plain | Encoding::Deflated => websocket::text_frame(message.to_json().as_bytes()),
        Encoding::Sse | Encoding::Points => event(message, ""),
        Encoding::Envelope => enveloped(&Envelope::of(message.clone(), None)),
    }
}

/// A message in an envelope.
pub(crate) fn enveloped(envelope: &Envelope) -> Bytes {
    websocket::text_frame(envelope.to_json().as_bytes())
}

/// The same, with an `id` to resume from for Server-Sent Events.
pub(crate) fn encode_with_id(
    encoding: Encoding,
    message: &ServerMessage,
    epoch: &str,
    seq: u64,
) -> Bytes {
    match encoding {
        Encoding::Plain | Encoding::Deflated | Encoding::Envelope => encode(encoding, message),
        Encoding::Sse | Encoding::Points => event(message, &format!("id: {epoch}:{seq}\n")),
    }
}

fn event(message: &ServerMessage, id: &str) -> Bytes {
    let (name, json) = (message.message_type(), message.to_json());
    Bytes::from(format!("event: {name}\n{id}data: {json}\n\n"))
}

/// A message for several viewers, encoded once in each way.
#[derive(Debug)]
pub(crate) struct Broadcast {
    websocket: Bytes,
    sse: Bytes,
    envelope: Bytes,
}

impl Broadcast {
    pub(crate) fn new(message: &ServerMessage) -> Self {
        Self {
            websocket: encode(Encoding::Plain, message),
            sse: encode(Encoding::Sse, message),
            envelope: encode(Encoding::Envelope, message),
        }
    }

    /// The bytes of all encodings.
    pub(crate) fn bytes(&self) -> usize {
        self.websocket.len() + self.sse.len() + self.envelope.len()
    }

    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        self.websocket == other.websocket
    }

    pub(crate) fn encoded(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::Plain | Encoding::Deflated => &self.websocket,
            Encoding::Sse | Encoding::Points => &self.sse,
            Encoding::Envelope => &self.envelope,
        }
    }
}

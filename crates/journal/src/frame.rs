use crate::chain::Chain;
use crate::filter::{Facets, Named};
use crate::stored::StoredMessage;
use bytes::Bytes;
use protocol::{ChannelName, Durable, OwnHost, Position, Stream, Timestamp, splice_position_in};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The encodings of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A WebSocket text frame.
    Plain,
    /// A WebSocket text frame for peers with permessage-deflate.
    Deflated,
    /// An event of `text/event-stream`.
    Sse,
    /// A WebSocket text frame in the protocol's enveloped variant.
    Envelope,
    /// An event of `text/event-stream` for each value of a sample; other messages as [`Encoding::Sse`].
    Points,
}

/// Makes the encodings that need more than the message, such as the number of viewers.
pub trait Translate: Send + Sync {
    /// As [`Encoding::Envelope`].
    fn envelope(&self, frame: &Frame, epoch: &str) -> Bytes;

    /// As [`Encoding::Points`]; `None` for a message without values.
    fn points(&self, frame: &Frame, epoch: &str) -> Option<Bytes>;
}

/// A durable message with its position in the log, encoded for sockets.
#[derive(Debug)]
pub struct Frame {
    position: Position,
    timestamp: Timestamp,
    facets: Facets,
    /// The WebSocket frame; the JSON is its payload, from `json_at` on.
    plain: Bytes,
    json_at: usize,
    deflated: OnceLock<Bytes>,
    sse: OnceLock<Bytes>,
    /// Boxed, since few servers have viewers that need these.
    translated: OnceLock<Box<Translated>>,
    /// The size that the ring has counted for this frame; changed only under the log's lock.
    pub(crate) counted_bytes: AtomicUsize,
}

#[derive(Debug, Default)]
struct Translated {
    envelope: OnceLock<Bytes>,
    points: OnceLock<Bytes>,
}

impl Frame {
    /// `json` is the message without its position.
    pub(crate) fn new(
        message: &Durable,
        json: &str,
        channel: Option<&ChannelName>,
        facets: Facets,
        position: Position,
    ) -> Self {
        let json = splice_position_in(json, position, channel);
        Self::with_json(facets, message.timestamp(), &json, position)
    }

    /// A frame of a stored message. One of an unknown type, from a newer server, passes no filter.
    ///
    /// Its channel is what the store says, by which it has decided who may see it, whatever is in the JSON. Its host and
    /// its place in its chain are what the JSON says: before there were chains, the store had no host, and its `prev`
    /// was that of the stream.
    pub(crate) fn stored(stored: &StoredMessage, own: &OwnHost) -> Self {
        let named: Option<Named<'_>> = serde_json::from_str(&stored.json).ok();
        let channel = stored.channel.as_deref();
        let (facets, timestamp) = match Durable::from_json(&stored.json) {
            Ok(message) => (Facets::of(&message, channel, own), message.timestamp()),
            Err(_) => {
                let named = named.as_ref().and_then(|it| it.host.as_deref());
                let host = stored.host.as_deref().or(named);
                let host = host.filter(|host| !own.is(host));
                (Facets::unknown(channel, host), Timestamp::default())
            }
        };
        let position = Position {
            prev: named
                .as_ref()
                .and_then(|it| it.prev)
                .unwrap_or(stored.position.prev),
            ..stored.position
        };
        Self::with_json(facets, timestamp, &stored.json, position)
    }

    /// `json` is the message as it is sent.
    fn with_json(facets: Facets, timestamp: Timestamp, json: &str, position: Position) -> Self {
        let plain = websocket::text_frame(json.as_bytes());
        let json_at = plain.len() - json.len();
        Self {
            position,
            timestamp,
            facets,
            plain,
            json_at,
            deflated: OnceLock::new(),
            sse: OnceLock::new(),
            translated: OnceLock::new(),
            counted_bytes: AtomicUsize::new(0),
        }
    }

    /// The message's sequence number.
    pub fn seq(&self) -> u64 {
        self.position.seq
    }

    /// The message's position in the log, and in its chain.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The message's stream.
    pub fn stream(&self) -> Stream {
        self.position.stream
    }

    /// When the message was created.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The message, with its position.
    pub fn json(&self) -> &str {
        // The payload was a string; a slice of other bytes cannot get here.
        std::str::from_utf8(&self.plain[self.json_at..]).unwrap_or_default()
    }

    /// Whether the other one has the same position in the log and in its chain, whatever its text.
    pub(crate) fn is_same_message(&self, other: &Self) -> bool {
        self.position == other.position && self.chain() == other.chain()
    }

    /// The host that the message is about, unless that is the server's own.
    pub fn other_host(&self) -> Option<&str> {
        self.facets.other_host()
    }

    /// The chain that the message belongs to.
    pub fn chain(&self) -> Chain<'_> {
        self.facets.chain()
    }

    pub(crate) fn facets(&self) -> &Facets {
        &self.facets
    }

    pub(crate) fn plain(&self) -> &Bytes {
        &self.plain
    }

    pub(crate) fn deflated(&self) -> &OnceLock<Bytes> {
        &self.deflated
    }

    pub(crate) fn sse(&self) -> &OnceLock<Bytes> {
        &self.sse
    }

    pub(crate) fn envelope(&self) -> &OnceLock<Bytes> {
        &self.translated.get_or_init(Box::default).envelope
    }

    pub(crate) fn points(&self) -> &OnceLock<Bytes> {
        &self.translated.get_or_init(Box::default).points
    }

    /// The memory of the frame with its present encodings.
    pub(crate) fn bytes(&self) -> usize {
        let encoded = |cell: &OnceLock<Bytes>| cell.get().map_or(0, Bytes::len);
        let translated = self.translated.get().map_or(0, |translated| {
            let Translated { envelope, points } = translated.as_ref();
            size_of::<Translated>() + encoded(envelope) + encoded(points)
        });
        let encoded = encoded(&self.deflated) + encoded(&self.sse) + translated;
        size_of::<Self>() + self.plain.len() + encoded
    }

    pub(crate) fn counted(&self) -> usize {
        self.counted_bytes.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(channel: Option<&str>, host: Option<&str>, json: &str) -> Frame {
        let stored = StoredMessage {
            position: Position {
                seq: 2,
                prev: 1,
                stream: Stream::Data,
            },
            channel: channel.map(Into::into),
            host: host.map(Into::into),
            json: json.to_owned(),
        };
        Frame::stored(&stored, &OwnHost::default())
    }

    #[test]
    fn a_stored_messages_channel_is_that_of_the_store() {
        for json in [
            "{}",
            "not JSON",
            r#"{"type":"data","host":7}"#,
            r#"{"type":"data","prev":"x","channel":{}}"#,
            r#"{"type":"data","timestamp":"2026-01-15T10:30:00Z","label":"a","value":1}"#,
            r#"{"type":"data","timestamp":"2026-01-15T10:30:00Z","channel":"r8","label":"a","value":1}"#,
        ] {
            let frame = stored(Some("r7"), None, json);
            assert_eq!(frame.chain(), Chain::Channel("r7"), "{json}");
            assert_eq!(stored(None, None, json).chain(), Chain::Own, "{json}");
        }
        assert_eq!(stored(None, Some("b"), "{}").chain(), Chain::Host("b"));
        let named = r#"{"type":"new","host":"b"}"#;
        assert_eq!(stored(None, None, named).chain(), Chain::Host("b"));
    }
}

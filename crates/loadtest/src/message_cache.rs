use crate::event_stream::Event;
use flate2::{Decompress, FlushDecompress};
use protocol::{Gap, Position, Received, ServerMessage, Timestamp};

/// How many messages are cached. A viewer that is further behind costs one parse per message.
const SLOTS: usize = 1_024;

/// Watchroom sends no message that inflates to more than this.
const INFLATED_BYTES_MAX: usize = 4 << 20;

/// An epoch's index in [`MessageCache::epochs`]: two bytes per viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Epoch(u16);

/// How the bytes of a message are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A WebSocket message's text.
    Text,
    /// The same, deflated without context (RFC 7692).
    Deflated,
    /// A whole Server-Sent Event.
    Event,
}

/// A parsed message, reduced to what a check needs.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) content: Content,
    /// The event's identifier, on an event stream.
    pub(crate) id: Option<(Epoch, u64)>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Durable {
        position: Position,
        sent_unix_ms: i64,
    },
    Connection {
        epoch: Epoch,
    },
    Subscribed {
        epoch: Epoch,
        head: u64,
        recovered: Option<bool>,
    },
    Gap(Gap),
    /// The code of an error message.
    Error(&'static str),
    /// Counts and pongs.
    Other,
    Unreadable(String),
}

/// Parses messages, each distinct one once.
///
/// Ten thousand viewers receive the same bytes. The first of them pays for a full parse, which
/// verifies every message against the wire's types; the others pay for a comparison. It is the same
/// for deflated messages, which are the same bytes again since they are made without context.
pub(crate) struct MessageCache {
    slots: Vec<Slot>,
    epochs: Vec<String>,
    inflater: Decompress,
    inflated: Vec<u8>,
}

struct Slot {
    encoding: Encoding,
    bytes: Vec<u8>,
    message: Message,
}

impl MessageCache {
    pub(crate) fn new() -> Self {
        let empty = || Slot {
            encoding: Encoding::Text,
            bytes: Vec::new(),
            message: unreadable("an empty message".into()),
        };
        Self {
            slots: std::iter::repeat_with(empty).take(SLOTS).collect(),
            epochs: Vec::new(),
            inflater: Decompress::new(false),
            inflated: Vec::new(),
        }
    }

    /// The epoch's name on the wire.
    pub(crate) fn epoch_name(&self, epoch: Epoch) -> &str {
        &self.epochs[usize::from(epoch.0)]
    }

    /// The parsed message, from the cache if the same bytes were parsed before.
    pub(crate) fn parse(&mut self, encoding: Encoding, bytes: &[u8]) -> &Message {
        let place = slot(bytes);
        let known = &self.slots[place];
        if known.encoding != encoding || known.bytes != bytes {
            let message = match encoding {
                Encoding::Text => self.parse_text(bytes),
                Encoding::Deflated => self.parse_deflated(bytes),
                Encoding::Event => self.parse_event(bytes),
            };
            self.slots[place] = Slot {
                encoding,
                bytes: bytes.to_vec(),
                message,
            };
        }
        &self.slots[place].message
    }

    fn parse_text(&mut self, bytes: &[u8]) -> Message {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.parse_json(text),
            Err(error) => unreadable(error.to_string()),
        }
    }

    fn parse_deflated(&mut self, bytes: &[u8]) -> Message {
        let mut inflated = std::mem::take(&mut self.inflated);
        let message = match self.inflate(bytes, &mut inflated) {
            Ok(()) => self.parse_text(&inflated),
            Err(why) => unreadable(why),
        };
        self.inflated = inflated;
        message
    }

    /// RFC 7692 section 7.2.2: the sender removed the last four bytes, which are appended again.
    fn inflate(&mut self, bytes: &[u8], inflated: &mut Vec<u8>) -> Result<(), String> {
        self.inflater.reset(false);
        inflated.clear();
        for part in [bytes, &[0, 0, 0xff, 0xff]] {
            let mut rest = part;
            while !rest.is_empty() {
                if inflated.len() >= INFLATED_BYTES_MAX {
                    return Err("a message that inflates without end".into());
                }
                inflated.reserve(4_096);
                let before = self.inflater.total_in();
                self.inflater
                    .decompress_vec(rest, inflated, FlushDecompress::Sync)
                    .map_err(|error| format!("a message that does not inflate: {error}"))?;
                let taken = (self.inflater.total_in() - before) as usize;
                if taken == 0 && inflated.len() < inflated.capacity() {
                    // A final block ended the stream; only its padding follows.
                    break;
                }
                rest = &rest[taken..];
            }
        }
        Ok(())
    }

    fn parse_event(&mut self, bytes: &[u8]) -> Message {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return unreadable("an event that is not UTF-8".into());
        };
        let event = Event::parse(text);
        let Some(data) = event.data else {
            return Message {
                content: Content::Other,
                id: None,
            };
        };
        let id = event
            .id
            .and_then(|id| id.rsplit_once(':'))
            .and_then(|(epoch, seq)| Some((self.epoch(epoch), seq.parse().ok()?)));
        let mut message = Message {
            id,
            ..self.parse_json(data)
        };
        let seq = match &message.content {
            Content::Durable { position, .. } => Some(position.seq),
            _ => None,
        };
        if seq.is_some() && message.id.map(|(_, seq)| seq) != seq {
            message.content = Content::Unreadable(format!("id {:?} on message {seq:?}", event.id));
        }
        message
    }

    fn parse_json(&mut self, text: &str) -> Message {
        let Received { position, message } = Received::parse(text);
        let content = match (position, message) {
            (_, Err(error)) => Content::Unreadable(error.to_string()),
            (_, Ok(ServerMessage::Connection(connection))) => Content::Connection {
                epoch: self.epoch(&connection.epoch),
            },
            (_, Ok(ServerMessage::Subscribed(subscribed))) => Content::Subscribed {
                epoch: self.epoch(&subscribed.epoch),
                head: subscribed.head,
                recovered: subscribed.recovered,
            },
            (_, Ok(ServerMessage::Gap(gap))) => Content::Gap(gap),
            (_, Ok(ServerMessage::Error(error))) => Content::Error(error.code.name()),
            (
                _,
                Ok(
                    ServerMessage::ClientCount(_)
                    | ServerMessage::Pong(_)
                    | ServerMessage::PositionUpdate(_),
                ),
            ) => Content::Other,
            (Some(position), Ok(message)) => match sent_unix_ms(&message) {
                Some(sent_unix_ms) => Content::Durable {
                    position,
                    sent_unix_ms,
                },
                None => Content::Other,
            },
            // Only a response to `request_metrics` has none, and no viewer requests it.
            (None, Ok(_)) => Content::Unreadable("a durable message without a position".into()),
        };
        Message { content, id: None }
    }

    fn epoch(&mut self, name: &str) -> Epoch {
        let place = self
            .epochs
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                self.epochs.push(name.into());
                self.epochs.len() - 1
            });
        Epoch(place as u16)
    }
}

fn unreadable(why: String) -> Message {
    Message {
        content: Content::Unreadable(why),
        id: None,
    }
}

fn sent_unix_ms(message: &ServerMessage) -> Option<i64> {
    message.timestamp().map(Timestamp::unix_ms)
}

/// Neighbouring messages differ in their numbers, which come early. A collision costs a parse.
fn slot(bytes: &[u8]) -> usize {
    let hash = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .take(8)
        .fold(bytes.len() as u64, |hash, eight| {
            (hash ^ u64::from_le_bytes(*eight))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29)
        });
    (hash % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};
    use protocol::{GapReason, Stream};

    const DATA: &str = r#"{"type":"data","seq":7,"prev":5,"stream":"data","timestamp":"1970-01-01T00:00:01.500Z","label":"a","value":1.0}"#;

    fn data() -> Content {
        Content::Durable {
            position: Position {
                seq: 7,
                prev: 5,
                stream: Stream::Data,
            },
            sent_unix_ms: 1_500,
        }
    }

    fn read(encoding: Encoding, bytes: &[u8]) -> Content {
        let mut messages = MessageCache::new();
        messages.parse(encoding, bytes);
        let place = slot(bytes);
        messages.slots.swap_remove(place).message.content
    }

    fn deflate(text: &[u8]) -> Vec<u8> {
        let mut compress = Compress::new(Compression::default(), false);
        let mut deflated = Vec::with_capacity(text.len() + 64);
        compress
            .compress_vec(text, &mut deflated, FlushCompress::Sync)
            .unwrap();
        deflated.truncate(deflated.len() - 4);
        deflated
    }

    #[test]
    fn one_message_in_three_encodings() {
        assert_eq!(read(Encoding::Text, DATA.as_bytes()), data());
        assert_eq!(read(Encoding::Deflated, &deflate(DATA.as_bytes())), data());
        let event = format!("event: data\nid: k:7\ndata: {DATA}\n\n");
        assert_eq!(read(Encoding::Event, event.as_bytes()), data());
    }

    #[test]
    fn long_messages_inflate() {
        let long = format!(
            "{}\"{}\"}}",
            &DATA[..DATA.len() - 4].replace("\"value\":", "\"value\":1,\"source\":"),
            "é".repeat(60_000)
        );
        assert_eq!(read(Encoding::Deflated, &deflate(long.as_bytes())), data());
    }

    #[test]
    fn the_same_bytes_are_parsed_once() {
        let mut messages = MessageCache::new();
        let first: *const Message = messages.parse(Encoding::Text, DATA.as_bytes());
        let second: *const Message = messages.parse(Encoding::Text, DATA.as_bytes());
        assert_eq!(first, second);
        assert!(matches!(
            messages.parse(Encoding::Deflated, DATA.as_bytes()).content,
            Content::Unreadable(_)
        ));
    }

    #[test]
    fn control_messages_are_distinguished() {
        let gap = r#"{"type":"gap","stream":"data","after":1,"before":9,"reason":"slow"}"#;
        assert!(matches!(
            read(Encoding::Text, gap.as_bytes()),
            Content::Gap(Gap {
                channel: None,
                before: 9,
                reason: GapReason::Slow,
                ..
            })
        ));
        let error = r#"{"type":"error","code":"invalid_message","message":"x"}"#;
        assert_eq!(
            read(Encoding::Text, error.as_bytes()),
            Content::Error("invalid_message")
        );
        assert_eq!(read(Encoding::Event, b": beat\n\n"), Content::Other);
    }

    #[test]
    fn invalid_messages_are_unreadable() {
        let wrong_id = format!("id: k:8\ndata: {DATA}\n\n");
        for (encoding, bytes) in [
            (Encoding::Text, &b"{"[..]),
            (Encoding::Text, b"\xff"),
            (
                Encoding::Text,
                br#"{"type":"data","seq":7,"prev":5,"stream":"data"}"#,
            ),
            (Encoding::Deflated, b"\xff\xff\xff"),
            (Encoding::Event, wrong_id.as_bytes()),
        ] {
            assert!(matches!(read(encoding, bytes), Content::Unreadable(_)));
        }
    }
}

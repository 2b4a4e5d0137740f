use crate::event_stream::Event;
use flate2::{Decompress, FlushDecompress};
use protocol::{Gap, Position, Received, ServerMessage};

/// How many messages are remembered. A viewer that is further behind costs a parse a message.
const SLOTS: usize = 1_024;

/// A message that inflates beyond this is none of Watchroom's.
const INFLATED_BYTES_MAX: usize = 4 << 20;

/// An epoch by its place in [`Messages::epochs`], so that a viewer keeps two bytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Epoch(u16);

/// How the bytes of a message are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A WebSocket message's text.
    Text,
    /// The same, deflated without context (RFC 7692).
    Deflated,
    /// A whole Server-Sent Event.
    Event,
}

/// What a message says, as far as it matters here.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) what: What,
    /// The event's identifier, on an event stream.
    pub(crate) id: Option<(Epoch, u64)>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum What {
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
    /// The server's opinion of what we said: the error's code.
    Error(String),
    /// Counts and pongs.
    Other,
    Unreadable(String),
}

/// Reads messages, each distinct one once.
///
/// Ten thousand viewers receive the same bytes. The first of them pays for a full parse, which
/// verifies every message against the wire's types; the others pay for a comparison. It is the same
/// for deflated messages, which are the same bytes again since they are made without context.
pub(crate) struct Messages {
    slots: Vec<Slot>,
    epochs: Vec<String>,
    inflater: Decompress,
    inflated: Vec<u8>,
}

struct Slot {
    encoding: Encoding,
    bytes: Vec<u8>,
    said: Said,
}

impl Messages {
    pub(crate) fn new() -> Self {
        let empty = || Slot {
            encoding: Encoding::Text,
            bytes: Vec::new(),
            said: unreadable("an empty message".into()),
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

    /// What `bytes` say.
    pub(crate) fn read(&mut self, encoding: Encoding, bytes: &[u8]) -> &Said {
        let place = slot(bytes);
        let known = &self.slots[place];
        if known.encoding != encoding || known.bytes != bytes {
            let said = match encoding {
                Encoding::Text => self.parse_text(bytes),
                Encoding::Deflated => self.parse_deflated(bytes),
                Encoding::Event => self.parse_event(bytes),
            };
            self.slots[place] = Slot {
                encoding,
                bytes: bytes.to_vec(),
                said,
            };
        }
        &self.slots[place].said
    }

    fn parse_text(&mut self, bytes: &[u8]) -> Said {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.parse(text),
            Err(error) => unreadable(error.to_string()),
        }
    }

    fn parse_deflated(&mut self, bytes: &[u8]) -> Said {
        let mut inflated = std::mem::take(&mut self.inflated);
        let said = match self.inflate(bytes, &mut inflated) {
            Ok(()) => self.parse_text(&inflated),
            Err(why) => unreadable(why),
        };
        self.inflated = inflated;
        said
    }

    /// RFC 7692 section 7.2.2: four bytes were cut off the end, and are put back.
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
                    // A final block ended the stream early; what follows is only its padding.
                    break;
                }
                rest = &rest[taken..];
            }
        }
        Ok(())
    }

    fn parse_event(&mut self, bytes: &[u8]) -> Said {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return unreadable("an event that is not UTF-8".into());
        };
        let event = Event::parse(text);
        let Some(data) = event.data else {
            return Said {
                what: What::Other,
                id: None,
            };
        };
        let id = event
            .id
            .and_then(|id| id.rsplit_once(':'))
            .and_then(|(epoch, seq)| Some((self.epoch(epoch), seq.parse().ok()?)));
        let mut said = Said {
            id,
            ..self.parse(data)
        };
        let seq = match &said.what {
            What::Durable { position, .. } => Some(position.seq),
            _ => None,
        };
        if seq.is_some() && said.id.map(|(_, seq)| seq) != seq {
            said.what = What::Unreadable(format!("id {:?} on message {seq:?}", event.id));
        }
        said
    }

    fn parse(&mut self, text: &str) -> Said {
        let Received { position, message } = Received::parse(text);
        let what = match (position, message) {
            (_, Err(error)) => What::Unreadable(error.to_string()),
            (_, Ok(ServerMessage::Connection(connection))) => What::Connection {
                epoch: self.epoch(&connection.epoch),
            },
            (_, Ok(ServerMessage::Subscribed(subscribed))) => What::Subscribed {
                epoch: self.epoch(&subscribed.epoch),
                head: subscribed.head,
                recovered: subscribed.recovered,
            },
            (_, Ok(ServerMessage::Gap(gap))) => What::Gap(gap),
            (_, Ok(ServerMessage::Error(error))) => What::Error(
                serde_json::to_string(&error.code)
                    .unwrap_or_default()
                    .trim_matches('"')
                    .into(),
            ),
            (_, Ok(ServerMessage::ClientCount(_) | ServerMessage::Pong(_))) => What::Other,
            (Some(position), Ok(message)) => match sent_unix_ms(&message) {
                Some(sent_unix_ms) => What::Durable {
                    position,
                    sent_unix_ms,
                },
                None => What::Other,
            },
            // The answer to `request_metrics`, which nobody here asks for.
            (None, Ok(_)) => What::Unreadable("a durable message without a position".into()),
        };
        Said { what, id: None }
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

fn unreadable(why: String) -> Said {
    Said {
        what: What::Unreadable(why),
        id: None,
    }
}

fn sent_unix_ms(message: &ServerMessage) -> Option<i64> {
    let timestamp = match message {
        ServerMessage::Metrics(metrics) => metrics.timestamp,
        ServerMessage::Processes(processes) => processes.timestamp,
        ServerMessage::Event(event) => event.timestamp,
        ServerMessage::Data(data) => data.timestamp,
        ServerMessage::Alert(alert) => alert.timestamp,
        ServerMessage::Log(log) => log.timestamp,
        ServerMessage::Connection(_)
        | ServerMessage::ClientCount(_)
        | ServerMessage::Subscribed(_)
        | ServerMessage::Gap(_)
        | ServerMessage::Error(_)
        | ServerMessage::Pong(_) => return None,
    };
    Some(timestamp.unix_ms())
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

    fn data() -> What {
        What::Durable {
            position: Position {
                seq: 7,
                prev: 5,
                stream: Stream::Data,
            },
            sent_unix_ms: 1_500,
        }
    }

    fn read(encoding: Encoding, bytes: &[u8]) -> What {
        let mut messages = Messages::new();
        messages.read(encoding, bytes);
        let place = slot(bytes);
        messages.slots.swap_remove(place).said.what
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
        let mut messages = Messages::new();
        let first: *const Said = messages.read(Encoding::Text, DATA.as_bytes());
        let second: *const Said = messages.read(Encoding::Text, DATA.as_bytes());
        assert_eq!(first, second);
        assert!(matches!(
            messages.read(Encoding::Deflated, DATA.as_bytes()).what,
            What::Unreadable(_)
        ));
    }

    #[test]
    fn control_messages_are_told_apart() {
        let gap = r#"{"type":"gap","stream":"data","after":1,"before":9,"reason":"slow"}"#;
        assert!(matches!(
            read(Encoding::Text, gap.as_bytes()),
            What::Gap(Gap {
                before: 9,
                reason: GapReason::Slow,
                ..
            })
        ));
        let error = r#"{"type":"error","code":"invalid_message","message":"x"}"#;
        assert_eq!(
            read(Encoding::Text, error.as_bytes()),
            What::Error("invalid_message".into())
        );
        assert_eq!(read(Encoding::Event, b": beat\n\n"), What::Other);
    }

    #[test]
    fn what_is_wrong_is_unreadable() {
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
            assert!(matches!(read(encoding, bytes), What::Unreadable(_)));
        }
    }
}

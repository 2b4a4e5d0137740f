use crate::{Position, ServerMessage, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A message's JSON: its text, or a browser's parsed object.
pub trait Source {
    /// Whether [`Received::read`] reads messages of every type. The page does not: code for those that its first view
    /// does not show would be loaded with it, and what shows them reads them itself.
    const READS_ALL: bool = true;

    /// Reads a struct; ignores members that the struct does not have.
    ///
    /// # Errors
    ///
    /// A description of the mistake.
    fn read<T: DeserializeOwned>(&self) -> Result<T, String>;
}

impl Source for str {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(self).map_err(|error| error.to_string())
    }
}

/// A received message.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its position in the log; absent for transient messages.
    pub position: Option<Position>,
    /// The message.
    pub message: Result<ServerMessage, UnreadableMessage>,
}

/// A message of a type that this build does not know, from a newer server. Its position still counts, so
/// that the chain does not break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable message: {0}")]
pub struct UnreadableMessage(pub String);

impl Received {
    /// Reads a message's text.
    pub fn parse(text: &str) -> Self {
        Self::read(text)
    }

    /// Reads a message.
    ///
    /// Reads in two passes, the type and then its struct: serde's code for tagged enums buffers every
    /// value and would be most of what the browser loads to read messages.
    pub fn read(source: &(impl Source + ?Sized)) -> Self {
        #[derive(Deserialize)]
        struct Head {
            r#type: String,
            seq: Option<u64>,
            prev: Option<u64>,
            stream: Option<Stream>,
        }

        let head: Head = match source.read() {
            Ok(head) => head,
            Err(why) => return Self::unreadable(why),
        };
        let position = match (head.seq, head.prev, head.stream) {
            (Some(seq), Some(prev), Some(stream)) => Some(Position { seq, prev, stream }),
            _ => None,
        };
        Self {
            position,
            message: ServerMessage::read(&head.r#type, source),
        }
    }

    fn unreadable(why: String) -> Self {
        Self {
            position: None,
            message: Err(UnreadableMessage(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Durable, Event, Level, Timestamp, splice_position, without_position};

    #[test]
    fn a_position_travels_with_the_message() {
        let event = Event {
            timestamp: Timestamp::from_unix_ms(0),
            level: Level::Info,
            source: "a,b".into(),
            message: "{\"type\":\"x\",".into(),
        };
        let position = Position {
            seq: 7,
            prev: 3,
            stream: Stream::Events,
        };
        let json = splice_position(&Durable::Event(event.clone()).to_json(), position);
        assert!(json.starts_with(r#"{"type":"event","seq":7,"prev":3,"stream":"events","timest"#));
        let received = Received::parse(&json);
        assert_eq!(received.position, Some(position));
        assert_eq!(received.message, Ok(ServerMessage::Event(event.clone())));
        let received = Received::parse(&without_position(&json));
        assert_eq!(received.position, None);
        assert_eq!(received.message, Ok(ServerMessage::Event(event)));
    }

    #[test]
    fn an_unknown_type_keeps_its_position() {
        let received = Received::parse(r#"{"type":"hologram","seq":9,"prev":7,"stream":"events"}"#);
        assert_eq!(received.position.map(|position| position.seq), Some(9));
        assert!(received.message.is_err());
    }

    #[test]
    fn every_type_is_read() {
        for message_type in ServerMessage::TYPES {
            let error = ServerMessage::read(message_type, "{}").unwrap_err();
            assert!(
                error.0.starts_with("missing field"),
                "{message_type}: {error}"
            );
        }
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let received = Received::parse(r#"{"type":"client_count","count":6,"seq":null,"x":[]}"#);
        assert_eq!(received.position, None);
        assert!(received.message.is_ok());
    }
}

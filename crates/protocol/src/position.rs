use crate::{ServerMessage, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A durable message's place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its number; every later message of the same epoch has a higher one.
    pub seq: u64,
    /// The number of the message before it in the same stream, 0 if there was none.
    pub prev: u64,
    /// The stream.
    pub stream: Stream,
}

/// Puts a position into a message's JSON, behind its tag: `{"type":"event","seq":2,…`.
///
/// The body is serialised before its number is known, so that the lock under which numbers are
/// given is held for a copy and not for serialisation. `json` comes from
/// [`crate::Durable::to_json`], which writes the tag first.
pub fn splice_position(json: &str, position: Position) -> String {
    let Position { seq, prev, stream } = position;
    let (tag, body) = json.split_once(',').unwrap_or((json, "}"));
    format!(r#"{tag},"seq":{seq},"prev":{prev},"stream":"{stream}",{body}"#)
}

/// The inverse of [`splice_position`] but for the stream: a message out of turn, for one viewer.
pub fn without_position(json: &str) -> String {
    let mut parts = json.splitn(4, ',');
    match (parts.next(), parts.nth(2)) {
        (Some(tag), Some(body)) => format!("{tag},{body}"),
        _ => json.to_owned(),
    }
}

/// A message as its receiver sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Where it is in the log; absent for what is not durable.
    pub position: Option<Position>,
    /// What it says.
    pub message: Result<ServerMessage, UnreadableMessage>,
}

/// A message of a type that this build does not know, from a newer server: its position still
/// counts, or the chain would break for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable message: {0}")]
pub struct UnreadableMessage(pub String);

impl Received {
    /// Reads a message's text.
    ///
    /// The type is read first and then the struct it names, in two passes: serde's own way with
    /// tagged enums keeps every value of the message in between, and its code is the larger part
    /// of what the browser would load for reading messages.
    pub fn parse(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Head {
            r#type: String,
            seq: Option<u64>,
            prev: Option<u64>,
            stream: Option<Stream>,
        }

        let head: Head = match serde_json::from_str(text) {
            Ok(head) => head,
            Err(error) => return Self::unreadable(error.to_string()),
        };
        let position = match (head.seq, head.prev, head.stream) {
            (Some(seq), Some(prev), Some(stream)) => Some(Position { seq, prev, stream }),
            _ => None,
        };
        Self {
            position,
            message: read_message(&head.r#type, text),
        }
    }

    fn unreadable(why: String) -> Self {
        Self {
            position: None,
            message: Err(UnreadableMessage(why)),
        }
    }
}

fn read_message(message_type: &str, text: &str) -> Result<ServerMessage, UnreadableMessage> {
    match message_type {
        "connection" => read(text, ServerMessage::Connection),
        "client_count" => read(text, ServerMessage::ClientCount),
        "subscribed" => read(text, ServerMessage::Subscribed),
        "gap" => read(text, ServerMessage::Gap),
        "error" => read(text, ServerMessage::Error),
        "pong" => read(text, ServerMessage::Pong),
        "metrics" => read(text, ServerMessage::Metrics),
        "processes" => read(text, ServerMessage::Processes),
        "event" => read(text, ServerMessage::Event),
        "data" => read(text, ServerMessage::Data),
        "alert" => read(text, ServerMessage::Alert),
        "log" => read(text, ServerMessage::Log),
        unknown => Err(UnreadableMessage(["unknown type ", unknown].concat())),
    }
}

fn read<T: DeserializeOwned>(
    text: &str,
    message: fn(T) -> ServerMessage,
) -> Result<ServerMessage, UnreadableMessage> {
    serde_json::from_str(text)
        .map(message)
        .map_err(|error| UnreadableMessage(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Durable, Event, Level, Timestamp};

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
            let error = read_message(message_type, "{}").unwrap_err();
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

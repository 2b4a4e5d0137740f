use crate::{ServerMessage, Stream};
use serde::Deserialize;

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
    pub fn parse(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Place {
            seq: Option<u64>,
            prev: Option<u64>,
            stream: Option<Stream>,
        }

        let position = match serde_json::from_str(text) {
            Ok(Place {
                seq: Some(seq),
                prev: Some(prev),
                stream: Some(stream),
            }) => Some(Position { seq, prev, stream }),
            _ => None,
        };
        let message =
            serde_json::from_str(text).map_err(|error| UnreadableMessage(error.to_string()));
        Self { position, message }
    }
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
    fn null_is_the_same_as_absent() {
        let received = Received::parse(r#"{"type":"client_count","count":6,"seq":null,"x":[]}"#);
        assert_eq!(received.position, None);
        assert!(received.message.is_ok());
    }
}

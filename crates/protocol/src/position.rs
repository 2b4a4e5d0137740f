use crate::{OwnHost, Stream};

/// A durable message's position in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its number; every later message of the same epoch has a higher one.
    pub seq: u64,
    /// The number of the message before it in its chain, 0 if there was none.
    pub prev: u64,
    /// The stream.
    pub stream: Stream,
}

/// Inserts a position into a message's JSON, after its tag: `{"type":"event","seq":2,…`.
///
/// The body is serialised before its `seq` is known, so that the log's lock is held for a copy and not for
/// serialisation. `json` is from [`crate::Durable::to_json`], which writes the tag first.
pub fn splice_position(json: &str, position: Position) -> String {
    splice_position_in(json, position, None)
}

/// The same for a message of a channel.
pub fn splice_position_in(json: &str, position: Position, channel: Option<&str>) -> String {
    let Position { seq, prev, stream } = position;
    let (tag, body) = json.split_once(',').unwrap_or((json, "}"));
    // A name consists of letters and digits of ASCII, dots, hyphens and underscores.
    let channel = channel.map_or_else(String::new, |channel| format!(r#""channel":"{channel}","#));
    format!(r#"{tag},"seq":{seq},"prev":{prev},"stream":"{stream}",{channel}{body}"#)
}

/// Whether a channel can have this name: 1 to 100 letters and digits of ASCII, dots, hyphens and underscores.
pub fn is_channel_name(name: &str) -> bool {
    OwnHost::is_name(name)
}

/// The inverse of [`splice_position`], which also removes the stream: for a message sent to one viewer
/// outside the log.
pub fn without_position(json: &str) -> String {
    let mut parts = json.splitn(4, ',');
    match (parts.next(), parts.nth(2)) {
        (Some(tag), Some(body)) => format!("{tag},{body}"),
        _ => json.to_owned(),
    }
}

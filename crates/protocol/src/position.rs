use crate::Stream;

/// A durable message's position in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its number; every later message of the same epoch has a higher one.
    pub seq: u64,
    /// The number of the message before it in the same stream, 0 if there was none.
    pub prev: u64,
    /// The stream.
    pub stream: Stream,
}

/// Inserts a position into a message's JSON, after its tag: `{"type":"event","seq":2,…`.
///
/// The body is serialised before its `seq` is known, so that the log's lock is held for a copy and not for
/// serialisation. `json` is from [`crate::Durable::to_json`], which writes the tag first.
pub fn splice_position(json: &str, position: Position) -> String {
    let Position { seq, prev, stream } = position;
    let (tag, body) = json.split_once(',').unwrap_or((json, "}"));
    format!(r#"{tag},"seq":{seq},"prev":{prev},"stream":"{stream}",{body}"#)
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

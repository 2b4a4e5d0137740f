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
pub fn splice_position_in(json: &str, position: Position, channel: Option<&ChannelName>) -> String {
    let Position { seq, prev, stream } = position;
    let (tag, body) = json.split_once(',').unwrap_or((json, "}"));
    let channel = channel.map_or_else(String::new, |ChannelName(channel)| {
        format!(r#""channel":"{channel}","#)
    });
    format!(r#"{tag},"seq":{seq},"prev":{prev},"stream":"{stream}",{channel}{body}"#)
}

/// Whether a channel can have this name: 1 to 100 letters and digits of ASCII, dots, hyphens and underscores.
pub fn is_channel_name(name: &str) -> bool {
    OwnHost::is_name(name)
}

/// A channel's name, which needs no escapes in JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(Box<str>);

impl ChannelName {
    /// None for what [cannot be](is_channel_name) one.
    pub fn new(name: &str) -> Option<Self> {
        is_channel_name(name).then(|| Self(name.into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Named {
        channel: String,
    }

    #[test]
    fn a_channels_name_needs_no_escapes() {
        for name in ["", "r 7", "r\"7", "r\\", "ä", "r7\n", &"r".repeat(101)] {
            assert_eq!(ChannelName::new(name), None, "{name:?}");
        }
        for name in ["r7", "Team-1_a.b", &"r".repeat(100)] {
            let channel = ChannelName::new(name).unwrap();
            let position = Position {
                seq: 2,
                prev: 1,
                stream: Stream::Data,
            };
            let json = splice_position_in(r#"{"type":"data","value":1}"#, position, Some(&channel));
            let named: Named = serde_json::from_str(&json).unwrap();
            assert_eq!(named.channel, name);
        }
    }
}

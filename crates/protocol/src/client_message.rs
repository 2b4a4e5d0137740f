use crate::{Level, Ping, Stream};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Everything a viewer says; see [`crate::Request`] for the identifier that may come with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Adds streams, or changes those already on.
    Subscribe(Subscribe),
    /// Leaves streams.
    Unsubscribe(Unsubscribe),
    /// Sets how often a stream's newest message is wanted.
    SetInterval(SetInterval),
    /// Asks for a host's newest sample, out of turn.
    RequestMetrics(RequestMetrics),
    /// Asks for the server's clock.
    Ping(Ping),
    /// A sign of life that nobody asked for, as some clients send it; not answered.
    Pong,
}

/// See [`ClientMessage::Subscribe`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// What is wanted of each stream. Read from an object of streams with their options, or from a list
    /// of streams, each with default options; written as an object.
    #[serde(deserialize_with = "streams")]
    pub streams: BTreeMap<Stream, StreamOptions>,
    /// The epoch that `after` belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// The last `seq` the viewer has: everything after it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// What is wanted of one stream. A filter that is absent lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// How many of the newest messages are wanted at once; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u32>,
    /// At most one message in this time, always the newest; each one if absent or 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// Only messages of these levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<Level>>,
    /// Only messages from these sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<String>>,
    /// Only data of these labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Only messages about these hosts: `*` is all, `local` the server's own by whatever name, with what
    /// names none. Only that one, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
}

/// See [`ClientMessage::Unsubscribe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribe {
    /// The streams to leave.
    pub streams: Vec<Stream>,
}

/// See [`ClientMessage::SetInterval`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetInterval {
    /// The stream.
    pub stream: Stream,
    /// In milliseconds; 0 for each message.
    pub interval_ms: u64,
}

/// See [`ClientMessage::RequestMetrics`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMetrics {
    /// Whose; the server's own, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Reads [`Subscribe::streams`] from either form. Not an untagged enum: its errors would not say what is
/// wrong.
fn streams<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Stream, StreamOptions>, D::Error> {
    struct Streams;

    impl<'de> Visitor<'de> for Streams {
        type Value = BTreeMap<Stream, StreamOptions>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object of streams with their options, or a list of streams")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut streams = BTreeMap::new();
            while let Some((stream, options)) = entries.next_entry()? {
                streams.insert(stream, options);
            }
            Ok(streams)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut streams = BTreeMap::new();
            while let Some(stream) = list.next_element()? {
                streams.insert(stream, StreamOptions::default());
            }
            Ok(streams)
        }
    }

    deserializer.deserialize_any(Streams)
}

use crate::{Level, Ping, SetPresence, SetTyping, Stream};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message from a viewer; a [`crate::Request`] adds its identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Adds streams, or changes the options of subscribed ones.
    Subscribe(Subscribe),
    /// Removes streams.
    Unsubscribe(Unsubscribe),
    /// Sets a stream's interval.
    SetInterval(SetInterval),
    /// Requests a host's newest sample at once.
    RequestMetrics(RequestMetrics),
    /// Requests the server's clock.
    Ping(Ping),
    /// Says who and where the viewer is, and has it receive who else is here.
    Presence(SetPresence),
    /// Says that the viewer is typing in a room.
    Typing(SetTyping),
    /// Unsolicited, as some clients send it to show that they are alive; has no response.
    Pong,
}

/// See [`ClientMessage::Subscribe`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// The streams and their options, each stream once ([`sorted_streams`]). Parsed from an object, or from a list of streams with default
    /// options; written as an object.
    #[serde(serialize_with = "as_object", deserialize_with = "streams")]
    pub streams: Vec<(Stream, StreamOptions)>,
    /// The epoch that `after` belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Resumes after this `seq`, the last one the viewer received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// The options of one stream. An absent filter passes every message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// How many of the newest messages to send at first; 0 if absent.
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
    /// Only messages about these hosts: `*` is all; `local` is the server's own under any of its names, and
    /// messages without a host. Absent means `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    /// Only messages of these channels. Absent means everyone's; of streams that are in no preset, also those of all
    /// channels of which the viewer is a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
}

/// See [`ClientMessage::Unsubscribe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribe {
    /// The streams to remove.
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
    /// The host; the server's own, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

fn as_object<S: Serializer>(
    streams: &[(Stream, StreamOptions)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(streams.len()))?;
    for (stream, options) in streams {
        object.serialize_entry(stream, options)?;
    }
    object.end()
}

/// A list in the order of the streams, like a map: the last options of each stream.
pub fn sorted_streams(
    entries: impl IntoIterator<Item = (Stream, StreamOptions)>,
) -> Vec<(Stream, StreamOptions)> {
    let mut streams = Vec::new();
    for entry in entries {
        set(&mut streams, entry);
    }
    streams
}

fn set(streams: &mut Vec<(Stream, StreamOptions)>, entry: (Stream, StreamOptions)) {
    streams.retain(|(stream, _)| *stream != entry.0);
    let later = streams.iter().position(|(stream, _)| *stream > entry.0);
    streams.insert(later.unwrap_or(streams.len()), entry);
}

/// Parses [`Subscribe::streams`] from either form. An untagged enum would hide the mistake in its errors.
fn streams<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Stream, StreamOptions)>, D::Error> {
    struct Streams;

    impl<'de> Visitor<'de> for Streams {
        type Value = Vec<(Stream, StreamOptions)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object of streams with their options, or a list of streams")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut streams = Vec::new();
            while let Some(entry) = entries.next_entry()? {
                set(&mut streams, entry);
            }
            Ok(streams)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut streams = Vec::new();
            while let Some(stream) = list.next_element()? {
                set(&mut streams, (stream, StreamOptions::default()));
            }
            Ok(streams)
        }
    }

    deserializer.deserialize_any(Streams)
}

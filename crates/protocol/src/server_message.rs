use crate::properties::Filterable;
use crate::{
    Alert, BoardMessage, ClientCount, Connection, Data, Error, Event, Gap, Log, Membership,
    Metrics, Pong, PositionUpdate, Presence, Processes, Properties, RoomMessage, Samples, Source,
    Stream, Subscribed, Timestamp, Typing, UnreadableMessage,
};
use serde::{Deserialize, Serialize, Serializer};

/// The types that the first view of the page does not read.
const NOT_READ_BY_PAGE: [&str; 5] = ["presence", "typing", "samples", "room", "board"];

const fn is_read_by_page(message_type: &str) -> bool {
    let mut index = 0;
    while index < NOT_READ_BY_PAGE.len() {
        if is_same(NOT_READ_BY_PAGE[index].as_bytes(), message_type.as_bytes()) {
            return false;
        }
        index += 1;
    }
    true
}

/// Slices cannot be compared in constants otherwise.
const fn is_same(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

/// Defines the server's messages with one list of variants and their `type`s.
macro_rules! server_messages {
    (
        transient { $($(#[$transient_doc:meta])* $Transient:ident = $transient:literal,)+ }
        durable { $($Durable:ident on $Stream:ident = $durable:literal,)+ }
        internal { $($(#[$internal_doc:meta])* $Internal:ident on $InternalStream:ident = $internal:literal,)+ }
    ) => {
        /// A message from a server.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum ServerMessage {
            $($(#[$transient_doc])* #[serde(rename = $transient)] $Transient($Transient),)+
            $(
                #[doc = concat!("Durable, on [`Stream::", stringify!($Stream), "`].")]
                #[serde(rename = $durable)]
                $Durable($Durable),
            )+
        }

        impl ServerMessage {
            /// Every `type`, which is also the name of the event over Server-Sent Events.
            pub const TYPES: [&str; [$($transient,)+ $($durable,)+].len()] =
                [$($transient,)+ $($durable,)+];

            /// The message's `type`.
            pub fn message_type(&self) -> &'static str {
                match self {
                    $(Self::$Transient(_) => $transient,)+
                    $(Self::$Durable(_) => $durable,)+
                }
            }

            /// When it happened, if it is durable.
            pub fn timestamp(&self) -> Option<Timestamp> {
                match self {
                    $(Self::$Durable(message) => Some(message.timestamp),)+
                    _ => None,
                }
            }

            /// Its members, without the `type`.
            pub(crate) fn serialize_members<S: Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$Transient(message) => message.serialize(serializer),)+
                    $(Self::$Durable(message) => message.serialize(serializer),)+
                }
            }

            /// The message of a frame or of the store, unless it is internal.
            pub fn of(message: Durable) -> Option<Self> {
                match message {
                    $(Durable::$Durable(message) => Some(Self::$Durable(message)),)+
                    $(Durable::$Internal(_) => None,)+
                }
            }

            /// Reads a message of a known type.
            pub(crate) fn read<S: Source + ?Sized>(
                message_type: &str,
                source: &S,
            ) -> Result<Self, UnreadableMessage> {
                match message_type {
                    $($transient if S::READS_ALL || const { is_read_by_page($transient) } => {
                        source.read().map(Self::$Transient)
                    })+
                    $($durable if S::READS_ALL || const { is_read_by_page($durable) } => {
                        source.read().map(Self::$Durable)
                    })+
                    unknown => Err(["unknown type ", unknown].concat()),
                }
                .map_err(UnreadableMessage)
            }
        }

        /// A message that the journal stores: each has a `seq`, and every loss is reported as a gap.
        ///
        /// Those that are not internal are a subset of [`ServerMessage`], with the same JSON except for the
        /// position.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Durable {
            $(
                #[doc = concat!("On [`Stream::", stringify!($Stream), "`].")]
                #[serde(rename = $durable)]
                $Durable($Durable),
            )+
            $($(#[$internal_doc])* #[serde(rename = $internal)] $Internal($Internal),)+
        }

        impl Durable {
            /// The stream it belongs to.
            pub fn stream(&self) -> Stream {
                match self {
                    $(Self::$Durable(_) => Stream::$Stream,)+
                    $(Self::$Internal(_) => Stream::$InternalStream,)+
                }
            }

            /// When it happened.
            pub fn timestamp(&self) -> Timestamp {
                match self {
                    $(Self::$Durable(message) => message.timestamp,)+
                    $(Self::$Internal(message) => message.timestamp,)+
                }
            }

            /// What it can be filtered by.
            pub fn properties(&self) -> Properties<'_> {
                match self {
                    $(Self::$Durable(message) => message.properties(),)+
                    $(Self::$Internal(message) => message.properties(),)+
                }
            }
        }

        impl Stream {
            /// The `type` of its messages.
            pub const fn message_type(self) -> &'static str {
                match self {
                    $(Self::$Stream => $durable,)+
                    $(Self::$InternalStream => $internal,)+
                }
            }
        }
    };
}

server_messages! {
    transient {
        /// The first message of a connection.
        Connection = "connection",
        /// The number of viewers.
        ClientCount = "client_count",
        /// The response to a change of subscription.
        Subscribed = "subscribed",
        /// Messages that this viewer will not receive.
        Gap = "gap",
        /// The response to an invalid request.
        Error = "error",
        /// The response to a ping.
        Pong = "pong",
        /// The position of a viewer that has received nothing for a while.
        PositionUpdate = "position",
        /// Who is here.
        Presence = "presence",
        /// Who is typing in a room.
        Typing = "typing",
    }
    durable {
        Metrics on Metrics = "metrics",
        Processes on Processes = "processes",
        Event on Events = "event",
        Data on Data = "data",
        Alert on Alerts = "alert",
        Log on Logs = "log",
        Samples on Samples = "samples",
        RoomMessage on Rooms = "room",
        BoardMessage on Boards = "board",
    }
    internal {
        /// On [`Stream::Control`].
        Membership on Control = "membership",
    }
}

impl ServerMessage {
    /// The message as JSON, without a position.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

impl Durable {
    /// The message as JSON, without a position; [`crate::splice_position`] adds it.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The inverse of [`Durable::to_json`]; fails for a message of a type that this build does not
    /// know, from a newer server.
    pub fn from_json(json: &str) -> Result<Self, UnreadableMessage> {
        serde_json::from_str(json).map_err(|error| UnreadableMessage(error.to_string()))
    }
}

/// Serialising fails only for maps without text keys and for failing writers, which do not occur here.
pub(crate) fn to_json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

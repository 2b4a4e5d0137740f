use crate::named_enum::named_enum;
use crate::{Stream, Timestamp};
use serde::{Deserialize, Serialize};

/// The first message of every connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// A greeting, for humans.
    pub message: String,
    /// This connection's name in the server's logs.
    pub client_id: String,
    /// Viewers now, this one included.
    pub client_count: u64,
    /// Positions are comparable only within one epoch.
    pub epoch: String,
    /// The newest `seq`.
    pub head: u64,
    /// [`crate::PROTOCOL_VERSION`] of the server.
    pub protocol: u32,
    /// The server's version; a page of another version offers to reload.
    pub server_version: String,
    /// How often the server checks whether a viewer is alive, in milliseconds.
    pub heartbeat_ms: u64,
}

/// The number of viewers, the receiver included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCount {
    /// Viewers over WebSocket and Server-Sent Events.
    pub count: u64,
}

/// The response to every change of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// The streams now subscribed.
    pub streams: Vec<Stream>,
    /// Positions are comparable only within one epoch.
    pub epoch: String,
    /// The newest `seq` that this connection has received or will receive as backlog.
    pub head: u64,
    /// Whether everything after the requested position follows; absent without a position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// Messages of one stream that this viewer will not receive. Both bounds are exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The stream that lost them.
    pub stream: Stream,
    /// The channel that lost them; absent for everyone's messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The last `seq` the viewer received; absent with [`GapReason::Epoch`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The stream's next `seq` to be sent, or the head plus one.
    pub before: u64,
    /// Why.
    pub reason: GapReason,
}

named_enum! {
    /// Why a viewer will not receive messages.
    pub enum GapReason {
        /// They have left the ring and the store.
        Expired = "expired",
        /// They are stored, but exceed the limit of a resume; history has them.
        TooFar = "too_far",
        /// The viewer read more slowly than messages arrived.
        Slow = "slow",
        /// The server ended before it had stored them.
        Restart = "restart",
        /// The viewer's position is from another journal.
        Epoch = "epoch",
    }
}

/// The response to an invalid request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

named_enum! {
    /// The kind of an error.
    pub enum ErrorCode {
        /// Not JSON, of an unknown type, or with an invalid field.
        InvalidMessage = "invalid_message",
        /// Binary messages are not supported.
        BinaryMessage = "binary_message",
        /// A value is out of its range.
        OutOfRange = "out_of_range",
        /// The stream is not subscribed.
        NotSubscribed = "not_subscribed",
        /// The requested data does not exist yet.
        NotAvailable = "not_available",
    }
}

/// The position of a viewer whose filters match rarely: everything up to this `seq` has been sent, and it can resume
/// after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionUpdate {
    /// The position.
    pub seq: u64,
}

/// Requests the server's clock, and shows that the client is alive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Repeated in the response; the response has none if this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
}

/// The response to [`Ping`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The ping's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The server's clock.
    pub timestamp: Timestamp,
    /// The request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

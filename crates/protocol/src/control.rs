use crate::{Stream, Timestamp};
use serde::{Deserialize, Serialize};

/// The first message of every connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// A greeting for people who read the wire.
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
    /// How often the server looks whether a viewer is alive, in milliseconds.
    pub heartbeat_ms: u64,
}

/// How many viewers there are; each receiver counts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCount {
    /// WebSocket and SSE viewers.
    pub count: u64,
}

/// The answer to everything that changes a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// The streams now on.
    pub streams: Vec<Stream>,
    /// Positions are comparable only within one epoch.
    pub epoch: String,
    /// The newest `seq` that this connection has been given or will be given as backlog.
    pub head: u64,
    /// Whether everything after the position asked for follows; absent if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// The request's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// Messages of one stream that this viewer will not get. Both bounds are exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The stream that lost them.
    pub stream: Stream,
    /// The last `seq` the viewer had; absent with [`GapReason::Epoch`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The stream's next `seq` to be sent, or the head plus one.
    pub before: u64,
    /// Why.
    pub reason: GapReason,
}

/// Why messages were lost to a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// They have left the ring and the store.
    Expired,
    /// They are kept, but are more than a connection is resumed with; history has them.
    TooFar,
    /// The viewer read more slowly than messages came.
    Slow,
    /// The server ended before it had written them down.
    Restart,
    /// The viewer's position is from another journal.
    Epoch,
}

/// What was wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// The request's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// What kind of mistake a request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, of an unknown type, or with a wrong field.
    InvalidMessage,
    /// Binary messages have no meaning here.
    BinaryMessage,
    /// A value is out of its range.
    OutOfRange,
    /// The stream is not subscribed.
    NotSubscribed,
    /// What was asked for does not exist yet.
    NotAvailable,
}

/// A question for the server's clock, and a sign of life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Comes back in the answer; the answer has none if this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
}

/// The answer to [`Ping`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The question's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The server's clock.
    pub timestamp: Timestamp,
    /// The request's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

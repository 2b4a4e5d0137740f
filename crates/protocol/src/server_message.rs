use crate::{
    Alert, ClientCount, Connection, Data, Error, Event, Gap, Log, Metrics, Pong, Processes, Stream,
    Subscribed, Timestamp, UnreadableMessage,
};
use serde::{Deserialize, Serialize};

/// Everything a server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful exist at a time, and each is encoded or shown and then dropped"
)]
pub enum ServerMessage {
    /// The first message of a connection.
    Connection(Connection),
    /// How many viewers there are.
    ClientCount(ClientCount),
    /// The answer to a change of subscription.
    Subscribed(Subscribed),
    /// Messages that this viewer will not get.
    Gap(Gap),
    /// What was wrong with a request.
    Error(Error),
    /// The answer to a ping.
    Pong(Pong),
    /// Durable, on [`Stream::Metrics`].
    Metrics(Metrics),
    /// Durable, on [`Stream::Processes`].
    Processes(Processes),
    /// Durable, on [`Stream::Events`].
    Event(Event),
    /// Durable, on [`Stream::Data`].
    Data(Data),
    /// Durable, on [`Stream::Alerts`].
    Alert(Alert),
    /// Durable, on [`Stream::Logs`].
    Log(Log),
}

impl ServerMessage {
    /// Every `type`: what a viewer over Server-Sent Events has to listen for.
    pub const TYPES: [&str; 12] = [
        "connection",
        "client_count",
        "subscribed",
        "gap",
        "error",
        "pong",
        "metrics",
        "processes",
        "event",
        "data",
        "alert",
        "log",
    ];

    /// The message's `type`.
    pub fn message_type(&self) -> &'static str {
        match self {
            Self::Connection(_) => "connection",
            Self::ClientCount(_) => "client_count",
            Self::Subscribed(_) => "subscribed",
            Self::Gap(_) => "gap",
            Self::Error(_) => "error",
            Self::Pong(_) => "pong",
            Self::Metrics(_) => "metrics",
            Self::Processes(_) => "processes",
            Self::Event(_) => "event",
            Self::Data(_) => "data",
            Self::Alert(_) => "alert",
            Self::Log(_) => "log",
        }
    }

    /// The message as JSON, without a position.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

/// The messages that the journal keeps: each gets a `seq`, and none is lost unnamed.
///
/// A subset of [`ServerMessage`], with the same JSON but for the position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful exist at a time, and each is encoded or shown and then dropped"
)]
pub enum Durable {
    /// On [`Stream::Metrics`].
    Metrics(Metrics),
    /// On [`Stream::Processes`].
    Processes(Processes),
    /// On [`Stream::Events`].
    Event(Event),
    /// On [`Stream::Data`].
    Data(Data),
    /// On [`Stream::Alerts`].
    Alert(Alert),
    /// On [`Stream::Logs`].
    Log(Log),
}

impl Durable {
    /// The stream it belongs to.
    pub fn stream(&self) -> Stream {
        match self {
            Self::Metrics(_) => Stream::Metrics,
            Self::Processes(_) => Stream::Processes,
            Self::Event(_) => Stream::Events,
            Self::Data(_) => Stream::Data,
            Self::Alert(_) => Stream::Alerts,
            Self::Log(_) => Stream::Logs,
        }
    }

    /// When it happened.
    pub fn timestamp(&self) -> Timestamp {
        match self {
            Self::Metrics(metrics) => metrics.timestamp,
            Self::Processes(processes) => processes.timestamp,
            Self::Event(event) => event.timestamp,
            Self::Data(data) => data.timestamp,
            Self::Alert(alert) => alert.timestamp,
            Self::Log(log) => log.timestamp,
        }
    }

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

impl From<Durable> for ServerMessage {
    fn from(message: Durable) -> Self {
        match message {
            Durable::Metrics(metrics) => Self::Metrics(metrics),
            Durable::Processes(processes) => Self::Processes(processes),
            Durable::Event(event) => Self::Event(event),
            Durable::Data(data) => Self::Data(data),
            Durable::Alert(alert) => Self::Alert(alert),
            Durable::Log(log) => Self::Log(log),
        }
    }
}

fn to_json(message: &impl Serialize) -> String {
    // Serialising fails only for maps without text keys and for writers that fail; there are none.
    serde_json::to_string(message).unwrap_or_default()
}

//! The enveloped variant of the protocol: every message is `{"type":…,"data":{…},"correlation_id":…}`.
//!
//! `connection`, samples, events and alerts have their own form here; the `data` of other messages has
//! the members of the plain message.

use crate::server_message::to_json;
use crate::{
    AlertState, ClientMessage, Connection, Level, Metrics, Ping, RequestMetrics, ServerMessage,
    Source, Timestamp, UnreadableMessage,
};
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol that selects envelopes (RFC 6455 section 1.9).
pub const ENVELOPE_SUBPROTOCOL: &str = "watchroom.envelope.v1";

/// The WebSocket subprotocol of messages as they are, which is what is sent without a subprotocol, too. Clients that
/// send a credential as a subprotocol offer it beside that.
pub const PLAIN_SUBPROTOCOL: &str = "watchroom.v1";

/// A message of the server in its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The message.
    pub message: EnvelopedMessage,
    /// The request's; of a durable message `<epoch>:<seq>`.
    pub correlation_id: Option<String>,
}

/// The enveloped form of a [`ServerMessage`].
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "only a few exist at a time, and briefly"
)]
pub enum EnvelopedMessage {
    /// The first message of a connection.
    ConnectionAck(Connection),
    /// A sample, of [`crate::Stream::Metrics`].
    MetricsUpdate(MetricsUpdate),
    /// An event or an alert.
    Notification(Notification),
    /// Any other message, whose `data` has the members of the plain one.
    Plain(ServerMessage),
}

/// See [`EnvelopedMessage::MetricsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsUpdate {
    /// When the sample was taken.
    pub timestamp: Timestamp,
    /// Its most important values.
    pub metrics: KeyMetrics,
}

/// The most important values of a sample. Values the platform does not provide are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyMetrics {
    /// CPU in use over all cores, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_usage: Option<f64>,
    /// Memory in use, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_usage: Option<f64>,
    /// Bytes per second sent and received, over all interfaces but loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_traffic: Option<u64>,
    /// Viewers of this server when the message was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_connections: Option<u64>,
}

/// See [`EnvelopedMessage::Notification`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// When.
    pub timestamp: Timestamp,
    /// Its severity.
    pub level: Level,
    /// Where it happened; of an alert, the rule's name.
    pub source: String,
    /// What happened, as a sentence.
    pub message: String,
    /// Of an alert: whether its condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AlertState>,
    /// Of an alert: the value that the rule compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Of an alert: the host concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl KeyMetrics {
    /// The values of a sample; `viewers` is the number of connections, where it is known.
    pub fn of(metrics: &Metrics, viewers: Option<u64>) -> Self {
        let both = metrics.network_sent.zip(metrics.network_recv);
        Self {
            cpu_usage: metrics.cpu,
            memory_usage: metrics.memory,
            network_traffic: both.map(|(sent, recv)| sent.saturating_add(recv)),
            active_connections: viewers,
        }
    }
}

impl Envelope {
    /// A message in its envelope; `viewers` is the number of connections for a sample.
    pub fn of(mut message: ServerMessage, viewers: Option<u64>) -> Self {
        use EnvelopedMessage as To;
        let correlation_id = match &mut message {
            ServerMessage::Subscribed(subscribed) => subscribed.correlation_id.take(),
            ServerMessage::Error(error) => error.correlation_id.take(),
            ServerMessage::Pong(pong) => pong.correlation_id.take(),
            _ => None,
        };
        let message = match message {
            ServerMessage::Connection(connection) => To::ConnectionAck(connection),
            ServerMessage::Metrics(metrics) => To::MetricsUpdate(MetricsUpdate {
                timestamp: metrics.timestamp,
                metrics: KeyMetrics::of(&metrics, viewers),
            }),
            ServerMessage::Event(event) => To::Notification(Notification {
                timestamp: event.timestamp,
                level: event.level,
                source: event.source,
                message: event.message,
                state: None,
                value: None,
                host: None,
            }),
            ServerMessage::Alert(alert) => To::Notification(Notification {
                timestamp: alert.timestamp,
                level: alert.level,
                source: alert.rule,
                message: alert.message,
                state: Some(alert.state),
                value: alert.value,
                host: alert.host,
            }),
            plain => To::Plain(plain),
        };
        Self {
            message,
            correlation_id,
        }
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The inverse of [`Envelope::to_json`].
    pub fn from_json(json: &str) -> Result<Self, UnreadableMessage> {
        #[derive(Deserialize)]
        struct Head {
            r#type: String,
            correlation_id: Option<String>,
        }

        let head: Head = json.read().map_err(UnreadableMessage)?;
        let members = DataOf(json);
        let message = match head.r#type.as_str() {
            CONNECTION_ACK => members.read().map(EnvelopedMessage::ConnectionAck),
            METRICS_UPDATE => members.read().map(EnvelopedMessage::MetricsUpdate),
            NOTIFICATION => members.read().map(EnvelopedMessage::Notification),
            plain => {
                let message = ServerMessage::read(plain, &members);
                message.map(EnvelopedMessage::Plain).map_err(|why| why.0)
            }
        };
        Ok(Self {
            message: message.map_err(UnreadableMessage)?,
            correlation_id: head.correlation_id,
        })
    }
}

/// The `data` of an envelope.
struct DataOf<'a>(&'a str);

impl Source for DataOf<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        data(self.0).map_err(|error| error.to_string())
    }
}

const CONNECTION_ACK: &str = "connection_ack";
const METRICS_UPDATE: &str = "metrics_update";
const NOTIFICATION: &str = "notification";

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_map(None)?;
        envelope.serialize_entry("type", self.message.message_type())?;
        envelope.serialize_entry("data", &self.message)?;
        if let Some(id) = &self.correlation_id {
            envelope.serialize_entry("correlation_id", id)?;
        }
        envelope.end()
    }
}

impl EnvelopedMessage {
    fn message_type(&self) -> &'static str {
        match self {
            Self::ConnectionAck(_) => CONNECTION_ACK,
            Self::MetricsUpdate(_) => METRICS_UPDATE,
            Self::Notification(_) => NOTIFICATION,
            Self::Plain(message) => message.message_type(),
        }
    }
}

/// The `data` of the envelope.
impl Serialize for EnvelopedMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::ConnectionAck(message) => message.serialize(serializer),
            Self::MetricsUpdate(message) => message.serialize(serializer),
            Self::Notification(message) => message.serialize(serializer),
            Self::Plain(message) => message.serialize_members(serializer),
        }
    }
}

/// Parses a viewer's message in its envelope. The type must be known.
pub(crate) fn parse(message_type: &str, text: &str) -> Result<ClientMessage, serde_json::Error> {
    Ok(match message_type {
        "subscribe" => ClientMessage::Subscribe(data(text)?),
        "unsubscribe" => ClientMessage::Unsubscribe(data(text)?),
        "set_interval" => ClientMessage::SetInterval(data(text)?),
        "request_metrics" => {
            let request = data::<Option<RequestMetrics>>(text)?;
            ClientMessage::RequestMetrics(request.unwrap_or_default())
        }
        "presence" => ClientMessage::Presence(data(text)?),
        "typing" => ClientMessage::Typing(data(text)?),
        "pong" => ClientMessage::Pong,
        // All members of a ping are optional, and so is its `data`.
        _ => ClientMessage::Ping(data::<Option<Ping>>(text)?.unwrap_or_default()),
    })
}

fn data<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    #[derive(Deserialize)]
    struct WithData<T> {
        data: T,
    }

    serde_json::from_str(text).map(|WithData { data }| data)
}

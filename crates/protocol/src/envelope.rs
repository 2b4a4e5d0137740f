//! The enveloped variant of the protocol: every message is `{"type":…,"data":{…},"correlation_id":…}`.
//!
//! The greeting, samples, events and alerts have a form of their own here; of all other messages `data`
//! is what stands beside `type` otherwise.

use crate::{
    AlertState, ClientCount, ClientMessage, Connection, Data, Error, Gap, Level, Log, Metrics,
    Ping, Pong, Processes, RequestMetrics, ServerMessage, Subscribed, Timestamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol that asks for envelopes (RFC 6455 section 1.9).
pub const ENVELOPE_SUBPROTOCOL: &str = "watchroom.envelope.v1";

/// A message of the server in its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The message.
    #[serde(flatten)]
    pub message: EnvelopedMessage,
    /// The request's own; of a durable message `<epoch>:<seq>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// Everything a server says in envelopes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EnvelopedMessage {
    /// The first message of a connection.
    ConnectionAck(Connection),
    /// A sample, of [`crate::Stream::Metrics`].
    MetricsUpdate(MetricsUpdate),
    /// An event or an alert.
    Notification(Notification),
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
    /// Durable, on [`crate::Stream::Processes`].
    Processes(Processes),
    /// Durable, on [`crate::Stream::Data`].
    Data(Data),
    /// Durable, on [`crate::Stream::Logs`].
    Log(Log),
}

/// See [`EnvelopedMessage::MetricsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsUpdate {
    /// When the sample was taken.
    pub timestamp: Timestamp,
    /// Its most important values.
    pub metrics: KeyMetrics,
}

/// The most important values of a sample. What the platform cannot tell is absent.
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
    /// How much it matters.
    pub level: Level,
    /// Where it happened; of an alert, the rule's name.
    pub source: String,
    /// What happened, as a sentence.
    pub message: String,
    /// Of an alert: whether its condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AlertState>,
    /// Of an alert: the figure that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Of an alert: the host concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl KeyMetrics {
    /// Of a sample; `viewers` are the connections, where they are known.
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
    /// A message in its envelope; `viewers` are the connections that a sample tells of.
    pub fn of(message: ServerMessage, viewers: Option<u64>) -> Self {
        use EnvelopedMessage as To;
        let mut correlation_id = None;
        let message = match message {
            ServerMessage::Connection(connection) => To::ConnectionAck(connection),
            ServerMessage::ClientCount(count) => To::ClientCount(count),
            ServerMessage::Subscribed(mut subscribed) => {
                correlation_id = subscribed.correlation_id.take();
                To::Subscribed(subscribed)
            }
            ServerMessage::Gap(gap) => To::Gap(gap),
            ServerMessage::Error(mut error) => {
                correlation_id = error.correlation_id.take();
                To::Error(error)
            }
            ServerMessage::Pong(mut pong) => {
                correlation_id = pong.correlation_id.take();
                To::Pong(pong)
            }
            ServerMessage::Metrics(metrics) => To::MetricsUpdate(MetricsUpdate {
                timestamp: metrics.timestamp,
                metrics: KeyMetrics::of(&metrics, viewers),
            }),
            ServerMessage::Processes(processes) => To::Processes(processes),
            ServerMessage::Event(event) => To::Notification(Notification {
                timestamp: event.timestamp,
                level: event.level,
                source: event.source,
                message: event.message,
                state: None,
                value: None,
                host: None,
            }),
            ServerMessage::Data(data) => To::Data(data),
            ServerMessage::Alert(alert) => To::Notification(Notification {
                timestamp: alert.timestamp,
                level: alert.level,
                source: alert.rule,
                message: alert.message,
                state: Some(alert.state),
                value: alert.value,
                host: alert.host,
            }),
            ServerMessage::Log(log) => To::Log(log),
        };
        Self {
            message,
            correlation_id,
        }
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> String {
        // Serialising fails only for maps without text keys and for writers that fail; there are none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reads a viewer's message from its envelope. The type must be one that is known.
pub(crate) fn open(message_type: &str, text: &str) -> Result<ClientMessage, serde_json::Error> {
    Ok(match message_type {
        "subscribe" => ClientMessage::Subscribe(data(text)?),
        "unsubscribe" => ClientMessage::Unsubscribe(data(text)?),
        "set_interval" => ClientMessage::SetInterval(data(text)?),
        "request_metrics" => {
            let wanted = data::<Option<RequestMetrics>>(text)?;
            ClientMessage::RequestMetrics(wanted.unwrap_or_default())
        }
        "pong" => ClientMessage::Pong,
        // A ping has nothing that must be there, so its `data` need not be there either.
        _ => ClientMessage::Ping(data::<Option<Ping>>(text)?.unwrap_or_default()),
    })
}

fn data<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    #[derive(Deserialize)]
    struct Opened<T> {
        data: T,
    }

    serde_json::from_str(text).map(|Opened { data }| data)
}

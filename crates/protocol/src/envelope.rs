//! The enveloped variant of the protocol: every message is `{"type":…,"data":{…},"correlation_id":…}`.
//!
//! `connection`, samples, events and alerts have their own form here; the `data` of other messages has
//! the members of the plain message.

use crate::server_message::to_json;
use crate::{
    AlertState, ClientCount, ClientMessage, Connection, Data, Error, Gap, Level, Log, Metrics,
    Ping, Pong, Processes, RequestMetrics, ServerMessage, Subscribed, Timestamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol that selects envelopes (RFC 6455 section 1.9).
pub const ENVELOPE_SUBPROTOCOL: &str = "watchroom.envelope.v1";

/// A message of the server in its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The message.
    #[serde(flatten)]
    pub message: EnvelopedMessage,
    /// The request's; of a durable message `<epoch>:<seq>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// The enveloped form of a [`ServerMessage`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EnvelopedMessage {
    /// The first message of a connection.
    ConnectionAck(Connection),
    /// A sample, of [`crate::Stream::Metrics`].
    MetricsUpdate(MetricsUpdate),
    /// An event or an alert.
    Notification(Notification),
    /// The number of viewers.
    ClientCount(ClientCount),
    /// The response to a change of subscription.
    Subscribed(Subscribed),
    /// Messages that this viewer will not receive.
    Gap(Gap),
    /// The response to an invalid request.
    Error(Error),
    /// The response to a ping.
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
        to_json(self)
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

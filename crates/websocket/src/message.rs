//! Received messages, after framing, masking, fragments and compression are decoded.

use crate::CloseReason;
use bytes::Bytes;

/// One message or control frame from the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary(Bytes),
    /// To be answered by a pong with the same payload (RFC 6455 section 5.5.2).
    Ping(Bytes),
    /// The answer to a ping, or an unsolicited heartbeat.
    Pong(Bytes),
    /// The peer's last frame: to be answered by a close frame with the same code, unless one was
    /// sent already (RFC 6455 section 5.5.1). Nothing follows it.
    Close(Option<CloseReason>),
}

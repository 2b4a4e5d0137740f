//! WebSocket connections, from the handshake to the close frame.
//!
//! The codec is the crate `websocket`; `crate::viewers` decides what is sent.

mod handshake;
mod upgrade;

mod connection;
mod requests;

mod closing;

#[cfg(feature = "conformance")]
pub(crate) mod conformance;

pub(crate) use handshake::is_upgrade;
pub(crate) use upgrade::{Variant, upgrade};

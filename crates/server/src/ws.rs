//! The WebSocket: from the handshake to the last frame.
//!
//! The codec is the crate `websocket`; what a viewer is sent is decided in `crate::viewers`.

mod handshake;
mod upgrade;

mod connection;
mod requests;

mod ending;

#[cfg(feature = "conformance")]
pub(crate) mod conformance;

pub(crate) use handshake::is_upgrade;
pub(crate) use upgrade::{Form, upgrade};

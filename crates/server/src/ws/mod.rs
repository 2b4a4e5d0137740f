//! The WebSocket: from the handshake to the last frame.
//!
//! The codec is the crate `websocket`; what a viewer is sent is decided in `crate::viewers`.

mod handshake;

mod connection;
mod requests;

mod ending;

pub(crate) use handshake::upgrade;

//! Baseline servers: they only broadcast the same kind of message as Watchroom.
//!
//! `floor` costs what the kernel alone costs; `axum` is the textbook implementation. Both implement
//! enough of the protocol for the load generator: `connection` first, then durable `data` messages.
//! They store nothing, so a viewer cannot resume.

mod axum;
mod floor;
mod server;
mod source;

pub use axum::start_axum;
pub use floor::start_floor;
pub use server::{BaselineOptions, BaselineServer};

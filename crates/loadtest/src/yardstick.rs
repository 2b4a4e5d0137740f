//! Servers to hold beside Watchroom: they fan the same kind of message out and do nothing else.
//!
//! `floor` is what the kernel alone costs; `axum` is what one writes without thinking about it.
//! Both speak enough of the protocol to be measured by the same load generator: `connection` first,
//! then durable `data` messages; they keep nothing, so nobody can resume.

mod axum;
mod feed;
mod floor;
mod started;

pub use axum::start_axum;
pub use floor::start_floor;
pub use started::{Started, Yardstick};

//! The server `watchroom`: samples its host, streams to viewers, serves the page.
//!
//! Here live configuration, tasks, sockets and HTTP; how a widget draws never does. A message enters
//! through the `intake`, which commits it to the store and publishes it in the journal; from there
//! `viewers` sends it to every socket, and `reading` serves what only the store still has.
//!
//! Start with [`Server`], then read `http/router.rs` for what it answers.

mod app;
pub mod cli;
mod clock;
pub mod config;
mod health;
pub mod healthcheck;
pub mod open_files;

mod sampler;

mod intake;

mod viewers;

mod sse;
mod ws;

mod reading;

mod hosts;
mod http;

mod maintenance;

mod low_priority;
mod open_log;
mod server;
mod tasks;

pub use intake::Unavailable;
pub use open_log::OpenLogError;
pub use server::{Server, StartError};

/// The server's version; a page of another version offers to reload.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

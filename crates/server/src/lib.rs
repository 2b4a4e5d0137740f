//! The server `watchroom`: samples its host, streams to viewers, serves the page.
//!
//! Here live configuration, tasks, sockets and HTTP; how a widget draws never does. A message enters
//! through the `intake`, which commits it to the store and publishes it in the journal; from there
//! `viewers` sends it to every socket, and `reading` serves what only the store still has.
//!
//! Start with [`Server`], then read `http/router.rs` for what it answers.

mod app;

mod accounts;

pub mod cli;
mod clock;
pub mod config;
mod control;
mod health;
pub mod healthcheck;
mod log_level;
pub mod logging;
pub mod open_files;
pub mod reference;
mod reload;
pub mod service_manager;
mod signals;

mod metrics;

mod network;
mod shares;

mod sampler;

mod intake;

mod idempotency;

mod inputs;

mod checks;

mod viewers;

mod sse;
mod ws;

mod reading;

mod alerts;

mod status;

mod rooms;

mod boards;

mod hosts;
mod http;
pub mod tls;

pub mod outgoing;

mod maintenance;

mod self_monitoring;

mod low_priority;
mod memory;
mod open_log;
mod server;
mod tasks;

pub use http::DeclaredRoute;
pub use intake::Unavailable;
pub use open_log::OpenLogError;
pub use reload::Reloader;
pub use server::{Server, StartError};
pub use signals::{Asked, Signals};

/// The server's version; a page of another version offers to reload.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

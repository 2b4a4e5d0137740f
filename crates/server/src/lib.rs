//! The server `watchroom`: samples its host, streams to viewers, serves the page.
//!
//! Here live configuration, tasks, sockets and HTTP; how a widget draws never does. A message comes
//! from the `sampler` through the `past`, which writes it down, into the journal, and `viewers` takes
//! it from there to every socket.
//!
//! Start with [`Server`], then read `http/router.rs` for what it answers.

mod app;
pub mod cli;
mod clock;
pub mod config;
pub mod healthcheck;
pub mod open_files;

mod sampler;

mod past;

mod sse;
mod viewers;
mod ws;

mod hosts;
mod http;

mod server;
mod tasks;

pub use past::PastError;
pub use server::{Server, StartError};

/// The server's version; a page of another version offers to reload.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

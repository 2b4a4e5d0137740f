//! The connection to the server: a pure state machine, and a thin loop that runs it.

mod backoff;
mod chain;
mod heartbeat;
mod machine;
mod statistics;

mod address;
mod remote;
mod socket;
mod task;

pub(crate) use address::socket_url;
pub(crate) use machine::{Machine, OfflineReason, Status};
pub(crate) use remote::Remote;
pub(crate) use statistics::Statistics;
pub(crate) use task::Connection;

//! The connection to the server: a pure state machine, and a thin loop that runs it.

mod backoff;
mod chain;
mod heartbeat;
mod lane;
mod route;
mod sample_clock;
mod statistics;
mod subscription;
mod wishes;

mod event;
mod machine;

mod address;
mod channel;
mod events;
mod remote;
mod socket;
mod task;

pub(crate) use address::{Addresses, SOCKET_URL_META};
pub(crate) use event::{OfflineReason, Status};
pub(crate) use machine::Machine;
pub(crate) use remote::Remote;
pub(crate) use route::Transport;
pub(crate) use statistics::Statistics;
pub(crate) use task::{Connection, News};
pub(crate) use wishes::Wishes;

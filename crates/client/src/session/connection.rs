//! The connection to the server: a pure state machine, and a thin loop that runs it.

mod backoff;
mod chain;
mod heartbeat;
mod preferences;
mod route;
mod sample_clock;
mod statistics;
mod stream_state;
mod subscription;

mod event;
mod machine;

mod address;
mod channel;
mod events;
mod handle;
mod socket;
mod task;

pub(crate) use address::{Addresses, SOCKET_URL_META};
pub(crate) use event::{OfflineReason, Status};
pub(crate) use handle::ConnectionHandle;
pub(crate) use machine::Machine;
pub(crate) use preferences::Preferences;
pub(crate) use route::Transport;
pub(crate) use statistics::Statistics;
pub(crate) use task::{Connection, ConnectionEvent};

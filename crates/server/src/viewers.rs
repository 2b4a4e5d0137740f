//! Viewers, and the fan-out of messages to them.
//!
//! A viewer is a [`Cursor`](journal::Cursor) into the journal and a socket. While its socket has room, a
//! [sweep] writes to it along with thousands of others; when the socket is full, the viewer's own
//! task takes over until it has caught up. Live messages are not queued anywhere.
//!
//! Messages that are not in the log, and of which only the newest counts, are those of [topics].
//!
//! Lock order: a viewer's outbox, then the journal, or the session of its [`TlsSocket`](crate::tls::TlsSocket). No journal lock is held during a system call.

mod address_limits;
mod lag;
pub(crate) mod rate_limit;
mod slowest;

pub(crate) mod traffic;

pub(crate) mod control;
pub(crate) mod outbox;
pub(crate) mod socket;
mod translator;
pub(crate) mod viewer;
mod wake;

pub(crate) mod topics;

mod shard;
mod sweep;

pub(crate) mod hub;

pub(crate) use address_limits::AddressLimits;
pub(crate) use hub::{Hub, HubLimits};
pub(crate) use outbox::{Outbox, Progress};
pub(crate) use slowest::Slow;
pub(crate) use socket::{Sink, Socket};
pub(crate) use topics::{Pace, Topic, Topics};
pub(crate) use viewer::{CloseReason, Transport, Viewer};

//! Who watches, and how everyone gets every message.
//!
//! A viewer is a [`Cursor`](journal::Cursor) into the journal and a socket. While its socket takes
//! what it is given, a [sweep](sweep) writes to it, beside thousands of others; when the socket is
//! full, the viewer's own task takes over until it has caught up. No messages are queued anywhere.
//!
//! Lock order: a viewer's outbox, then the journal. No journal lock is held during a system call.

mod address_limits;
pub(crate) mod rate_limit;

pub(crate) mod control;
pub(crate) mod outbox;
mod translator;
pub(crate) mod viewer;

mod shard;
mod sweep;

pub(crate) mod hub;

pub(crate) use hub::{Hub, HubLimits};
pub(crate) use outbox::{Outbox, Progress};
pub(crate) use viewer::{Ending, Sink, Transport, Viewer};

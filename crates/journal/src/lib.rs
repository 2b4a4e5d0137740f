//! The ordered log of durable messages. Nothing here names a socket or a database.
//!
//! All durable messages form one total order, and a viewer is a [`Cursor`] into it: there is no
//! queue per viewer. A message is serialised once, when it is appended, into a [`Frame`] that all
//! viewers share; the frame's other encodings are made when the first viewer needs them.
//!
//! A store may hold more than the ring. The log does not access it: it [prepares](Journal::prepare)
//! messages, which the caller commits and then [publishes](Journal::publish), and it [requests
//! pages](PageRequest) of older messages, which the caller fetches.
//!
//! The invariants: **each message that a cursor subscribes to is read once and in order, or lies within a
//! reported gap**, and **nothing is read that its [`Access`](access::Access) does not allow.**
//!
//! Start with [`Journal`], the handle; the [`Log`] in it is pure.

mod stream_set;

mod chain;
mod scope;

mod filter;
mod frame;

mod log;
mod ring;

mod cursor;
mod throttle;

mod chains;

mod backlog;
mod backlog_plan;
mod budget;
mod recovery;
mod stored;

mod journal;

#[cfg(test)]
mod model;
#[cfg(test)]
mod test_support;

pub use backlog::{Backlog, BacklogStep};
pub use backlog_plan::BacklogPlan;
pub use chain::Chain;
pub use cursor::{Batch, Cursor, ReadResult};
pub use filter::{Facets, Filter, is_of_own_chain, named_host};
pub use frame::{Encoding, Frame, Translate};
pub use journal::Journal;
pub use log::{Limits, Log};
pub use recovery::Recovery;
pub use scope::{Hosts, Scope};
pub use stored::{Page, PageRequest, ResumeState, SequenceJump, StoredMessage};
pub use stream_set::StreamSet;

//! The server's own metrics, for `GET /metrics`.
//!
//! What happens often is counted where it happens, in atomics of a shard ([`Traffic`](crate::viewers::traffic)); what
//! is rare in [`Metrics`], a handle that everything has. All else is read when somebody asks.
//!
//! `exposition.rs` is the text format, `own.rs` and `host.rs` are the metrics, each described there alone.

mod histogram;
mod rejected;

mod cells;

mod exposition;
mod host;
mod own;
pub(crate) mod process;

pub(crate) use cells::Metrics;
pub(crate) use exposition::{Exposition, Format};
pub(crate) use histogram::{Buckets, quantile_seconds};
pub(crate) use host::write_host;
pub(crate) use own::write_own;
pub(crate) use rejected::{RejectedMessage, RejectedRequest};

//! How messages enter the log.
//!
//! A message arrives at an [`Appender`]; the [`Writer`](writer::Writer) assigns its `seq`, commits it to the
//! store and then publishes it, and passes its samples on to the series. While the store is unavailable, the
//! server's own messages are published at once and committed later, and all others are refused.

mod own_message;

mod appender;

pub(crate) mod sequence_allocator;

mod dirty_flag;
mod outage_reports;
mod retry_queue;
pub(crate) mod writer;

pub(crate) mod points;

mod refused_series;
pub(crate) mod series;

#[cfg(test)]
mod tests;

pub use appender::Unavailable;
pub(crate) use appender::{Appender, KeyChange, WeakAppender};
pub(crate) use dirty_flag::DirtyFlag;
pub(crate) use own_message::OwnMessage;
pub(crate) use points::{IngestedPoint, PointIntake};
pub(crate) use sequence_allocator::SequenceAllocator;

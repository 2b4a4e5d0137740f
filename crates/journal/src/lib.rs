//! The ordered log of durable messages. Nothing here names a socket or a database.
//!
//! All durable messages form one total order, and a viewer is a [`Cursor`] into it: there is no
//! queue per viewer. A message is serialised once, when it is appended, into a [`Frame`] that all
//! viewers share; the frame's other encodings are made when the first viewer needs them.
//!
//! The invariant: **what a cursor wants is either read, in order and once, or named by a gap.**
//!
//! Start with [`Journal`], the handle; [`log`](Log) is what it hides, and pure.

mod stream_set;

mod filter;
mod frame;

mod log;
mod ring;

mod cursor;
mod pace;
mod recovery;

mod journal;

#[cfg(test)]
mod model;
#[cfg(test)]
mod test_support;

pub use cursor::{Batch, Cursor, Reading};
pub use filter::Filter;
pub use frame::{Encoding, Frame};
pub use journal::Journal;
pub use log::{Limits, Log};
pub use recovery::{Answer, Backlog};
pub use stream_set::StreamSet;

//! The ordered log of durable messages. Nothing here names a socket or a database.
//!
//! All durable messages form one total order, and a viewer is a [`Cursor`] into it: there is no
//! queue per viewer. A message is serialised once, when it is appended, into a [`Frame`] that all
//! viewers share; the frame's other encodings are made when the first viewer needs them.
//!
//! Behind the ring there may be a store. The log does not know it: it [prepares](Journal::prepare)
//! messages for whoever keeps them and shows them once it is told to, and it says [what it would
//! like to read](Ask) of the past, in pages.
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

mod chains;

mod backlog;
mod behind;
mod budget;
mod question;
mod recovery;

mod journal;

#[cfg(test)]
mod model;
#[cfg(test)]
mod test_support;

pub use backlog::{Backlog, Step};
pub use behind::{Ask, Jump, Kept, Page, Resumed};
pub use cursor::{Batch, Cursor, Reading};
pub use filter::Filter;
pub use frame::{Encoding, Frame, Translate};
pub use journal::Journal;
pub use log::{Limits, Log};
pub use question::Question;
pub use recovery::Answer;
pub use stream_set::StreamSet;

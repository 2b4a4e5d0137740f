//! A load generator and fault injector for any Watchroom server, and yardsticks to hold beside it.
//!
//! It must be light enough not to be what is measured: one thread, non-blocking sockets, one read
//! buffer for all viewers, and each distinct message parsed once, however many viewers receive the
//! same bytes. Nothing here knows how a server works inside; the wire (`protocol`) is all they share.
//!
//! Start with [`Plan`], what is to be done, and [`run()`], which does it and returns a [`Report`].
//! In the order in which bytes travel: `socket`, `handshake`, `frame` or `event_stream`, `messages`,
//! `chain` (was anything lost?), `viewer`, and `run`, the loop around them all.

mod plan;
mod target;

mod random;
mod socket;

mod event_stream;
mod frame;
mod handshake;

mod messages;

mod chain;
mod log;

mod rubbish;
mod viewer;

mod process;
mod run;

mod histogram;
mod report;
mod tally;

pub mod yardstick;

pub use plan::{InvalidPlan, Plan, Transport, Window};
pub use report::{Gaps, Latency, Memory, Report, Resumes};
pub use run::{RunError, run};
pub use socket::TooFewFiles;
pub use target::{InvalidTarget, Target};

//! A load generator and fault injector for any Watchroom server, and baseline servers to compare with.
//!
//! It must not be the bottleneck: one thread, non-blocking sockets, one read buffer for all viewers,
//! and each distinct message parsed once, however many viewers receive the same bytes. Nothing here
//! knows a server's internals; both share only the wire (`protocol`).
//!
//! Start with [`Plan`], the load, and [`run()`], which puts it on a server and returns a [`Report`].
//! In the order in which bytes travel: `socket`, `handshake`, `frame` or `event_stream`,
//! `message_cache`, `chain` (was anything lost?), `viewer`, and `run`, the event loop around them all. An [`Attack`] is
//! apart from this: it costs a server as much as it can, and its clients are no viewers.

mod plan;
mod target;

mod random;
mod socket;
mod wire;

pub mod event_stream;
mod frame;
mod handshake;

mod message_cache;

mod chain;
mod seen;

mod malformed;
mod talker;
mod viewer;

mod attack;

mod process;
mod run;

mod histogram;
mod report;
mod tally;

pub mod baseline;

pub use attack::{Attack, Attacked, Attacking, Attempts, Kind as AttackKind};
pub use plan::{InvalidPlan, Plan, Transport, Window};
pub use process::ProcessUsage;
pub use report::{Counts, Gaps, Latency, Memory, Report, Resumes};
pub use run::{RunError, run};
pub use socket::TooFewFiles;
pub use talker::Talker;
pub use target::{InvalidTarget, Target};

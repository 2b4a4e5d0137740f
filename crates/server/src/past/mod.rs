//! What outlives the program: messages are written down before anyone sees them, and read again for
//! whoever was away.
//!
//! Between the journal, which knows no database, and the `history` crate, which knows no viewer. A
//! message comes in through the [`Appender`]; the [`writer`] gives it its number, has it committed
//! and then publishes it; [`Reader`] reads for viewers what has left the ring. Nothing here ever holds
//! up a viewer: a store that is slow or gone costs the past, not the present.

mod open;

mod own_host;

mod appender;
mod mark;
mod numbers;
mod outages;
mod unwritten;
mod writer;

mod reader;

mod aside;
#[cfg(target_os = "linux")]
mod priority;
#[cfg(not(target_os = "linux"))]
#[path = "priority_unset.rs"]
mod priority;

mod archive;
mod sealing;
mod series;
mod series_refused;

mod trusted_clock;

#[cfg(target_os = "linux")]
mod clocks;
#[cfg(not(target_os = "linux"))]
#[path = "clocks_plain.rs"]
mod clocks;

mod known_time;

mod simulated;

mod retention;

mod health;

#[cfg(test)]
mod tests;

pub(crate) use appender::{Appender, Lent};
pub(crate) use archive::Archive;
pub(crate) use health::{Health, Readiness};
pub use open::PastError;
pub(crate) use open::{Opened, open};
pub(crate) use reader::{Reader, Reading};

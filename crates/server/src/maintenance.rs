//! What runs beside live messages: sealing series, retention, and the simulated history of a demo.

pub(crate) mod sealing;

mod clocks;
mod known_time;
pub(crate) mod retention;
mod trusted_clock;
pub(crate) mod usage;

pub(crate) mod simulated_history;

pub(crate) use known_time::KnownTime;
pub(crate) use simulated_history::SimulatedHistory;

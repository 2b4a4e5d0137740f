//! Samplers: the host this program runs on, or a simulated one behind the same interface.
//!
//! Nothing here knows who listens. Nothing awaits, spawns or sleeps either: the caller owns a thread
//! for it (reading a host blocks), sleeps until [`Collector::next_due`] and passes both clocks in.
//! What a platform cannot tell is absent from a sample, never zero.
//!
//! Start with [`Collector`], which decides what is due; then `local.rs`, one file per source, or
//! `demo.rs`.

mod moment;

mod collector;
mod host;

mod demo;
mod local;

mod numbers;
mod text;

pub use collector::{Collector, INTERVAL_MAX, INTERVAL_MIN, Watched};
pub use demo::{DEMO_LABELS_MAX, DEMO_RATE_MAX, Demo, DemoPast, HOST as DEMO_HOST};
pub use local::{HOST as LOCAL_HOST, host_name};
pub use moment::Moment;

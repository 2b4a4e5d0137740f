//! Samplers: the host this program runs on, or a simulated one behind the same interface.
//!
//! Nothing here knows who listens. The caller owns a thread for it, sleeps until
//! [`Collector::next_due`] and passes both clocks in. A source is read on a thread of
//! `local/worker.rs`, since reading it may block forever; [`Collector::collect`] does not.
//! What a platform cannot tell is absent from a sample, never zero.
//!
//! Start with [`Collector`], which decides what is due; then `local.rs`, one file per source, or
//! `demo.rs`.

mod moment;

mod collector;
mod host;

mod demo;
mod local;
#[cfg_attr(not(target_os = "linux"), path = "prober_absent.rs")]
pub mod prober;

mod numbers;
mod text;

pub use collector::{Collector, INTERVAL_MAX, INTERVAL_MIN, Watched};
pub use demo::{
    DEMO_HOSTS_MAX, DEMO_LABELS_MAX, DEMO_RATE_MAX, Demo, DemoPast, HOST as DEMO_HOST, is_demo_host,
};
pub use local::host_name;
pub use moment::Moment;

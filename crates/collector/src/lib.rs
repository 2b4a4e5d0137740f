//! Samples the local host, or a simulated one behind the same interface.
//!
//! The caller owns a thread, sleeps until [`Collector::next_due`] and passes both clocks. Sources are read on
//! threads of `local/worker.rs`, since reading may block forever; [`Collector::collect`] does not block.
//! Values that a platform does not provide are absent from a sample, never zero.
//!
//! Start with [`Collector`], which schedules samples; then `local.rs`, one file per source, or `demo.rs`.

mod moment;

mod counters;

mod collector;
mod host;

mod demo;
mod local;
#[cfg_attr(not(target_os = "linux"), path = "prober_absent.rs")]
pub mod prober;

mod rounding;
mod text;

pub use collector::{Collector, INTERVAL_MAX, INTERVAL_MIN, Watched};
pub use counters::{CPU_MODES, CoreTimes, DeviceCounters, FilesystemSpace, HostCounters};
pub use demo::{
    DEMO_HOSTS_MAX, DEMO_LABELS_MAX, DEMO_RATE_MAX, Demo, DemoPast, HOST as DEMO_HOST, is_demo_host,
};
pub use local::host_name;
pub use moment::Moment;

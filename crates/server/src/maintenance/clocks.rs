//! What the system knows about its clocks.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{is_synchronised, uptime_ms};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{is_synchronised, uptime_ms};

use crate::{HostCounters, Moment};
use protocol::{Durable, Metrics, Processes};
use std::time::{Duration, Instant};

/// A host that can be sampled.
pub(crate) trait Host: Send {
    /// The metrics since the last call, or since the host was created.
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics;

    /// What the kernel counted, as of the last metrics; absent for a simulated host.
    fn counters(&self) -> Option<HostCounters> {
        None
    }

    /// The metrics of additional hosts at the same moment.
    fn other_metrics(&mut self, _now: Moment, _interval: Duration) -> Vec<Metrics> {
        Vec::new()
    }

    /// The busiest processes since the last call, or since the host was created, which are the most
    /// expensive to sample. `None` while reading them takes longer than a sample waits.
    fn processes(&mut self, now: Moment) -> Option<Processes>;

    /// When the host next has other messages, if it ever has.
    fn next_own(&self) -> Option<Instant>;

    /// Appends its other messages to `messages`.
    fn own(&mut self, now: Moment, messages: &mut Vec<Durable>);
}

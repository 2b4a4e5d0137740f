use crate::Moment;
use protocol::{Durable, Metrics, Processes};
use std::time::{Duration, Instant};

/// A host that can be looked at.
pub(crate) trait Host: Send {
    /// The figures since the last call, or since the host was made.
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics;

    /// The figures of further hosts, of the same moment.
    fn other_metrics(&mut self, _now: Moment, _interval: Duration) -> Vec<Metrics> {
        Vec::new()
    }

    /// The busiest processes since the last call, or since the host was made. Looking at them is
    /// the most expensive thing a host does. `None` while it takes longer than a sample waits.
    fn processes(&mut self, now: Moment) -> Option<Processes>;

    /// When the host next says something of its own accord, if it ever does.
    fn next_own(&self) -> Option<Instant>;

    /// What it says of its own accord, appended to `messages`.
    fn own(&mut self, now: Moment, messages: &mut Vec<Durable>);
}

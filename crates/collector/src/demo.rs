//! A simulated host, for demonstrations and tests.
//!
//! All sampled values are a function of the seed and the time (`world.rs`, `schedule.rs`), so that the
//! history can be computed and continues seamlessly into the present. `background_events.rs` and
//! `bulk_data.rs` have their own streams of random numbers, so that they do not influence each other.

mod slots;

mod calendar;
mod channel;
mod noise;
mod schedule;
mod world;

mod machine;
mod processes;

mod alerts;
mod background_events;
mod bulk_data;
mod business;
mod timeline;

mod history;

mod random;

use crate::Moment;
use crate::host::Host;
use background_events::BackgroundEvents;
use bulk_data::BulkData;
use business::Business;
use machine::Machine;
use processes::Programs;
use protocol::{Durable, Metrics, Processes, Timestamp};
use random::Random;
use slots::Slots;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use timeline::Timeline;
use world::World;

pub use history::DemoPast;

/// The name of the first simulated host.
pub const HOST: &str = "demo";

/// The maximum number of simulated hosts.
pub const DEMO_HOSTS_MAX: u32 = 50;

/// The name of a simulated host: `demo`, `demo-2`, `demo-3` …
fn host_name(number: u32) -> String {
    match number {
        0 | 1 => HOST.to_owned(),
        _ => format!("{HOST}-{number}"),
    }
}

/// Whether this is the name of a simulated host.
pub fn is_demo_host(name: &str) -> bool {
    (1..=DEMO_HOSTS_MAX).any(|number| host_name(number) == name)
}

/// The seed of a simulated host: multiples of the golden ratio are far apart (Knuth, The Art of Computer
/// Programming 3, 6.4).
fn host_seed(seed: u64, number: u32) -> u64 {
    let others = u64::from(number.saturating_sub(1));
    seed.wrapping_add(others.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The maximum of [`Demo::rate`], in messages a second.
pub const DEMO_RATE_MAX: u32 = 100_000;

/// The maximum of [`Demo::labels`]. With the host's own metrics that is about as many series as a store
/// accepts.
pub const DEMO_LABELS_MAX: u32 = 900;

/// Slots a second without a rate: enough for all of the host's own messages.
const SLOTS_PER_SECOND: u32 = 10;

/// The default of [`Demo::start`], in seconds since the Unix epoch: Wednesday, 2026-01-14, 10:31. No
/// incident happens for some hours.
const START_S: f64 = 1_768_386_660.0;

/// Options of a simulated host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demo {
    /// The same seed gives the same messages.
    pub seed: u64,
    /// The rate of all messages a second, which data messages of about 300 bytes fill up, evenly spread,
    /// in batches if they are closer than 5 ms. The minimum is one sample, one data and one other message
    /// a second.
    pub rate: Option<u32>,
    /// The number of labels of these data messages: clamped to 1 and [`DEMO_LABELS_MAX`].
    pub labels: u32,
    /// The number of hosts, each with its own seed: clamped to 1 and [`DEMO_HOSTS_MAX`]. The others have
    /// only samples, without a shop, events and alerts.
    pub hosts: u32,
    /// The simulated time at the start, to continue a [history](DemoPast). By default, each start is at the
    /// same time of a Wednesday.
    pub start: Option<Timestamp>,
}

pub(crate) struct DemoHost {
    start: Instant,
    /// The simulated time at the start.
    start_s: f64,
    slots: Slots,
    /// Samples that the collector requested: each uses a slot.
    slots_taken: u32,
    machine: Machine,
    /// The other hosts.
    others: Vec<Machine>,
    programs: Programs,
    timeline: Timeline,
    /// Messages waiting for a slot.
    pending: VecDeque<Durable>,
    business: Business,
    events: BackgroundEvents,
    bulk_data: Option<BulkData>,
}

impl DemoHost {
    pub(crate) fn new(demo: Demo, interval: Duration, now: Instant) -> Self {
        let samples_per_second = (1.0 / interval.as_secs_f64()).ceil() as u32;
        let hosts = demo.hosts.clamp(1, DEMO_HOSTS_MAX);
        let slots_min = samples_per_second * hosts + 2;
        let slots_per_second = demo.rate.map_or(slots_min.max(SLOTS_PER_SECOND), |rate| {
            rate.clamp(slots_min, DEMO_RATE_MAX)
        });
        let stream = |stream| Random::new(demo.seed, stream);
        let world = || World::new(demo.seed);
        let start_ms = demo.start.map(|start| start.unix_ms() as f64);
        let start_s = start_ms.map_or(START_S, |ms| ms / 1_000.0);
        let other = |number: u32| {
            let world = World::new(host_seed(demo.seed, number));
            Machine::new(host_name(number), world, start_s)
        };
        Self {
            start: now,
            start_s,
            slots: Slots::new(slots_per_second),
            slots_taken: 0,
            machine: Machine::new(host_name(1), world(), start_s),
            others: (2..=hosts).map(other).collect(),
            programs: Programs::new(world()),
            timeline: Timeline::new(world(), start_s),
            pending: VecDeque::new(),
            business: Business::new(world(), start_s),
            events: BackgroundEvents::new(stream(3)),
            bulk_data: demo.rate.map(|_| BulkData::new(stream(4), demo.labels)),
        }
    }

    fn at_s(&self, now: Instant) -> f64 {
        self.start_s + now.saturating_duration_since(self.start).as_secs_f64()
    }

    /// The next waiting message, with the current time.
    fn next_pending(&mut self, timestamp: Timestamp) -> Option<Durable> {
        let mut message = self.pending.pop_front()?;
        match &mut message {
            Durable::Event(event) => event.timestamp = timestamp,
            Durable::Alert(alert) => alert.timestamp = timestamp,
            _ => {}
        }
        Some(message)
    }
}

impl Host for DemoHost {
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics {
        self.slots_taken += 1;
        self.machine.step(self.at_s(now.instant));
        self.machine.metrics(now.timestamp, interval)
    }

    fn other_metrics(&mut self, now: Moment, interval: Duration) -> Vec<Metrics> {
        let at_s = self.at_s(now.instant);
        let metrics = self.others.iter_mut().map(|machine| {
            machine.step(at_s);
            machine.metrics(now.timestamp, interval)
        });
        let metrics: Vec<_> = metrics.collect();
        self.slots_taken += metrics.len() as u32;
        metrics
    }

    fn processes(&mut self, now: Moment) -> Option<Processes> {
        self.slots_taken += 1;
        let at_s = self.at_s(now.instant);
        let cpu = self.machine.cpu_of_all_cores();
        Some(self.programs.processes(at_s, now.timestamp, cpu))
    }

    fn next_own(&self) -> Option<Instant> {
        Some(self.start + self.slots.next_due())
    }

    fn own(&mut self, now: Moment, messages: &mut Vec<Durable>) {
        let since_start = now.instant.saturating_duration_since(self.start);
        // Occurrences start on whole seconds.
        let new = self.timeline.advance_to(self.at_s(now.instant).floor());
        self.pending
            .extend(new.into_iter().map(|(_, message)| message));
        for at in self.slots.passed(since_start) {
            if self.slots_taken > 0 {
                self.slots_taken -= 1;
            } else if let Some(message) = self.next_pending(now.timestamp) {
                messages.push(message);
            } else if let Some(event) = self.events.due(at, now.timestamp) {
                messages.push(Durable::Event(event));
            } else if let Some(data) = self.business.due(at, now.timestamp) {
                messages.push(Durable::Data(data));
            } else if let Some(bulk_data) = &mut self.bulk_data {
                messages.push(Durable::Data(bulk_data.next(now.timestamp)));
            }
        }
    }
}

#[cfg(test)]
mod tests;

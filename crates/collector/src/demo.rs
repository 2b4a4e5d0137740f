//! A host that does not exist, for showing and testing Watchroom.
//!
//! What there is to be sampled is a function of the seed and the time (`world.rs`, `script.rs`): there is
//! a past to be computed, and the present follows on it without a jump. What comes by itself (`events.rs`,
//! `filler.rs`) draws from a stream of random numbers of its own, so that looking at processes, say,
//! changes nothing else.

mod slots;

mod calendar;
mod channel;
mod noise;
mod script;
mod world;

mod machine;
mod processes;

mod alerts;
mod business;
mod events;
mod filler;
mod story;

mod past;

mod random;

use crate::Moment;
use crate::host::Host;
use business::Business;
use events::Events;
use filler::Filler;
use machine::Machine;
use processes::Programs;
use protocol::{Durable, Metrics, Processes, Timestamp};
use random::Random;
use slots::Slots;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use story::Story;
use world::World;

pub use past::DemoPast;

/// What the first simulated host is called in its messages.
pub const HOST: &str = "demo";

/// The most simulated hosts; more are held at this.
pub const DEMO_HOSTS_MAX: u32 = 50;

/// What the simulated host of this number is called: `demo`, `demo-2`, `demo-3` …
fn host_name(number: u32) -> String {
    match number {
        0 | 1 => HOST.to_owned(),
        _ => format!("{HOST}-{number}"),
    }
}

/// Whether a simulated host is called so.
pub fn is_demo_host(name: &str) -> bool {
    (1..=DEMO_HOSTS_MAX).any(|number| host_name(number) == name)
}

/// The seed of the simulated host of this number. Golden ratio: neighbours are far apart (Knuth, The Art of
/// Computer Programming 3, 6.4).
fn host_seed(seed: u64, number: u32) -> u64 {
    let others = u64::from(number.saturating_sub(1));
    seed.wrapping_add(others.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The most messages a second that a simulated host fills up to; a higher rate is held at this.
pub const DEMO_RATE_MAX: u32 = 100_000;

/// The most labels of a simulated application; more are held at this. With the host's own figures
/// that is about as many series as a store takes.
pub const DEMO_LABELS_MAX: u32 = 900;

/// Slots a second where no rate is asked for: enough for all the host says by itself.
const SLOTS_PER_SECOND: u32 = 10;

/// Where a simulated host is in its week at the start unless somebody says otherwise, in seconds since
/// the Unix epoch: Wednesday, 2026-01-14, 10:31. Nothing much happens for some hours.
const START_S: f64 = 1_768_386_660.0;

/// What kind of simulated host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demo {
    /// The same seed gives the same messages.
    pub seed: u64,
    /// Data messages of about 300 bytes fill up to so many messages a second in all, evenly spread,
    /// in batches if they come closer than 5 ms. A rate too low for one sample, one figure and one
    /// more message each second is held at that.
    pub rate: Option<u32>,
    /// Over how many labels what fills up is spread, each in its turn: held within 1 and
    /// [`DEMO_LABELS_MAX`].
    pub labels: u32,
    /// How many hosts, each with a seed of its own: held within 1 and [`DEMO_HOSTS_MAX`]. The others are
    /// machines alone, without a shop, events and alerts.
    pub hosts: u32,
    /// The time of its week that the start is at, so that it follows on a [past](DemoPast). Without it, each
    /// start is at the same time of a Wednesday.
    pub start: Option<Timestamp>,
}

pub(crate) struct DemoHost {
    start: Instant,
    /// The simulated host's clock at the start.
    start_s: f64,
    slots: Slots,
    /// Messages that the schedule asked for: each takes the place of one of the host's own.
    slots_taken: u32,
    machine: Machine,
    /// The other hosts.
    others: Vec<Machine>,
    programs: Programs,
    story: Story,
    /// What happened and has not been said yet.
    unsaid: VecDeque<Durable>,
    business: Business,
    events: Events,
    filler: Option<Filler>,
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
            story: Story::new(world(), start_s),
            unsaid: VecDeque::new(),
            business: Business::new(world(), start_s),
            events: Events::new(stream(3)),
            filler: demo.rate.map(|_| Filler::new(stream(4), demo.labels)),
        }
    }

    fn at_s(&self, now: Instant) -> f64 {
        self.start_s + now.saturating_duration_since(self.start).as_secs_f64()
    }

    /// Something that happened, at the time at which it is said.
    fn next_of_story(&mut self, timestamp: Timestamp) -> Option<Durable> {
        let mut message = self.unsaid.pop_front()?;
        match &mut message {
            Durable::Event(event) => event.timestamp = timestamp,
            Durable::Alert(alert) => alert.timestamp = timestamp,
            Durable::Metrics(_) | Durable::Processes(_) | Durable::Data(_) | Durable::Log(_) => {}
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
        // Everything that happens begins with a second.
        let told = self.story.tell(self.at_s(now.instant).floor());
        self.unsaid
            .extend(told.into_iter().map(|(_, message)| message));
        for at in self.slots.passed(since_start) {
            if self.slots_taken > 0 {
                self.slots_taken -= 1;
            } else if let Some(message) = self.next_of_story(now.timestamp) {
                messages.push(message);
            } else if let Some(event) = self.events.due(at, now.timestamp) {
                messages.push(Durable::Event(event));
            } else if let Some(data) = self.business.due(at, now.timestamp) {
                messages.push(Durable::Data(data));
            } else if let Some(filler) = &mut self.filler {
                messages.push(Durable::Data(filler.next(now.timestamp)));
            }
        }
    }
}

#[cfg(test)]
mod tests;

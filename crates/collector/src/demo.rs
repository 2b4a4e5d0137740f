//! A host that does not exist, for showing and testing Watchroom.
//!
//! Everything comes from the seed and from the time that passes on the caller's clock. Each part
//! draws from a stream of random numbers of its own, so that looking at processes, say, changes
//! nothing else.

mod slots;

mod machine;
mod processes;

mod business;
mod events;
mod filler;

mod random;

use crate::Moment;
use crate::host::Host;
use business::Business;
use events::Events;
use filler::Filler;
use machine::Machine;
use processes::Programs;
use protocol::{Durable, Metrics, Processes};
use random::Random;
use slots::Slots;
use std::time::{Duration, Instant};

/// What a simulated host is called in its messages.
pub const HOST: &str = "demo";

/// The most messages a second that a simulated host fills up to; a higher rate is held at this.
pub const DEMO_RATE_MAX: u32 = 100_000;

/// The most labels of a simulated application; more are held at this. With the host's own figures
/// that is about as many series as a store takes.
pub const DEMO_LABELS_MAX: u32 = 900;

/// Slots a second where no rate is asked for: enough for all the host says by itself.
const SLOTS_PER_SECOND: u32 = 10;

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
}

pub(crate) struct DemoHost {
    start: Instant,
    stepped: Instant,
    slots: Slots,
    /// Messages that the schedule asked for: each takes the place of one of the host's own.
    slots_taken: u32,
    machine: Machine,
    programs: Programs,
    business: Business,
    events: Events,
    filler: Option<Filler>,
}

impl DemoHost {
    pub(crate) fn new(demo: Demo, interval: Duration, now: Instant) -> Self {
        let samples_per_second = (1.0 / interval.as_secs_f64()).ceil() as u32;
        let slots_min = samples_per_second + 2;
        let slots_per_second = demo.rate.map_or(slots_min.max(SLOTS_PER_SECOND), |rate| {
            rate.clamp(slots_min, DEMO_RATE_MAX)
        });
        let stream = |stream| Random::new(demo.seed, stream);
        Self {
            start: now,
            stepped: now,
            slots: Slots::new(slots_per_second),
            slots_taken: 0,
            machine: Machine::new(stream(0)),
            programs: Programs::new(stream(1)),
            business: Business::new(stream(2)),
            events: Events::new(stream(3)),
            filler: demo.rate.map(|_| Filler::new(stream(4), demo.labels)),
        }
    }

    fn step(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.stepped);
        self.stepped += elapsed;
        self.machine.step(elapsed.as_secs_f64());
    }
}

impl Host for DemoHost {
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics {
        self.slots_taken += 1;
        self.step(now.instant);
        self.machine.metrics(now.timestamp, interval)
    }

    fn processes(&mut self, now: Moment) -> Option<Processes> {
        self.slots_taken += 1;
        let cpu = self.machine.cpu_of_all_cores();
        Some(self.programs.processes(now, cpu))
    }

    fn next_own(&self) -> Option<Instant> {
        Some(self.start + self.slots.next_due())
    }

    fn own(&mut self, now: Moment, messages: &mut Vec<Durable>) {
        let since_start = now.instant.saturating_duration_since(self.start);
        for at in self.slots.passed(since_start) {
            if self.slots_taken > 0 {
                self.slots_taken -= 1;
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

use super::background_events::BackgroundEvents;
use super::business::Business;
use super::calendar::{HOUR_S, MINUTE_S, hour};
use super::machine::{Machine, cpu_of_all};
use super::processes::Programs;
use super::random::Random;
use super::schedule;
use super::timeline::{Timeline, timestamp};
use super::world::World;
use super::{host_name, host_seed};
use protocol::{Data, Durable, Metrics};
use std::time::Duration;

/// The interval of background events at noon.
const PAUSE_S: std::ops::Range<f64> = 30.0..110.0;
/// The longest interval, at night.
const QUIET_SHARE_MIN: f64 = 0.3;

/// The usual interval of processes, which is shorter during occurrences. The processes of a moment are the
/// newest of the three minutes before it.
const PROCESSES_EVERY_S: f64 = 2.0 * MINUTE_S;
const PROCESSES_EVERY_EVENTFUL_S: f64 = 30.0;

/// The first random stream of hours; lower ones are used by the live host.
const HOUR_STREAMS: u64 = 1 << 32;

/// The history of a simulated host before its start.
///
/// Any time range can be computed, in any order; the live host continues it seamlessly: see `World`.
#[derive(Debug, Clone, Copy)]
pub struct DemoPast {
    seed: u64,
    number: u32,
}

impl DemoPast {
    /// The history of the simulated host with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, number: 1 }
    }

    /// The history of one of the other simulated hosts, from number 2. It has only samples.
    pub fn of_other(seed: u64, number: u32) -> Self {
        Self {
            seed: host_seed(seed, number),
            number,
        }
    }

    /// The host's name.
    pub fn host(&self) -> String {
        host_name(self.number)
    }

    /// Calls the function for the samples from `from_ms` until before `to_ms`, in order: the host and the
    /// metrics of its shop, at whole multiples of `interval` since the Unix epoch.
    pub fn samples(
        &self,
        from_ms: i64,
        to_ms: i64,
        interval: Duration,
        mut take: impl FnMut(Metrics, Vec<Data>),
    ) {
        let interval_ms = i64::try_from(interval.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let first =
            from_ms.div_euclid(interval_ms) + i64::from(from_ms.rem_euclid(interval_ms) > 0);
        let mut business = Business::new(World::new(self.seed), 0.0);
        let mut machine: Option<(i64, Machine)> = None;
        for number in first.. {
            let at_ms = number * interval_ms;
            if at_ms >= to_ms {
                break;
            }
            let at_s = at_ms as f64 / 1_000.0;
            // Computed from the start of each hour, so that the result is independent of the range.
            let mut of_hour = match machine.take() {
                Some((known, machine)) if known == hour(at_s) => machine,
                _ => self.machine(at_s, interval),
            };
            of_hour.step(at_s);
            let timestamp = timestamp(at_s);
            let metrics = of_hour.metrics(timestamp, interval);
            machine = Some((hour(at_s), of_hour));
            let data = match self.number {
                1 => business.all(at_s, timestamp),
                _ => Vec::new(),
            };
            take(metrics, data);
        }
    }

    /// Its state at the start of an hour, or as if it had been sampled since then.
    fn machine(&self, at_s: f64, interval: Duration) -> Machine {
        let start_s = hour(at_s) as f64 * HOUR_S;
        let mut machine = Machine::new(self.host(), World::new(self.seed), start_s);
        let mut passed_s = start_s;
        while passed_s + interval.as_secs_f64() < at_s {
            passed_s += interval.as_secs_f64();
            machine.step(passed_s);
        }
        machine
    }

    /// The other messages from `from_ms` until before `to_ms`, in order of time: events, alerts and
    /// processes.
    pub fn messages(&self, from_ms: i64, to_ms: i64) -> Vec<Durable> {
        let (from_s, to_s) = (from_ms as f64 / 1_000.0, to_ms as f64 / 1_000.0);
        // A timeline excludes its start and includes its end.
        let half_ms = 0.0005;
        let mut messages =
            Timeline::new(World::new(self.seed), from_s - half_ms).advance_to(to_s - half_ms);
        for hour in hour(from_s)..=hour(to_s) {
            messages.extend(self.background_events(hour));
            messages.extend(self.processes(hour));
        }
        messages.retain(|(at_s, _)| *at_s >= from_s && *at_s < to_s);
        messages.sort_by(|one, other| one.0.total_cmp(&other.0));
        messages.into_iter().map(|(_, message)| message).collect()
    }

    fn background_events(&self, hour: i64) -> Vec<(f64, Durable)> {
        let mut world = World::new(self.seed);
        let stream = HOUR_STREAMS + hour.unsigned_abs();
        let mut random = Random::new(self.seed, stream);
        let mut events = BackgroundEvents::new(Random::new(self.seed, stream + HOUR_STREAMS));
        let mut messages = Vec::new();
        let (mut at_s, end_s) = (hour as f64 * HOUR_S, (hour + 1) as f64 * HOUR_S);
        loop {
            let share = world.traffic(at_s).max(QUIET_SHARE_MIN);
            at_s += (random.within(PAUSE_S) / share * 1_000.0).round() / 1_000.0;
            if at_s >= end_s {
                return messages;
            }
            messages.push((at_s, Durable::Event(events.next(timestamp(at_s)))));
        }
    }

    fn processes(&self, hour: i64) -> Vec<(f64, Durable)> {
        let mut world = World::new(self.seed);
        let mut programs = Programs::new(World::new(self.seed));
        let mut messages = Vec::new();
        let start_s = hour as f64 * HOUR_S;
        let looks = (HOUR_S / PROCESSES_EVERY_EVENTFUL_S) as u32;
        for look in 0..looks {
            let since_s = f64::from(look) * PROCESSES_EVERY_EVENTFUL_S;
            let at_s = start_s + since_s;
            let is_usual = since_s % PROCESSES_EVERY_S == 0.0;
            if is_usual || schedule::affects_processes(&world.effects(at_s)) {
                let cpu = cpu_of_all(&world.cores(at_s));
                let processes = programs.processes(at_s, timestamp(at_s), cpu);
                messages.push((at_s, Durable::Processes(processes)));
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests;

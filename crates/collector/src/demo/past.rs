use super::business::Business;
use super::calendar::{HOUR_S, MINUTE_S, hour};
use super::events::Events;
use super::machine::{Machine, cpu_of_all};
use super::processes::Programs;
use super::random::Random;
use super::script;
use super::story::{Story, timestamp};
use super::world::World;
use super::{host_name, host_seed};
use protocol::{Data, Durable, Metrics};
use std::time::Duration;

/// Events of the daily round at noon are so far apart.
const PAUSE_S: std::ops::Range<f64> = 30.0..110.0;
/// At night there are fewer, and not none.
const QUIET_SHARE_MIN: f64 = 0.3;

/// Processes are looked at so often; while something happens more often. A moment's processes are those
/// of the three minutes before it.
const PROCESSES_EVERY_S: f64 = 2.0 * MINUTE_S;
const PROCESSES_EVERY_EVENTFUL_S: f64 = 30.0;

/// The generators of hours are streams of the seed from here on; below are those of the present.
const HOUR_STREAMS: u64 = 1 << 32;

/// What the simulated host of a seed would have said before it was started.
///
/// Any stretch can be computed, in any order, and the present follows on it without a jump: see
/// `World`.
#[derive(Debug, Clone, Copy)]
pub struct DemoPast {
    seed: u64,
    number: u32,
}

impl DemoPast {
    /// Of the simulated host with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, number: 1 }
    }

    /// Of one of the other hosts that are simulated with it, from number 2 on. It has samples alone.
    pub fn of_other(seed: u64, number: u32) -> Self {
        Self {
            seed: host_seed(seed, number),
            number,
        }
    }

    /// What the host is called.
    pub fn host(&self) -> String {
        host_name(self.number)
    }

    /// Hands over what is sampled from `from_ms` on and before `to_ms`, in order: the host and the
    /// figures of its shop, on whole multiples of `interval` since the Unix epoch.
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
            // Computed from the beginning of each hour, so that it does not matter where a stretch
            // begins.
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

    /// As it is at the beginning of an hour, or as if it had been sampled from there on.
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

    /// What is said from `from_ms` on and before `to_ms` beside samples, in order of time: events, alerts
    /// and processes.
    pub fn messages(&self, from_ms: i64, to_ms: i64) -> Vec<Durable> {
        let (from_s, to_s) = (from_ms as f64 / 1_000.0, to_ms as f64 / 1_000.0);
        // A story tells what happens after one moment up to and including another.
        let half_ms = 0.0005;
        let mut told = Story::new(World::new(self.seed), from_s - half_ms).tell(to_s - half_ms);
        for hour in hour(from_s)..=hour(to_s) {
            told.extend(self.daily_round(hour));
            told.extend(self.processes(hour));
        }
        told.retain(|(at_s, _)| *at_s >= from_s && *at_s < to_s);
        told.sort_by(|one, other| one.0.total_cmp(&other.0));
        told.into_iter().map(|(_, message)| message).collect()
    }

    fn daily_round(&self, hour: i64) -> Vec<(f64, Durable)> {
        let mut world = World::new(self.seed);
        let stream = HOUR_STREAMS + hour.unsigned_abs();
        let mut random = Random::new(self.seed, stream);
        let mut events = Events::new(Random::new(self.seed, stream + HOUR_STREAMS));
        let mut told = Vec::new();
        let (mut at_s, end_s) = (hour as f64 * HOUR_S, (hour + 1) as f64 * HOUR_S);
        loop {
            let share = world.traffic(at_s).max(QUIET_SHARE_MIN);
            at_s += (random.within(PAUSE_S) / share * 1_000.0).round() / 1_000.0;
            if at_s >= end_s {
                return told;
            }
            told.push((at_s, Durable::Event(events.next(timestamp(at_s)))));
        }
    }

    fn processes(&self, hour: i64) -> Vec<(f64, Durable)> {
        let mut world = World::new(self.seed);
        let mut programs = Programs::new(World::new(self.seed));
        let mut told = Vec::new();
        let start_s = hour as f64 * HOUR_S;
        let looks = (HOUR_S / PROCESSES_EVERY_EVENTFUL_S) as u32;
        for look in 0..looks {
            let since_s = f64::from(look) * PROCESSES_EVERY_EVENTFUL_S;
            let at_s = start_s + since_s;
            let is_usual = since_s % PROCESSES_EVERY_S == 0.0;
            if is_usual || script::is_eventful(&world.effects(at_s)) {
                let cpu = cpu_of_all(&world.cores(at_s));
                let processes = programs.processes(at_s, timestamp(at_s), cpu);
                told.push((at_s, Durable::Processes(processes)));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests;

//! The host this program runs on.
//!
//! Each source reads its own part and nothing else, keeps what it needs to tell a rate, and is
//! absent where the platform has nothing for it. All are read on a [`Worker`], since reading any of
//! them may block: a value that is not there in time is absent from the sample, and a source that
//! stays silent is reported.

mod source;
mod worker;

#[cfg(target_os = "linux")]
mod proc_file;

#[cfg_attr(not(target_os = "linux"), path = "local/cpu_sysinfo.rs")]
mod cpu;
#[cfg_attr(windows, path = "local/load_absent.rs")]
mod load;
#[cfg_attr(not(target_os = "linux"), path = "local/memory_sysinfo.rs")]
mod memory;
mod memory_use;
mod system;

mod disks;
#[cfg_attr(not(target_os = "linux"), path = "local/diskstats_sysinfo.rs")]
mod diskstats;
#[cfg_attr(not(target_os = "linux"), path = "local/filesystems_sysinfo.rs")]
mod filesystems;
#[cfg(target_os = "linux")]
mod mountinfo;
#[cfg_attr(not(target_os = "linux"), path = "local/space_sysinfo.rs")]
mod space;

mod network;
#[cfg_attr(not(target_os = "linux"), path = "local/network_counters_sysinfo.rs")]
mod network_counters;
#[cfg(target_os = "linux")]
mod network_topology;

#[cfg_attr(not(target_os = "linux"), path = "local/sensors_sysinfo.rs")]
mod sensors;
mod temperatures;

#[cfg_attr(not(target_os = "linux"), path = "local/process_list_sysinfo.rs")]
mod process_list;
mod processes;
mod users;

#[cfg_attr(not(target_os = "linux"), path = "local/host_name_sysinfo.rs")]
mod host_name;

#[cfg(target_os = "linux")]
pub(crate) use disks::{Answer, Space};
#[cfg(target_os = "linux")]
pub(crate) use space::ask_here;

use crate::Moment;
use crate::host::Host;
use protocol::{Durable, Event, Level, Metrics, Processes};
use source::{Source, Turn};
use std::time::{Duration, Instant};
use worker::{Call, Worker};

/// How long a sample waits for tables that the kernel has ready, and how long the first one waits
/// for everything. They take a millisecond; this is for a machine that is very busy.
const READY_WAIT_MAX: Duration = Duration::from_millis(500);

/// How long a sample waits for what takes time by its nature: what comes later is in the next one.
/// Longer where that is far away.
fn slow_wait_max(interval: Duration) -> Duration {
    (interval / 50).clamp(Duration::from_millis(20), Duration::from_secs(2))
}

pub use host_name::host_name;

pub(crate) struct LocalHost {
    /// What its messages call it.
    name: String,
    worker: Worker,
    cpu: Source<Option<cpu::Sampler>, Option<cpu::Cpu>>,
    memory: Source<Option<memory::Sampler>, Option<memory_use::Sample>>,
    system: Source<(), system::Sample>,
    network: Source<Option<network::Sampler>, Option<network::Sample>>,
    disks: disks::Disks,
    temperatures: temperatures::Temperatures,
    processes: Source<Option<processes::Sampler>, Option<processes::Sample>>,
    users: users::Users,
}

impl LocalHost {
    /// Takes the look that the first sample's rates are counted from.
    pub(crate) fn new(name: &str) -> Self {
        let mut host = Self {
            name: name.to_owned(),
            worker: Worker::new("host"),
            cpu: Source::new(None),
            memory: Source::new(None),
            system: Source::new(()),
            network: Source::new(None),
            disks: disks::Disks::new(),
            temperatures: temperatures::Temperatures::new(),
            processes: Source::new(None),
            users: users::Users::new(),
        };
        host.look();
        host
    }

    fn look(&mut self) {
        let now = Instant::now();
        let first = [
            self.cpu.ask(|cpu| {
                *cpu = cpu::Sampler::new();
                None
            }),
            self.memory.ask(|memory| {
                *memory = memory::Sampler::new();
                None
            }),
            self.network.ask(|network| {
                *network = network::Sampler::new();
                None
            }),
            self.processes.ask(|processes| {
                *processes = processes::Sampler::new();
                None
            }),
        ];
        let calls = first.into_iter().flatten();
        let calls = calls.chain(self.disks.tables(now)).collect();
        self.worker.run(calls, READY_WAIT_MAX);
        self.ask_slow(now, READY_WAIT_MAX);
        // The first look at processes shows none yet.
        self.processes.take();
    }

    /// Asks what is due of the sources that take time.
    fn ask_slow(&mut self, now: Instant, wait_max: Duration) {
        let (shares, mut calls) = self.disks.due(now);
        calls.extend(self.temperatures.due(now));
        calls.extend(self.users.due(false, now));
        self.worker.run(calls, wait_max);
        self.disks.ask_shares(shares, wait_max);
    }

    /// What is read from tables that the kernel has ready.
    fn ready(&mut self, now: Instant) -> Vec<Call> {
        let calls = [
            self.cpu
                .ask(|cpu| cpu.as_mut().and_then(cpu::Sampler::sample)),
            self.memory
                .ask(|memory| memory.as_mut().map(memory::Sampler::sample)),
            self.network
                .ask(|network| network.as_mut().map(network::Sampler::sample)),
            self.system.ask(|()| system::sample()),
        ];
        let calls = calls.into_iter().flatten();
        calls.chain(self.disks.tables(now)).collect()
    }

    /// Every source that has fallen silent or answers again, as an event and in the log of the
    /// program.
    fn report(&mut self, now: Moment, messages: &mut Vec<Durable>) {
        let at = now.instant;
        let mut report = |what: &str, turn: Turn| {
            let (level, message) = match turn {
                Turn::FellSilent => (
                    Level::Warning,
                    format!("{what} does not answer; it is not sampled until it does."),
                ),
                Turn::AnswersAgain => (Level::Success, format!("{what} answers again.")),
            };
            if level == Level::Warning {
                tracing::warn!("{message}");
            } else {
                tracing::info!("{message}");
            }
            messages.push(Durable::Event(Event {
                timestamp: now.timestamp,
                level,
                source: "sampler".to_owned(),
                message,
            }));
        };
        let turns = [
            ("CPU", self.cpu.turn(at, false)),
            ("memory", self.memory.turn(at, false)),
            ("load", self.system.turn(at, false)),
            ("network", self.network.turn(at, false)),
            ("process", self.processes.turn(at, false)),
            ("temperature", self.temperatures.turn(at)),
        ];
        for (metrics, turn) in turns {
            if let Some(turn) = turn {
                report(&format!("The source of {metrics} metrics"), turn);
            }
        }
        if let Some(turn) = self.users.turn(at) {
            report("The user database", turn);
        }
        self.disks.turns(at, report);
    }
}

impl Host for LocalHost {
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics {
        let calls = self.ready(now.instant);
        self.worker.run(calls, READY_WAIT_MAX);
        self.ask_slow(now.instant, slow_wait_max(interval));

        let disks = self.disks.sample(now.instant);
        let mut metrics = Metrics {
            host: self.name.clone(),
            timestamp: now.timestamp,
            interval_ms: interval.as_millis() as u64,
            disk: disks::fullest(&disks),
            disks,
            temperatures: self.temperatures.sample(now.instant),
            ..Metrics::default()
        };
        // A source that does not answer leaves its metrics absent.
        if let Some(cpu) = self.cpu.take().flatten() {
            (metrics.cpu, metrics.cores) = (cpu.total, cpu.cores);
        }
        if let Some(memory) = self.memory.take().flatten() {
            memory.fill(&mut metrics);
        }
        if let Some(network) = self.network.take().flatten() {
            network.fill(&mut metrics);
        }
        if let Some(system) = self.system.take() {
            system.fill(&mut metrics);
        }
        metrics
    }

    fn processes(&mut self, now: Moment) -> Option<Processes> {
        let late = self.processes.take().filter(Option::is_some);
        if late.is_none() {
            let names = self.users.names();
            let call = self
                .processes
                .ask(move |processes| Some(processes.as_mut()?.sample(&names)));
            self.worker.run(call.into_iter().collect(), READY_WAIT_MAX);
        }
        let seen = late.or_else(|| self.processes.take());
        if seen.is_none() && !self.processes.is_silent(now.instant) {
            return None;
        }
        let seen = seen.flatten();
        let has_unknown_user = seen.as_ref().is_some_and(|seen| seen.has_unknown_user);
        self.worker
            .submit(self.users.due(has_unknown_user, now.instant));
        Some(Processes {
            host: self.name.clone(),
            timestamp: now.timestamp,
            count: seen.as_ref().map(|seen| seen.count),
            top: seen.map_or_else(Vec::new, |seen| seen.top),
        })
    }

    fn next_own(&self) -> Option<Instant> {
        None
    }

    fn own(&mut self, now: Moment, messages: &mut Vec<Durable>) {
        self.report(now, messages);
    }
}

#[cfg(test)]
mod tests;

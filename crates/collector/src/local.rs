//! The local host.
//!
//! Each source reads its own part, stores the previous reading for its rates, and is absent where the
//! platform does not provide it. All are read on a [`Worker`], since reading may block: a late value is
//! absent from the sample, and an unresponsive source is reported.

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
pub(crate) use disks::{Space, Usage};
#[cfg(target_os = "linux")]
pub(crate) use space::read_here;

use crate::HostCounters;
use crate::Moment;
use crate::host::Host;
use protocol::{Durable, Event, Level, Metrics, Processes};
use source::{Source, Transition};
use std::time::{Duration, Instant};
use worker::{Call, Worker};

/// How long a sample waits for the kernel's tables, and the first one for all sources. They take a
/// millisecond, and longer on a very busy machine.
const READY_WAIT_MAX: Duration = Duration::from_millis(500);

/// How long a sample waits for slow sources; later values are in the next one.
fn slow_wait_max(interval: Duration) -> Duration {
    (interval / 50).clamp(Duration::from_millis(20), Duration::from_secs(2))
}

pub use host_name::host_name;

pub(crate) struct LocalHost {
    /// Its name in messages.
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
    counters: HostCounters,
}

impl LocalHost {
    /// Reads all sources for the first sample's rates.
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
            counters: HostCounters::default(),
        };
        host.look();
        host
    }

    fn look(&mut self) {
        let now = Instant::now();
        let first = [
            self.cpu.start_read(|cpu| {
                *cpu = cpu::Sampler::new();
                None
            }),
            self.memory.start_read(|memory| {
                *memory = memory::Sampler::new();
                None
            }),
            self.network.start_read(|network| {
                *network = network::Sampler::new();
                None
            }),
            self.processes.start_read(|processes| {
                *processes = processes::Sampler::new();
                None
            }),
        ];
        let calls = first.into_iter().flatten();
        let calls = calls.chain(self.disks.tables(now)).collect();
        self.worker.run(calls, READY_WAIT_MAX);
        self.ask_slow(now, READY_WAIT_MAX);
        // The first reading of processes has no rates.
        self.processes.take();
    }

    /// The due reads of slow sources.
    fn ask_slow(&mut self, now: Instant, wait_max: Duration) {
        let (shares, mut calls) = self.disks.due(now);
        calls.extend(self.temperatures.due(now));
        calls.extend(self.users.due(false, now));
        self.worker.run(calls, wait_max);
        self.disks.ask_shares(shares, wait_max);
    }

    /// The reads of the kernel's tables.
    fn ready(&mut self, now: Instant) -> Vec<Call> {
        let calls = [
            self.cpu
                .start_read(|cpu| cpu.as_mut().and_then(cpu::Sampler::sample)),
            self.memory
                .start_read(|memory| memory.as_mut().map(memory::Sampler::sample)),
            self.network
                .start_read(|network| network.as_mut().map(network::Sampler::sample)),
            self.system.start_read(|()| system::sample()),
        ];
        let calls = calls.into_iter().flatten();
        calls.chain(self.disks.tables(now)).collect()
    }

    /// Reports sources that became unresponsive or recovered, as events and in the log.
    fn report(&mut self, now: Moment, messages: &mut Vec<Durable>) {
        let at = now.instant;
        let mut report = |what: &str, transition: Transition| {
            let (level, message) = match transition {
                Transition::Unresponsive => (
                    Level::Warning,
                    format!("{what} does not answer; it is not sampled until it does."),
                ),
                Transition::Recovered => (Level::Success, format!("{what} answers again.")),
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
        let transitions = [
            ("CPU", self.cpu.transition(at, false)),
            ("memory", self.memory.transition(at, false)),
            ("load", self.system.transition(at, false)),
            ("network", self.network.transition(at, false)),
            ("process", self.processes.transition(at, false)),
            ("temperature", self.temperatures.transition(at)),
        ];
        for (metrics, transition) in transitions {
            if let Some(transition) = transition {
                report(&format!("The source of {metrics} metrics"), transition);
            }
        }
        if let Some(transition) = self.users.transition(at) {
            report("The user database", transition);
        }
        self.disks.transitions(at, report);
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
        self.counters = HostCounters {
            devices: self.disks.devices(),
            filesystems: self.disks.spaces(now.instant),
            ..HostCounters::default()
        };
        // A source that does not answer leaves its metrics absent.
        if let Some(cpu) = self.cpu.take().flatten() {
            (metrics.cpu, metrics.cores) = (cpu.total, cpu.cores);
            self.counters.cores = cpu.times;
        }
        if let Some(memory) = self.memory.take().flatten() {
            memory.fill(&mut metrics);
        }
        if let Some(network) = self.network.take().flatten() {
            network.fill(&mut metrics);
        }
        if let Some(system) = self.system.take() {
            self.counters.boot_time_seconds = system.boot_time_seconds;
            system.fill(&mut metrics);
        }
        metrics
    }

    fn counters(&self) -> Option<HostCounters> {
        Some(self.counters.clone())
    }

    fn processes(&mut self, now: Moment) -> Option<Processes> {
        let late = self.processes.take().filter(Option::is_some);
        if late.is_none() {
            let names = self.users.names();
            let call = self
                .processes
                .start_read(move |processes| Some(processes.as_mut()?.sample(&names)));
            self.worker.run(call.into_iter().collect(), READY_WAIT_MAX);
        }
        let seen = late.or_else(|| self.processes.take());
        if seen.is_none() && !self.processes.is_unresponsive(now.instant) {
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

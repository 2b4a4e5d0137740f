//! The host this program runs on.
//!
//! Each source reads its own part and nothing else, keeps what it needs to tell a rate, and is
//! absent where the platform has nothing for it.

mod cpu;
#[cfg_attr(windows, path = "local/load_absent.rs")]
mod load;
mod memory;

mod disks;
mod filesystems;
#[cfg_attr(not(target_os = "linux"), path = "local/space_sysinfo.rs")]
mod space;

mod network;
#[cfg_attr(not(target_os = "linux"), path = "local/network_counters_sysinfo.rs")]
mod network_counters;

mod temperatures;

#[cfg_attr(not(target_os = "linux"), path = "local/process_list_sysinfo.rs")]
mod process_list;
mod processes;
mod users;

use crate::Moment;
use crate::host::Host;
use protocol::{Durable, Metrics, Processes};
use std::time::{Duration, Instant};

/// What the host of this program is called in its messages.
pub const HOST: &str = "local";

/// The name that this host has on its network.
pub fn host_name() -> Option<String> {
    sysinfo::System::host_name()
        .ok()
        .filter(|name| !name.is_empty())
}

pub(crate) struct LocalHost {
    cpu: Option<cpu::Sampler>,
    memory: Option<memory::Sampler>,
    disks: Option<disks::Sampler>,
    network: Option<network::Sampler>,
    temperatures: Option<temperatures::Sampler>,
    processes: Option<processes::Sampler>,
}

impl LocalHost {
    /// Takes the look that the first sample's rates are counted from.
    pub(crate) fn new() -> Self {
        Self {
            cpu: cpu::Sampler::new(),
            memory: memory::Sampler::new(),
            disks: disks::Sampler::new(),
            network: network::Sampler::new(),
            temperatures: temperatures::Sampler::new(),
            processes: processes::Sampler::new(),
        }
    }
}

impl Host for LocalHost {
    fn metrics(&mut self, now: Moment, interval: Duration) -> Metrics {
        let cpu = self.cpu.as_mut().and_then(cpu::Sampler::sample);
        let (cpu, cores) = cpu.map_or((None, Vec::new()), |cpu| (cpu.total, cpu.cores));
        let memory = self.memory.as_mut().map(memory::Sampler::sample);
        let memory = memory.unwrap_or_default();
        let disks = self.disks.as_mut().map(disks::Sampler::sample);
        let disks = disks.unwrap_or_default();
        let network = self.network.as_mut().map(network::Sampler::sample);
        let network = network.unwrap_or_default();
        let temperatures = self.temperatures.as_mut();

        Metrics {
            host: HOST.to_owned(),
            timestamp: now.timestamp,
            interval_ms: interval.as_millis() as u64,
            cpu,
            cores,
            load: load::sample(),
            memory: memory.memory,
            memory_bytes: memory.memory_bytes,
            swap: memory.swap,
            swap_bytes: memory.swap_bytes,
            disk: disks::fullest(&disks),
            disks,
            network_sent: network.sent,
            network_recv: network.recv,
            interfaces: network.interfaces,
            temperatures: temperatures.map_or_else(Vec::new, temperatures::Sampler::sample),
            uptime_seconds: sysinfo::System::uptime().ok(),
        }
    }

    fn processes(&mut self, now: Moment) -> Processes {
        let seen = self.processes.as_mut().map(processes::Sampler::sample);
        Processes {
            host: HOST.to_owned(),
            timestamp: now.timestamp,
            count: seen.as_ref().map(|seen| seen.count),
            top: seen.map_or_else(Vec::new, |seen| seen.top),
        }
    }

    fn next_own(&self) -> Option<Instant> {
        None
    }

    fn own(&mut self, _now: Moment, _messages: &mut Vec<Durable>) {}
}

#[cfg(test)]
mod tests;

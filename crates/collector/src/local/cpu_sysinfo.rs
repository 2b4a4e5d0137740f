//! CPU usage by core.

use crate::{CoreTimes, rounding};
use protocol::CORES_MAX;
use std::time::Instant;
use sysinfo::{CpuRefreshKind, MINIMUM_CPU_UPDATE_INTERVAL, System};

pub(super) struct Sampler {
    system: System,
    refreshed: Instant,
    /// Whether there were two readings, which a usage needs.
    ready: bool,
}

pub(super) struct Cpu {
    pub(super) total: Option<f64>,
    pub(super) cores: Vec<Option<f64>>,
    /// `sysinfo` has none.
    pub(super) times: Vec<CoreTimes>,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut system = System::new().ok()?;
        system.refresh_cpu_specifics(usage());
        Some(Self {
            system,
            refreshed: Instant::now(),
            ready: false,
        })
    }

    /// Absent until two readings are far enough apart; sampling faster repeats the last usage.
    pub(super) fn sample(&mut self) -> Option<Cpu> {
        if self.refreshed.elapsed() >= MINIMUM_CPU_UPDATE_INTERVAL {
            self.system.refresh_cpu_specifics(usage());
            // Read after the refresh, since `sysinfo` has its own clock.
            self.refreshed = Instant::now();
            self.ready = true;
        }
        let cores = self.system.cpus().iter().take(CORES_MAX);
        self.ready.then(|| Cpu {
            total: rounding::percent(self.system.global_cpu_usage().into()),
            cores: cores
                .map(|core| rounding::percent(core.usage().into()))
                .collect(),
            times: Vec::new(),
        })
    }
}

/// Frequencies are left out: reading them wakes sleeping cores, and nothing shows them.
fn usage() -> CpuRefreshKind {
    CpuRefreshKind::nothing().with_usage()
}

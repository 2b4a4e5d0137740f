use crate::numbers;
use std::time::Instant;
use sysinfo::{CpuRefreshKind, MINIMUM_CPU_UPDATE_INTERVAL, System};

/// Cores beyond this count towards the total only.
const CORES_MAX: usize = 1_024;

pub(super) struct Sampler {
    system: System,
    refreshed: Instant,
    /// Whether a share of time can be told: that takes two readings.
    ready: bool,
}

pub(super) struct Cpu {
    pub(super) total: Option<f64>,
    pub(super) cores: Vec<f64>,
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

    /// Absent until two readings are far enough apart. Kernels count in steps of 10 ms, so sampling
    /// faster than the minimum repeats the last figures instead of making some up.
    pub(super) fn sample(&mut self) -> Option<Cpu> {
        if self.refreshed.elapsed() >= MINIMUM_CPU_UPDATE_INTERVAL {
            self.system.refresh_cpu_specifics(usage());
            // Read after the refresh: `sysinfo` measures the minimum by a clock of its own.
            self.refreshed = Instant::now();
            self.ready = true;
        }
        self.ready.then(|| Cpu {
            total: numbers::percent(self.system.global_cpu_usage().into()),
            cores: self.cores(),
        })
    }

    fn cores(&self) -> Vec<f64> {
        let cores = self.system.cpus().iter().take(CORES_MAX);
        // All or none: a core left out would shift the names of those behind it.
        cores
            .map(|core| numbers::percent(core.usage().into()))
            .collect::<Option<_>>()
            .unwrap_or_default()
    }
}

/// Frequencies are left out: reading them wakes sleeping cores, and nothing shows them.
fn usage() -> CpuRefreshKind {
    CpuRefreshKind::nothing().with_usage()
}

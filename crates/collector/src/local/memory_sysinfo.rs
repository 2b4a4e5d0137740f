//! Memory and swap in use.

use super::memory_use::{Sample, in_use};
use sysinfo::{MemoryRefreshKind, System};

pub(super) struct Sampler {
    system: System,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let system = System::new().ok()?;
        Some(Self { system })
    }

    pub(super) fn sample(&mut self) -> Sample {
        let system = &mut self.system;
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        let used = |used: u64, total: u64| in_use(total.checked_sub(used), Some(total));
        Sample::of(
            used(system.used_memory(), system.total_memory()),
            used(system.used_swap(), system.total_swap()),
        )
    }
}

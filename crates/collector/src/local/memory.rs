use crate::numbers;
use protocol::Memory;
use sysinfo::{MemoryRefreshKind, System};

pub(super) struct Sampler {
    system: System,
}

#[derive(Default)]
pub(super) struct Sample {
    pub(super) memory: Option<f64>,
    pub(super) memory_bytes: Option<Memory>,
    pub(super) swap: Option<f64>,
    pub(super) swap_bytes: Option<Memory>,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let system = System::new().ok()?;
        Some(Self { system })
    }

    pub(super) fn sample(&mut self) -> Sample {
        self.system
            .refresh_memory_specifics(MemoryRefreshKind::everything());
        let (memory, memory_bytes) = in_use(self.system.used_memory(), self.system.total_memory());
        let (swap, swap_bytes) = in_use(self.system.used_swap(), self.system.total_swap());
        Sample {
            memory,
            memory_bytes,
            swap,
            swap_bytes,
        }
    }
}

/// In percent and in bytes; both absent if the host has none.
fn in_use(used: u64, total: u64) -> (Option<f64>, Option<Memory>) {
    let used = used.min(total);
    let bytes = (total > 0).then_some(Memory { used, total });
    (numbers::share(used, total), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_swap_has_no_swap_rather_than_none_in_use() {
        assert_eq!(in_use(0, 0), (None, None));
        let none_used = Memory { used: 0, total: 8 };
        assert_eq!(in_use(0, 8), (Some(0.0), Some(none_used)));
        let all_used = Memory { used: 8, total: 8 };
        assert_eq!(in_use(9, 8), (Some(100.0), Some(all_used)));
    }
}

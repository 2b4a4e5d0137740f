//! Memory usage, from free and total memory.

use crate::rounding::{self, MEMORY_BYTES_MAX};
use protocol::{Memory, Metrics};

/// With a container's limits, free and total have different sources, and free may exceed the total by a
/// rounding error: up to this part of it. A larger free amount is not of the same total.
const EXCESS_PARTS: u64 = 20;

#[derive(Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) memory: Option<f64>,
    pub(super) memory_bytes: Option<Memory>,
    pub(super) swap: Option<f64>,
    pub(super) swap_bytes: Option<Memory>,
}

impl Sample {
    pub(super) fn fill(self, metrics: &mut Metrics) {
        metrics.memory = self.memory;
        metrics.memory_bytes = self.memory_bytes;
        metrics.swap = self.swap;
        metrics.swap_bytes = self.swap_bytes;
    }

    pub(super) fn of(memory: Option<Memory>, swap: Option<Memory>) -> Self {
        let percent = |memory: Memory| rounding::share(memory.used, memory.total);
        Self {
            memory: memory.and_then(percent),
            memory_bytes: memory,
            swap: swap.and_then(percent),
            swap_bytes: swap,
        }
    }
}

/// Absent without memory, or if the amounts are not plausible.
pub(super) fn in_use(free: Option<u64>, total: Option<u64>) -> Option<Memory> {
    let (free, total) = (free?, total?);
    if total == 0 || total > MEMORY_BYTES_MAX {
        return None;
    }
    let used = match total.checked_sub(free) {
        Some(used) => used,
        None if free - total <= total / EXCESS_PARTS => 0,
        None => return None,
    };
    Some(Memory { used, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_swap_has_no_swap_rather_than_none_in_use() {
        assert_eq!(in_use(Some(0), Some(0)), None);
        assert_eq!(in_use(Some(u64::MAX), Some(0)), None);
        assert_eq!(in_use(None, Some(8)), None);
        assert_eq!(in_use(Some(8), None), None);
        let none_used = Memory { used: 0, total: 8 };
        assert_eq!(in_use(Some(8), Some(8)), Some(none_used));
        let all_used = Memory { used: 8, total: 8 };
        assert_eq!(in_use(Some(0), Some(8)), Some(all_used));
    }

    #[test]
    fn slightly_more_free_than_total_is_no_usage() {
        let total = 1_000;
        let nothing = Some(Memory { used: 0, total });
        assert_eq!(in_use(Some(1_001), Some(total)), nothing);
        assert_eq!(in_use(Some(1_050), Some(total)), nothing);
        // The machine's free memory with a container's limit.
        assert_eq!(in_use(Some(1_051), Some(total)), None);
        assert_eq!(in_use(Some(u64::MAX), Some(total)), None);
    }

    #[test]
    fn amounts_beyond_the_address_space_are_absent() {
        let total = MEMORY_BYTES_MAX;
        assert!(in_use(Some(0), Some(total)).is_some());
        assert_eq!(in_use(Some(0), Some(total + 1)), None);
        assert_eq!(in_use(Some(5), Some(u64::MAX)), None);
    }

    #[test]
    fn percent_and_bytes_are_there_together() {
        let half = Memory { used: 4, total: 8 };
        let sample = Sample::of(Some(half), None);
        assert_eq!(
            (sample.memory, sample.memory_bytes),
            (Some(50.0), Some(half))
        );
        assert_eq!((sample.swap, sample.swap_bytes), (None, None));
    }
}

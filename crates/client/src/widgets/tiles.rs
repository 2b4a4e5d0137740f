use super::tile::{Tile, tile};
use crate::kit::format;
use crate::session::View;
use leptos::prelude::*;
use protocol::Disk;

pub(crate) fn memory(view: View) -> impl IntoView {
    let memory = Tile {
        name: "memory",
        title: "Memory",
        test_id: "memory-value",
        percent: |sample| sample.memory,
        details: |sample| {
            let memory = sample
                .memory_bytes
                .map(|memory| space(memory.used, memory.total));
            let swap = match (sample.swap, sample.swap_bytes) {
                (_, Some(swap)) => format!("Swap {}", space(swap.used, swap.total)),
                (Some(percent), None) => format!("Swap {}", format::percent(percent).joined()),
                (None, None) => "No swap".into(),
            };
            [memory.unwrap_or_default(), swap]
        },
        second: |sample| sample.swap,
    };
    tile(view, memory)
}

/// The fullest filesystem: the one that will make trouble first.
pub(crate) fn disk(view: View) -> impl IntoView {
    let disk = Tile {
        name: "disk",
        title: "Fullest disk",
        test_id: "disk-value",
        percent: |sample| sample.disk,
        details: |sample| match fullest(&sample.disks) {
            Some(disk) => [space(disk.used_bytes, disk.total_bytes), disk.mount.clone()],
            None => Default::default(),
        },
        second: |_| None,
    };
    tile(view, disk)
}

fn fullest(disks: &[Disk]) -> Option<&Disk> {
    disks.iter().max_by(|a, b| a.percent.total_cmp(&b.percent))
}

pub(super) fn space(used_bytes: u64, total_bytes: u64) -> String {
    let used = format::bytes(used_bytes as f64).joined();
    let total = format::bytes(total_bytes as f64).joined();
    format!("{used} of {total}")
}

//! Bytes read and written by disk.

use super::disks::Counters;
use std::collections::HashMap;
use std::path::PathBuf;
use sysinfo::{DiskRefreshKind, Disks};

/// The path at which the disk is mounted.
pub(super) type CounterId = PathBuf;

#[derive(Default)]
pub(super) struct Reader {
    disks: Option<Disks>,
}

impl Reader {
    pub(super) fn read(&mut self) -> HashMap<CounterId, Counters> {
        let kind = DiskRefreshKind::nothing().with_io_usage();
        match &mut self.disks {
            Some(disks) => disks.refresh_specifics(true, kind),
            None => self.disks = Disks::new_with_refreshed_list_specifics(kind).ok(),
        }
        let disks = self.disks.iter().flat_map(Disks::list);
        disks
            .map(|disk| {
                let usage = disk.usage();
                let counters = Counters {
                    name: disk.name().to_string_lossy().into_owned(),
                    read_bytes: usage.total_read_bytes,
                    written_bytes: usage.total_written_bytes,
                };
                (disk.mount_point().to_owned(), counters)
            })
            .collect()
    }
}

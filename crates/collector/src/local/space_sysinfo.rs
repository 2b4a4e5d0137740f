//! How full a filesystem is, where none of it is kept for the superuser.

use super::disks::Space;

pub(super) fn of(disk: &sysinfo::Disk) -> Option<Space> {
    Some(Space {
        total_bytes: disk.total_space(),
        used_bytes: disk.total_space().saturating_sub(disk.available_space()),
        available_bytes: disk.available_space(),
    })
}

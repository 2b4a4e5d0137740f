//! How full a filesystem is, asked of the kernel: `sysinfo` tells the available space only, from
//! which the blocks that are free but kept for the superuser cannot be told.

use super::disks::Space;

pub(super) fn of(disk: &sysinfo::Disk) -> Option<Space> {
    let space = rustix::fs::statvfs(disk.mount_point()).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    Some(Space {
        total_bytes: bytes(space.f_blocks),
        used_bytes: bytes(space.f_blocks.saturating_sub(space.f_bfree)),
        available_bytes: bytes(space.f_bavail),
    })
}

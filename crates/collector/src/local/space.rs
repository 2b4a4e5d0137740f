//! The usage of a filesystem, from the kernel: `sysinfo` has only the available space, without the blocks
//! reserved for the superuser.

use super::disks::{Filesystem, Space, Usage};
use crate::prober;
use std::fs;
use std::path::{Path, PathBuf};

/// May block forever.
pub(super) fn read(filesystem: &Filesystem) -> Option<Usage> {
    if filesystem.may_block {
        prober::read(&filesystem.paths)
    } else {
        read_here(&filesystem.paths)
    }
}

/// Uses the first path that is a directory: a container has single files of a disk mounted, such as
/// `/etc/hosts`, which do not make it one of the container's disks.
pub(crate) fn read_here(paths: &[PathBuf]) -> Option<Usage> {
    let is_directory = |path: &&PathBuf| fs::metadata(path).is_ok_and(|file| file.is_dir());
    let path = paths.iter().find(is_directory)?;
    Some(Usage {
        path: path.clone(),
        space: space(path)?,
    })
}

fn space(path: &Path) -> Option<Space> {
    let space = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    Some(Space {
        total_bytes: bytes(space.f_blocks),
        used_bytes: bytes(space.f_blocks.saturating_sub(space.f_bfree)),
        available_bytes: bytes(space.f_bavail),
    })
}

//! How full a filesystem is, asked of the kernel: `sysinfo` tells the available space only, from
//! which the blocks that are free but kept for the superuser cannot be told.

use super::disks::{Answer, Filesystem, Space};
use crate::prober;
use std::fs;
use std::path::{Path, PathBuf};

/// Blocks until the filesystem answers, which may be never.
pub(super) fn ask(filesystem: &Filesystem) -> Option<Answer> {
    if filesystem.may_be_silent {
        prober::ask(&filesystem.paths)
    } else {
        ask_here(&filesystem.paths)
    }
}

/// Asks at the first path that is a directory: a container has single files of a disk mounted, such
/// as `/etc/hosts`, and these do not make it one of the container's disks.
pub(crate) fn ask_here(paths: &[PathBuf]) -> Option<Answer> {
    let is_directory = |path: &&PathBuf| fs::metadata(path).is_ok_and(|file| file.is_dir());
    let path = paths.iter().find(is_directory)?;
    Some(Answer {
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

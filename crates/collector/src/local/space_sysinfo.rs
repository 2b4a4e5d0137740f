//! The usage of a filesystem, where the list of mounts includes it.

use super::disks::{Filesystem, Usage};

pub(super) fn read(filesystem: &Filesystem) -> Option<Usage> {
    Some(Usage {
        path: filesystem.paths.first()?.clone(),
        space: filesystem.known?,
    })
}

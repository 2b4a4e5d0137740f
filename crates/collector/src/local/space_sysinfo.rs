//! How full a filesystem is, where the list of mounts has said so already.

use super::disks::{Answer, Filesystem};

pub(super) fn ask(filesystem: &Filesystem) -> Option<Answer> {
    Some(Answer {
        path: filesystem.paths.first()?.clone(),
        space: filesystem.known?,
    })
}

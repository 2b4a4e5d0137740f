//! Selects the mounts that users would call disks, from the list of `sysinfo`.

use super::disks::{Filesystem, Space};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use sysinfo::{Disk, DiskRefreshKind, Disks};

/// Identifies a filesystem: by its device if that is a path, and where it is mounted
/// otherwise, since two disks may have the same label.
pub(super) type FilesystemId = OsString;

/// Filesystems that take no space of their own, or that are images and thus always full.
const UNREAL: &[&str] = &[
    "autofs",
    "devfs",
    "fdescfs",
    "iso9660",
    "linprocfs",
    "nullfs",
    "proc",
    "procfs",
    "tmpfs",
    "udf",
];

/// A device that is mounted more than once counts once, at its shortest path.
pub(super) fn list() -> Option<Vec<Filesystem>> {
    let kind = DiskRefreshKind::nothing().with_storage();
    let disks = Disks::new_with_refreshed_list_specifics(kind).ok()?;
    let mut filesystems = BTreeMap::<FilesystemId, Filesystem>::new();
    for disk in &disks {
        let Some(filesystem) = filesystem(disk) else {
            continue;
        };
        let length = |filesystem: &Filesystem| {
            let path = filesystem.paths.first().cloned().unwrap_or_default();
            (path.as_os_str().len(), path)
        };
        match filesystems.get(&filesystem.id) {
            Some(known) if length(known) <= length(&filesystem) => {}
            _ => drop(filesystems.insert(filesystem.id.clone(), filesystem)),
        }
    }
    Some(filesystems.into_values().collect())
}

fn filesystem(disk: &Disk) -> Option<Filesystem> {
    let kind = disk.file_system().to_string_lossy().into_owned();
    if UNREAL.contains(&kind.as_str()) {
        return None;
    }
    let path: PathBuf = disk.mount_point().to_owned();
    let is_path = disk.name().as_encoded_bytes().starts_with(b"/");
    let id = if is_path {
        disk.name()
    } else {
        path.as_os_str()
    };
    Some(Filesystem {
        id: id.to_owned(),
        counted: Some(path.clone()),
        paths: vec![path],
        source: disk.name().to_string_lossy().into_owned(),
        kind,
        known: Some(Space {
            total_bytes: disk.total_space(),
            used_bytes: disk.total_space().saturating_sub(disk.available_space()),
            available_bytes: disk.available_space(),
        }),
        may_block: false,
        is_stacked: false,
        may_be_image: false,
    })
}

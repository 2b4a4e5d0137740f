//! Selects the mounts that users would call disks, and the displayed path of each.
//!
//! Selected by the kind of the filesystem, its device and its mounts, without reading it: an unresponsive
//! share is listed like any other.

use super::disks::Filesystem;
use super::mountinfo::{self, Device, Mount};
use std::collections::BTreeMap;
use std::fs;
use std::os::linux::fs::MetadataExt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The maximum number of mounts per filesystem; the longer paths are left out.
const PATHS_MAX: usize = 8;

/// Identifies a filesystem while it is mounted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FilesystemId(Device);

/// Filesystems on a block device that are images, and thus always full.
const IMAGES: &[&str] = &["cramfs", "erofs", "iso9660", "romfs", "squashfs", "udf"];

/// Filesystems that store something although they have no block device, or several.
const STORING: &[&str] = &["bcachefs", "btrfs", "jffs2", "ubifs", "yaffs2", "zfs"];

/// Filesystems stacked on others, which count only as the root of a container.
const STACKED: &[&str] = &[
    "aufs",
    "fuse.fuse-overlayfs",
    "fuse.unionfs",
    "overlay",
    "overlayfs",
    "unionfs",
];

/// Filesystems that another machine serves, or the host of a virtual one.
const SHARES: &[&str] = &[
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "orangefs", "panfs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
];

/// FUSE programs whose filesystems are no disks: archives, devices, views of other mounts.
const FUSE_UNREAL: &[&str] = &[
    "fuse.archivemount",
    "fuse.bindfs",
    "fuse.cryfs",
    "fuse.encfs",
    "fuse.fuseiso",
    "fuse.gocryptfs",
    "fuse.gvfsd-fuse",
    "fuse.jmtpfs",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.simple-mtpfs",
    "fuse.snapfuse",
    "fuse.squashfuse",
    "fuse.squashfuse_ll",
    "fuse.vmware-vmblock",
];

/// The filesystems of this mount namespace, in no particular order.
pub(super) fn list() -> Option<Vec<Filesystem>> {
    let mounts = mountinfo::read().ok()?;
    Some(select(&mounts, device_at))
}

/// The device number of the block device at a path such as `/dev/sda2`.
fn device_at(source: &Path) -> Option<Device> {
    let is_in_dev = source.starts_with("/dev");
    let number = is_in_dev.then(|| fs::metadata(source).ok())??.st_rdev();
    (number != 0).then(|| (rustix::fs::major(number), rustix::fs::minor(number)))
}

/// A device that is mounted more than once counts once.
fn select(mounts: &[Mount], device_at: fn(&Path) -> Option<Device>) -> Vec<Filesystem> {
    let mut by_device = BTreeMap::<Device, Vec<&Mount>>::new();
    for mount in mountinfo::visible(mounts) {
        if is_disk(mount, mounts) {
            by_device.entry(mount.device).or_default().push(mount);
        }
    }
    let filesystems = by_device.into_values().map(|mut mounts| {
        mounts.sort_by_key(|mount| rank(mount));
        filesystem(&mounts, device_at)
    });
    filesystems.collect()
}

fn filesystem(mounts: &[&Mount], device_at: fn(&Path) -> Option<Device>) -> Filesystem {
    let first = mounts[0];
    let kind = first.filesystem.as_str();
    let counted = match first.device {
        // btrfs is counted under its device's number, not under its own.
        (0, _) if STORING.contains(&kind) => device_at(&first.source),
        (0, _) => None,
        device => Some(device),
    };
    let paths = mounts.iter().take(PATHS_MAX);
    Filesystem {
        id: FilesystemId(first.device),
        paths: paths.map(|mount| mount.path.clone()).collect(),
        source: first.source.to_string_lossy().into_owned(),
        kind: kind.to_owned(),
        counted,
        known: None,
        may_block: is_fuse(kind) || SHARES.contains(&kind),
        is_stacked: STACKED.contains(&kind),
        may_be_image: is_fuse(kind) && first.is_read_only(),
    }
}

fn is_disk(mount: &Mount, all: &[Mount]) -> bool {
    let kind = mount.filesystem.as_str();
    if STACKED.contains(&kind) {
        // Without an upper layer it is a stack of images, such as composefs.
        let can_fill = kind != "overlay" || mount.option("upperdir=").is_some();
        return mount.is_at_root() && can_fill;
    }
    if is_deleted(&mount.root) {
        return false;
    }
    if SHARES.contains(&kind) {
        return !is_released_when_idle(mount, all);
    }
    if is_fuse(kind) {
        return !FUSE_UNREAL.contains(&kind) && !is_released_when_idle(mount, all);
    }
    let stores = mount.device.0 != 0 || STORING.contains(&kind);
    stores && !IMAGES.contains(&kind) && (mount.is_at_root() || !is_loop_device(&mount.source))
}

/// `fuse`, `fuse.sshfs`, `fuseblk`, `fuseblk.ntfs`.
fn is_fuse(kind: &str) -> bool {
    let program = kind.split('.').next();
    matches!(program, Some("fuse" | "fuseblk"))
}

/// `/dev/loop0`: a file on another disk.
fn is_loop_device(source: &Path) -> bool {
    let number = source.as_os_str().as_bytes().strip_prefix(b"/dev/loop");
    number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// The directory that is mounted was removed since.
fn is_deleted(root: &Path) -> bool {
    root.as_os_str().as_bytes().ends_with(b"//deleted")
}

/// Whether an automounter unmounts an idle share. Each read counts as use, so it would never become idle.
fn is_released_when_idle(mount: &Mount, all: &[Mount]) -> bool {
    let on = all.iter().find(|on| on.id == mount.parent);
    on.is_some_and(|on| {
        on.filesystem == "autofs" && on.option("timeout=").is_some_and(|ends| ends != b"0")
    })
}

/// The displayed path comes first, independent of the order of mounts.
fn rank(mount: &Mount) -> impl Ord {
    // The whole filesystem is preferred to a part. With btrfs every mount is a part.
    let is_part = mount.root != Path::new("/") && mount.filesystem != "btrfs";
    // Where image-based systems (ostree, bootc) mount the disk that `/etc` and `/var` are parts of.
    let is_sysroot = mount.path == Path::new("/sysroot");
    let path = mount.path.clone();
    let length = path.as_os_str().len();
    (!mount.is_at_root(), !is_sysroot, is_part, length, path)
}

#[cfg(test)]
mod tests;

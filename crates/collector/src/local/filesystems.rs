//! Which mounts are filesystems that a person would call a disk.

use std::collections::HashMap;

/// Filesystems beyond this are left out, the smallest first.
pub(super) const FILESYSTEMS_MAX: usize = 64;

/// A mount as the system lists it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mount<'a> {
    pub(super) device: &'a str,
    pub(super) path: &'a str,
    pub(super) filesystem: &'a str,
    pub(super) total_bytes: u64,
}

/// Filesystems that take no space of their own, or that are images and thus always full.
const UNREAL: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cramfs",
    "debugfs",
    "devfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fdescfs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "linprocfs",
    "mqueue",
    "nsfs",
    "nullfs",
    "proc",
    "procfs",
    "pstore",
    "ramfs",
    "rootfs",
    "rpc_pipefs",
    "securityfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
    "udf",
];

/// The real ones, by their place in `mounts`, ordered by path.
///
/// A device that is mounted more than once counts once, at its shortest path. An overlay lies on
/// another filesystem and is left out, unless it is all there is to see: `/` in a container. What
/// then has exactly its size is the same disk, put into the container file by file.
pub(super) fn real<'a>(mounts: &[Mount<'a>]) -> Vec<usize> {
    let overlay_root = mounts
        .iter()
        .find(|mount| mount.path == "/" && mount.filesystem == "overlay");
    let is_real = |mount: &Mount<'a>| {
        let is_root = mount.path == "/";
        mount.total_bytes > 0
            && !UNREAL.contains(&mount.filesystem)
            && !mount.device.starts_with("/dev/loop")
            && (is_root || mount.filesystem != "overlay")
            && (is_root || overlay_root.is_none_or(|root| root.total_bytes != mount.total_bytes))
    };

    // Only a path names a device: elsewhere it is a label, which two disks may share.
    let device = |mount: &Mount<'a>| {
        let is_path = mount.device.starts_with('/');
        if is_path { mount.device } else { mount.path }
    };

    let mut by_device = HashMap::<&str, usize>::new();
    for (index, mount) in mounts.iter().enumerate() {
        if !is_real(mount) {
            continue;
        }
        let at = by_device.entry(device(mount)).or_insert(index);
        if (mount.path.len(), mount.path) < (mounts[*at].path.len(), mounts[*at].path) {
            *at = index;
        }
    }

    let mut real: Vec<usize> = by_device.into_values().collect();
    real.sort_by_key(|&index| (u64::MAX - mounts[index].total_bytes, mounts[index].path));
    real.truncate(FILESYSTEMS_MAX);
    real.sort_by_key(|&index| mounts[index].path);
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn check(mounts: &[(&str, &str, &str, u64)], expected: &[&str]) {
        let mounts: Vec<_> = mounts
            .iter()
            .map(|&(device, path, filesystem, total_bytes)| Mount {
                device,
                path,
                filesystem,
                total_bytes,
            })
            .collect();
        let paths: Vec<_> = real(&mounts)
            .into_iter()
            .map(|index| mounts[index].path)
            .collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_desktop_has_its_partitions() {
        check(
            &[
                ("/dev/nvme0n1p2", "/", "ext4", 500 * GB),
                ("/dev/nvme0n1p1", "/boot/efi", "vfat", GB),
                ("/dev/sda1", "/media/photos", "exfat", 2_000 * GB),
                ("tmpfs", "/tmp", "tmpfs", 8 * GB),
                ("udev", "/dev", "devtmpfs", 8 * GB),
                ("/dev/loop3", "/snap/core/1", "squashfs", GB),
                ("/dev/loop4", "/mnt/image", "ext4", GB),
                ("/dev/sr0", "/media/cdrom", "iso9660", GB),
                ("portal", "/home/me/.cache/doc", "fuse.portal", GB),
                ("empty", "/mnt/empty", "ext4", 0),
            ],
            &["/", "/boot/efi", "/media/photos"],
        );
    }

    #[test]
    fn one_device_counts_once_at_its_shortest_path() {
        check(
            &[
                ("/dev/sda2", "/var/lib/docker", "btrfs", 100 * GB),
                ("/dev/sda2", "/home", "btrfs", 100 * GB),
                ("/dev/sda2", "/", "btrfs", 100 * GB),
                ("/dev/sdb1", "/srv/b", "xfs", GB),
                ("/dev/sdb1", "/srv/a", "xfs", GB),
            ],
            &["/", "/srv/a"],
        );
    }

    #[test]
    fn disks_with_the_same_label_are_two() {
        check(
            &[
                ("", "C:\\", "NTFS", 500 * GB),
                ("", "D:\\", "NTFS", 500 * GB),
                ("tank/home", "/home", "zfs", 900 * GB),
            ],
            &["/home", "C:\\", "D:\\"],
        );
    }

    #[test]
    fn overlays_lie_on_a_disk_that_is_already_there() {
        check(
            &[
                ("/dev/vda", "/", "ext4", 100 * GB),
                (
                    "overlay",
                    "/var/lib/docker/overlay2/1/merged",
                    "overlay",
                    100 * GB,
                ),
                (
                    "overlay",
                    "/var/lib/docker/overlay2/2/merged",
                    "overlay",
                    100 * GB,
                ),
            ],
            &["/"],
        );
    }

    #[test]
    fn in_a_container_the_overlay_at_the_root_is_the_disk() {
        check(
            &[
                ("overlay", "/", "overlay", 100 * GB),
                ("/dev/vda1", "/etc/hosts", "ext4", 100 * GB),
                ("/dev/vda1", "/etc/resolv.conf", "ext4", 100 * GB),
                ("/dev/vdb", "/data", "xfs", 300 * GB),
                ("shm", "/dev/shm", "tmpfs", GB),
            ],
            &["/", "/data"],
        );
    }

    #[test]
    fn beyond_the_limit_the_smallest_are_left_out() {
        let names: Vec<_> = (0..FILESYSTEMS_MAX as u64 + 6)
            .map(|at| (format!("/dev/d{at:03}"), format!("/mnt/{at:03}"), at))
            .collect();
        let mounts: Vec<_> = names
            .iter()
            .map(|(device, path, at)| (device.as_str(), path.as_str(), "ext4", (at + 1) * GB))
            .collect();
        let expected: Vec<_> = mounts[6..].iter().map(|mount| mount.1).collect();
        check(&mounts, &expected);
    }
}

use super::*;

const GB: u64 = 1_000_000_000;

fn filesystem(path: &str) -> Filesystem {
    Filesystem {
        id: FilesystemId::default(),
        paths: vec![path.into()],
        source: "/dev/sda1".to_owned(),
        kind: "ext4".to_owned(),
        counted: None,
        known: None,
        may_block: false,
        is_stacked: false,
        may_be_image: false,
    }
}

fn usage(path: &str, used_bytes: u64, total_bytes: u64) -> Usage {
    Usage {
        path: path.into(),
        space: Space {
            total_bytes,
            used_bytes,
            available_bytes: total_bytes - used_bytes,
        },
    }
}

fn check(usages: &[(Filesystem, Usage)], expected: &[&str]) {
    let usages = usages.iter();
    let usages = usages.map(|(filesystem, usage)| (filesystem, usage));
    let shown = shown(usages.collect()).into_iter();
    let paths: Vec<_> = shown.map(|(_, usage)| usage.path.clone()).collect();
    let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
    assert_eq!(paths, expected);
}

fn plain(path: &str, used_bytes: u64, total_bytes: u64) -> (Filesystem, Usage) {
    (filesystem(path), usage(path, used_bytes, total_bytes))
}

#[test]
fn filesystems_without_a_size_are_left_out() {
    check(
        &[
            plain("/srv", GB, 2 * GB),
            plain("/", 1, GB),
            plain("/mnt", 0, 0),
        ],
        &["/", "/srv"],
    );
}

#[test]
fn parts_of_the_disk_below_a_container_are_not_further_disks() {
    let stacked = Filesystem {
        is_stacked: true,
        ..filesystem("/")
    };
    check(
        &[
            (stacked, usage("/", 40 * GB, 100 * GB)),
            // Read a moment later.
            plain("/data", 40 * GB + 4_096, 100 * GB),
            // Another disk of the same size.
            plain("/backup", 10 * GB, 100 * GB),
            plain("/other", 40 * GB, 300 * GB),
        ],
        &["/", "/backup", "/other"],
    );
}

#[test]
fn a_mounted_image_is_not_a_disk() {
    let image = |path| Filesystem {
        may_be_image: true,
        ..filesystem(path)
    };
    check(
        &[
            (
                image("/tmp/.mount_editor"),
                usage("/tmp/.mount_editor", GB, GB),
            ),
            (image("/mnt/read-only"), usage("/mnt/read-only", GB, 2 * GB)),
            plain("/full", GB, GB),
        ],
        &["/full", "/mnt/read-only"],
    );
}

#[test]
fn beyond_the_limit_the_smallest_are_left_out() {
    let usages: Vec<_> = (0..DISKS_MAX as u64 + 6)
        .map(|at| plain(&format!("/mnt/{at:03}"), 0, (at + 1) * GB))
        .collect();
    let expected: Vec<_> = usages[6..]
        .iter()
        .map(|(_, usage)| usage.path.to_str().unwrap())
        .collect();
    check(&usages, &expected);
}

#[test]
fn space_reserved_for_the_superuser_does_not_count() {
    for (used_bytes, available_bytes, expected) in [
        (50, 50, Some(50.0)),
        // 100 in all, 20 of them reserved.
        (40, 40, Some(50.0)),
        (80, 0, Some(100.0)),
        (0, 80, Some(0.0)),
        (0, 0, None),
    ] {
        let space = Space {
            total_bytes: 100,
            used_bytes,
            available_bytes,
        };
        assert_eq!(percent(&space), expected);
    }
}

#[test]
fn without_disks_there_is_no_fullest() {
    assert_eq!(fullest(&[]), None);
}

#[test]
fn partitions_and_loop_devices_are_no_disks() {
    for name in [
        "sda", "vda", "xvdb", "nvme0n1", "mmcblk0", "dm-0", "md127", "sdaa1",
    ] {
        assert!(is_whole_disk(name), "{name}");
    }
    for name in [
        "sda1",
        "vda12",
        "xvdb3",
        "hdc1",
        "nvme0n1p2",
        "loop7",
        "ram0",
        "fd0",
    ] {
        assert!(!is_whole_disk(name), "{name}");
    }
}

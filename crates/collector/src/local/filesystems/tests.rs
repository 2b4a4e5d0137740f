//! The mounts of real systems, shortened to what decides.

use super::*;

/// The paths by which the filesystems of a mount table are known.
fn check(table: &str, expected: &[&str]) {
    let mounts = mountinfo::parse(table.as_bytes());
    let mut names: Vec<_> = select(&mounts, |_| None)
        .into_iter()
        .map(|filesystem| filesystem.paths[0].clone())
        .collect();
    names.sort();
    let expected: Vec<_> = expected.iter().map(Path::new).collect();
    assert_eq!(names, expected);
}

#[test]
fn a_desktop_has_its_partitions() {
    check(
        "\
1 0 259:2 / / rw - ext4 /dev/nvme0n1p2 rw
2 1 259:1 / /boot/efi rw - vfat /dev/nvme0n1p1 rw
3 1 8:1 / /media/photos rw - exfat /dev/sda1 rw
4 1 8:17 / /media/windows rw - fuseblk /dev/sdb1 rw,user_id=0
5 1 0:30 / /tmp rw - tmpfs tmpfs rw
6 1 0:5 / /dev rw - devtmpfs udev rw
7 6 0:6 / /dev/hugepages rw - hugetlbfs hugetlbfs rw
8 1 0:21 / /sys rw - sysfs sysfs rw
9 1 0:22 / /proc rw - proc proc rw
10 9 0:40 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw,timeout=0,direct
11 1 0:23 / /run rw - tmpfs tmpfs rw
12 11 0:50 / /run/user/1000 rw - tmpfs tmpfs rw
13 12 0:51 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
14 12 0:52 / /run/user/1000/doc rw - fuse.portal portal rw
15 11 0:4 net:[4026532] /run/netns/blue rw - nsfs nsfs rw
16 1 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
17 1 7:4 / /mnt/image rw - ext4 /dev/loop4 rw
18 1 11:0 / /media/cdrom ro - iso9660 /dev/sr0 ro
19 1 0:60 / /tmp/.mount_editor ro - fuse.gocryptfs editor ro
20 1 0:61 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw
",
        &["/", "/boot/efi", "/media/photos", "/media/windows"],
    );
}

#[test]
fn a_path_does_not_decide() {
    check(
        "\
1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /sysroot-data rw - ext4 /dev/sda2 rw
3 1 8:3 / /runner rw - ext4 /dev/sda3 rw
4 1 8:4 / /processing rw - ext4 /dev/sda4 rw
5 1 8:5 / /devices rw - ext4 /dev/sda5 rw
6 1 0:23 / /run rw - tmpfs tmpfs rw
7 6 8:6 / /run/media/me/USB rw - vfat /dev/sda6 rw
8 6 8:7 / /run/timeshift/backup rw - ext4 /dev/sda7 rw
9 6 8:1 / /run/host rw - ext4 /dev/sda1 rw
",
        &[
            "/",
            "/devices",
            "/processing",
            "/run/media/me/USB",
            "/run/timeshift/backup",
            "/runner",
            "/sysroot-data",
        ],
    );
}

#[test]
fn one_device_counts_once_in_whatever_order_it_was_mounted() {
    // btrfs subvolumes, a bind mount of a directory, and the same disk twice.
    let lines = [
        "1 0 0:31 /@ / rw - btrfs /dev/sda2 rw,subvol=/@",
        "2 1 0:31 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home",
        "3 1 0:31 / /run/timeshift/1/backup rw - btrfs /dev/sda2 rw",
        "4 1 0:31 /@/usr /mnt/b rw - btrfs /dev/sda2 rw,subvol=/@",
        "5 1 8:17 / /srv/long/whole rw - xfs /dev/sdb1 rw",
        "6 1 8:17 /part /srv/part rw - xfs /dev/sdb1 rw",
        "7 1 8:33 / /srv/b rw - xfs /dev/sdc1 rw",
        "8 1 8:33 / /srv/a rw - xfs /dev/sdc1 rw",
        "9 1 0:32 /@data /data rw - btrfs /dev/sdd rw,subvol=/@data",
        "10 1 0:32 / /mnt/all-of-it rw - btrfs /dev/sdd rw,subvol=/",
    ];
    let expected = ["/", "/data", "/srv/a", "/srv/long/whole"];
    check(&lines.join("\n"), &expected);
    let backwards: Vec<_> = lines.iter().rev().copied().collect();
    check(&backwards.join("\n"), &expected);
}

#[test]
fn datasets_and_shares_are_disks_of_their_own() {
    check(
        "\
1 0 0:20 / / rw - zfs rpool/ROOT rw
2 1 0:21 / /home rw - zfs rpool/home rw
3 1 0:40 / /mnt/nfs rw - nfs4 nas:/export rw,vers=4.2
4 1 0:40 /photos /mnt/photos rw - nfs4 nas:/export/photos rw,vers=4.2
5 1 0:41 / /mnt/cifs rw - cifs //nas/share rw
6 1 0:42 / /mnt/sshfs rw - fuse.sshfs me@nas:/srv rw,user_id=1000
7 1 0:43 / /mnt/9p rw - 9p host rw,trans=virtio
8 1 0:44 / /mnt/virtiofs rw - virtiofs host rw
9 1 0:45 / /mnt/ceph rw - ceph 10.0.0.1:/ rw
10 1 0:46 / /mnt/gluster rw - fuse.glusterfs nas:/volume rw
11 1 0:47 / /mnt/s3 rw - fuse.rclone remote: rw
12 1 0:48 / /var/lib/nfs/rpc_pipefs rw - rpc_pipefs sunrpc rw
13 1 0:49 / /proc/fs/nfsd rw - nfsd nfsd rw
",
        &[
            "/",
            "/home",
            "/mnt/9p",
            "/mnt/ceph",
            "/mnt/cifs",
            "/mnt/gluster",
            "/mnt/nfs",
            "/mnt/s3",
            "/mnt/sshfs",
            "/mnt/virtiofs",
        ],
    );
}

#[test]
fn only_what_others_answer_for_may_be_silent() {
    let table = "\
1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /media/windows ro - fuseblk /dev/sda2 rw
3 1 0:41 / /mnt/cifs rw - cifs //nas/share rw
4 1 0:42 / /mnt/sshfs rw - fuse.sshfs me@nas:/srv rw
5 1 0:43 / /data rw - btrfs /dev/sdb rw
";
    let mounts = mountinfo::parse(table.as_bytes());
    let filesystems = select(&mounts, |source| {
        (source == Path::new("/dev/sdb")).then_some((8, 16))
    });
    let class = |path: &str| {
        let found = filesystems.iter();
        let found = found.filter(|filesystem| filesystem.paths[0] == Path::new(path));
        let [filesystem] = found.collect::<Vec<_>>()[..] else {
            panic!("{path} is no filesystem");
        };
        let Filesystem {
            may_block,
            may_be_image,
            counted,
            ..
        } = *filesystem;
        (may_block, may_be_image, counted)
    };
    assert_eq!(class("/"), (false, false, Some((8, 1))));
    assert_eq!(class("/media/windows"), (true, true, Some((8, 2))));
    assert_eq!(class("/mnt/cifs"), (true, false, None));
    assert_eq!(class("/mnt/sshfs"), (true, false, None));
    assert_eq!(class("/data"), (false, false, Some((8, 16))));
}

#[test]
fn what_an_automounter_releases_when_idle_is_left_alone() {
    check(
        "\
1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:30 / /mnt/lasting rw - autofs systemd-1 rw,fd=1,timeout=0,direct
3 2 0:31 / /mnt/lasting rw - nfs4 nas:/lasting rw
4 1 0:32 / /mnt/passing rw - autofs systemd-1 rw,fd=2,timeout=60,direct
5 4 0:33 / /mnt/passing rw - nfs4 nas:/passing rw
6 1 0:34 / /net rw - autofs auto.net rw,fd=3,timeout=300,indirect
7 6 0:35 / /net/nas rw - nfs4 nas:/ rw
8 1 0:36 / /mnt/unmounted rw - autofs systemd-1 rw,fd=4,timeout=0,direct
",
        &["/", "/mnt/lasting"],
    );
}

#[test]
fn overlays_lie_on_a_disk_that_is_already_there() {
    check(
        "\
1 0 254:1 / / rw - ext4 /dev/vda1 rw
2 1 0:50 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw,lowerdir=l,upperdir=u,workdir=w
3 1 0:51 / /home/me/.local/share/containers/merged rw - fuse.fuse-overlayfs fuse-overlayfs rw
",
        &["/"],
    );
}

#[test]
fn in_a_container_the_overlay_at_the_root_is_the_disk() {
    check(
        "\
1 0 0:60 / / rw - overlay overlay rw,lowerdir=l,upperdir=u,workdir=w
2 1 254:16 / /data rw - xfs /dev/vdb rw
3 1 0:61 / /dev rw - tmpfs tmpfs rw
4 3 0:62 / /dev/shm rw - tmpfs shm rw
5 1 254:16 /gone//deleted /gone rw - xfs /dev/vdb rw
",
        &["/", "/data"],
    );
    // Started with `--read-only`, and without the privileges of a user namespace.
    check(
        "1 0 0:60 / / ro - overlay overlay rw,lowerdir=l,upperdir=u,workdir=w\n",
        &["/"],
    );
    check("1 0 0:60 / / rw - fuse.fuse-overlayfs f rw\n", &["/"]);
}

#[test]
fn an_image_at_the_root_is_no_disk_and_the_disk_below_is_known_by_sysroot() {
    // Fedora Atomic with composefs.
    check(
        "\
1 0 0:30 / / ro - overlay composefs ro,lowerdir+=/run/ostree/.private/cfsroot-lower,datadir+=/sysroot/ostree/repo/objects
2 1 252:3 /ostree/deploy/fedora/deploy/1f0.0/etc /etc rw - xfs /dev/vda3 rw
3 1 252:3 / /sysroot ro - xfs /dev/vda3 rw
4 1 252:3 /ostree/deploy/fedora/var /var rw - xfs /dev/vda3 rw
5 1 252:2 / /boot rw - ext4 /dev/vda2 rw
6 5 252:1 / /boot/efi rw - vfat /dev/vda1 rw
",
        &["/boot", "/boot/efi", "/sysroot"],
    );
    // The same on btrfs, where nothing is mounted whole.
    check(
        "\
1 0 0:30 / / ro - overlay composefs ro,lowerdir+=a,datadir+=b
2 1 0:33 /root/ostree/deploy/fedora/deploy/1f0.0/etc /etc rw - btrfs /dev/vda3 rw
3 1 0:33 /root /sysroot ro - btrfs /dev/vda3 rw
4 1 0:33 /root/ostree/deploy/fedora/var /var rw - btrfs /dev/vda3 rw
",
        &["/sysroot"],
    );
    // OpenWrt: an image below, and the flash above it, where the root can be filled.
    check(
        "\
1 0 31:2 / /rom ro - squashfs /dev/root ro
2 0 0:11 / /overlay rw - ubifs /dev/ubi0_1 rw
3 0 0:12 / / rw - overlay overlayfs:/overlay rw,lowerdir=/,upperdir=/overlay/upper,workdir=/overlay/work
",
        &["/", "/overlay"],
    );
}

#[test]
fn a_system_that_lives_in_a_file_has_a_disk() {
    check("1 0 7:0 / / rw - ext4 /dev/loop0 rw\n", &["/"]);
    // A name that only begins like one.
    check("1 0 7:9 / /mnt rw - ext4 /dev/loopback rw\n", &["/mnt"]);
}

#[test]
fn without_mounts_there_are_no_disks() {
    check("", &[]);
    check("no table at all\n", &[]);
}

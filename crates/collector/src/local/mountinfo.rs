//! The mounts of this process's mount namespace: `/proc/self/mountinfo`, proc_pid_mountinfo(5).
//!
//! Parsed as bytes, so that a path that is not UTF-8 does not hide other mounts.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The maximum size read, which suffices for the mounts of ten thousand containers.
const MOUNTINFO_BYTES_MAX: u64 = 8 << 20;

/// The device number of a filesystem, major and minor. Major 0 is an anonymous device.
pub(super) type Device = (u32, u32);

/// A mount as the kernel lists it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mount {
    pub(super) id: u64,
    /// The parent mount.
    pub(super) parent: u64,
    pub(super) device: Device,
    /// Which part of the filesystem is mounted; `/` is all of it.
    pub(super) root: PathBuf,
    pub(super) path: PathBuf,
    pub(super) filesystem: String,
    /// The source: a device, a server and its directory, or any word.
    pub(super) source: PathBuf,
    /// The mount's own options, then the filesystem's.
    pub(super) options: Vec<u8>,
}

impl Mount {
    /// The option itself (`ro`), or its value (`upperdir=`).
    pub(super) fn option(&self, name: &str) -> Option<&[u8]> {
        let mut options = self.options.split(|&byte| byte == b',');
        options.find_map(|option| option.strip_prefix(name.as_bytes()))
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.option("ro").is_some_and(<[u8]>::is_empty)
    }

    pub(super) fn is_at_root(&self) -> bool {
        self.path == Path::new("/")
    }
}

/// All mounts, in the order in which the kernel lists them.
pub(super) fn read() -> io::Result<Vec<Mount>> {
    let mut table = Vec::new();
    File::open("/proc/self/mountinfo")?
        .take(MOUNTINFO_BYTES_MAX)
        .read_to_end(&mut table)?;
    // Drops a line truncated by the limit.
    let whole = table.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
    Ok(parse(&table[..whole]))
}

/// Invalid lines are left out.
pub(super) fn parse(table: &[u8]) -> Vec<Mount> {
    let lines = table.split(|&byte| byte == b'\n');
    lines.filter_map(parse_line).collect()
}

/// Mounts that no other mount hides.
pub(super) fn visible(mounts: &[Mount]) -> Vec<&Mount> {
    let all: HashSet<_> = mounts
        .iter()
        .map(|mount| (mount.parent, mount.path.as_path()))
        .collect();
    let mounts = mounts.iter();
    mounts.filter(|mount| !is_hidden(mount, &all)).collect()
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`, with any number
/// of optional fields in place of `master:1`.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|&byte| byte == b' ');
    let id = number(fields.next()?)?;
    let parent = number(fields.next()?)?;
    let mut device = fields.next()?.split(|&byte| byte == b':');
    let device = (number(device.next()?)?, number(device.next()?)?);
    let root = unescape(fields.next()?);
    let path = unescape(fields.next()?);
    let own_options = fields.next()?;
    fields.find(|&field| field == b"-")?;
    let filesystem = String::from_utf8_lossy(fields.next()?).into_owned();
    let source = unescape(fields.next().unwrap_or_default());
    let options = [own_options, fields.next().unwrap_or_default()].join(&b',');
    Some(Mount {
        id,
        parent,
        device,
        root,
        path,
        filesystem,
        source,
        options,
    })
}

fn number<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    str::from_utf8(field).ok()?.parse().ok()
}

/// The kernel escapes a space, a tab, a line break, a backslash and `#` as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let octal = |digits: &[u8]| {
        let digits = digits.get(..3)?;
        let is_octal = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
        let digits = str::from_utf8(digits).ok().filter(|_| is_octal)?;
        u8::from_str_radix(digits, 8).ok()
    };
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, behind)) = rest.split_first() {
        match octal(behind).filter(|_| byte == b'\\') {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &behind[3..];
            }
            None => {
                bytes.push(byte);
                rest = behind;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// Whether another mount hides this one: one on top of it, or one on the same parent at a directory above
/// it.
fn is_hidden(mount: &Mount, all: &HashSet<(u64, &Path)>) -> bool {
    // A root filesystem may be its own parent.
    let under = mount.id != mount.parent && all.contains(&(mount.id, mount.path.as_path()));
    let mut above = mount.path.ancestors().skip(1);
    under || above.any(|path| path != Path::new("/") && all.contains(&(mount.parent, path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(table: &[u8]) -> Vec<Vec<u8>> {
        let mounts = parse(table).into_iter();
        mounts
            .map(|mount| mount.path.into_os_string().into_vec())
            .collect()
    }

    #[test]
    fn any_number_of_optional_fields_is_skipped() {
        for optional in ["", "master:1 ", "shared:1 master:2 propagate_from:3 "] {
            let line = format!(
                "36 35 98:1 /@home /home rw,noatime {optional}- btrfs /dev/sda2 rw,subvol=/@home\n"
            );
            let mounts = parse(line.as_bytes());
            assert_eq!(
                mounts,
                [Mount {
                    id: 36,
                    parent: 35,
                    device: (98, 1),
                    root: "/@home".into(),
                    path: "/home".into(),
                    filesystem: "btrfs".into(),
                    source: "/dev/sda2".into(),
                    options: b"rw,noatime,rw,subvol=/@home".to_vec(),
                }]
            );
            assert_eq!(mounts[0].option("subvol="), Some(&b"/@home"[..]));
            assert!(!mounts[0].is_read_only());
        }
    }

    #[test]
    fn names_may_have_arbitrary_bytes() {
        let table = b"\
1 0 8:1 / /mnt/with\\040space rw - ext4 /dev/sda1 rw
2 0 8:2 / /mnt/new\\012line rw - ext4 /dev/sda2 rw
3 0 8:3 / /mnt/back\\134slash rw - ext4 /dev/sda3 rw
4 0 8:4 / /mnt/pok\xe9mon rw - ext4 /dev/sda4 rw
5 0 8:5 / /mnt/m\xc3\xa4trum rw - ext4 /dev/sda5 rw
6 0 0:6 / /mnt/share rw - cifs //nas/my\\040share rw
";
        assert_eq!(
            paths(table),
            [
                &b"/mnt/with space"[..],
                b"/mnt/new\nline",
                b"/mnt/back\\slash",
                b"/mnt/pok\xe9mon",
                b"/mnt/m\xc3\xa4trum",
                b"/mnt/share",
            ]
        );
        assert_eq!(parse(table)[5].source, Path::new("//nas/my share"));
    }

    #[test]
    fn invalid_lines_are_left_out() {
        for line in [
            &b""[..],
            b"1 0 8:1 / /mnt rw",
            b"1 0 8 / /mnt rw - ext4 /dev/sda1 rw",
            b"x 0 8:1 / /mnt rw - ext4 /dev/sda1 rw",
            b"1 0 8:1 / /mnt rw -",
            b"\xff\xff",
        ] {
            assert_eq!(parse(line), []);
        }
        // A source of no characters, and no options of its own, still make a mount.
        assert_eq!(
            paths(b"1 0 8:1 / /mnt rw - ext4  rw\n2 0 8:2 / /srv rw - xfs"),
            [&b"/mnt"[..], b"/srv"]
        );
        assert_eq!(unescape(b"a\\04"), Path::new("a\\04"));
        assert_eq!(unescape(b"a\\777"), Path::new("a\\777"));
    }

    #[test]
    fn a_hidden_mount_is_detected() {
        let table = b"\
1 1 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /mnt rw - ext4 /dev/sda2 rw
3 2 8:3 / /mnt rw - ext4 /dev/sda3 rw
4 1 8:4 / /srv/a/deep rw - ext4 /dev/sda4 rw
5 1 8:5 / /srv/a rw - ext4 /dev/sda5 rw
6 5 8:6 / /srv/a/deep rw - ext4 /dev/sda6 rw
7 1 8:7 / /srv/ab rw - ext4 /dev/sda7 rw
";
        let mounts = parse(table);
        let visible = visible(&mounts).into_iter();
        let devices: Vec<_> = visible.map(|mount| mount.device.1).collect();
        assert_eq!(devices, [1, 3, 5, 6, 7]);
    }
}

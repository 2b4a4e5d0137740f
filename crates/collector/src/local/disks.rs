use super::diskstats::{CounterId, Reader};
use super::filesystems::{self, FilesystemId};
use super::source::{Source, Transition};
use super::space;
use super::worker::{Call, Worker};
use crate::{DeviceCounters, FilesystemSpace, rounding, text};
use protocol::Disk;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often mounts and their usage are read, which change slowly.
const READ_EVERY: Duration = Duration::from_secs(10);
/// The maximum age of a usage in a sample.
const FRESH: Duration = Duration::from_secs(30);

/// The maximum number of disks; the smallest are left out.
const DISKS_MAX: usize = 64;
/// The maximum number of devices that are counted; the last ones by name are left out.
const DEVICES_MAX: usize = 64;
/// The maximum number of filesystems whose usage is read; shares are left out first, then the longest
/// paths.
const FILESYSTEMS_MAX: usize = 256;
/// The maximum number of concurrent reads of shares, which limits the blocked threads.
const SHARES_READS_MAX: usize = 16;
/// The same for other filesystems, which are read one after another.
const LOCAL_READS_MAX: usize = 32;

const MOUNT_CHARS_MAX: usize = 256;
const FILESYSTEM_CHARS_MAX: usize = 32;
const SOURCE_CHARS_MAX: usize = 256;

/// A filesystem that users would call a disk, if its size is not zero.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filesystem {
    pub(super) id: FilesystemId,
    /// Its mount points; the displayed one is first.
    pub(super) paths: Vec<PathBuf>,
    /// What is mounted, such as `/dev/sda2`.
    pub(super) source: String,
    /// Such as `ext4`; empty if unknown.
    pub(super) kind: String,
    /// The key of its read and write counters.
    pub(super) counted: Option<CounterId>,
    /// Its usage, on systems whose list includes it.
    pub(super) known: Option<Space>,
    /// Whether another machine or a program serves it.
    pub(super) may_block: bool,
    /// Whether it is stacked on another filesystem, whose size it reports.
    pub(super) is_stacked: bool,
    /// Whether it is an image if it has no free space.
    pub(super) may_be_image: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Space {
    pub(crate) total_bytes: u64,
    pub(crate) used_bytes: u64,
    /// The space available to unprivileged users.
    pub(crate) available_bytes: u64,
}

/// The usage of a filesystem, and the path it was read at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Usage {
    pub(crate) path: PathBuf,
    pub(crate) space: Space,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counters {
    /// The device's name.
    pub(super) name: String,
    pub(super) read_bytes: u64,
    pub(super) written_bytes: u64,
}

/// The filesystems, each read independently.
pub(super) struct Disks {
    list: Source<(), Option<Vec<Filesystem>>>,
    list_requested_at: Option<Instant>,
    filesystems: BTreeMap<FilesystemId, Probe>,
    /// Reads shares, so that they do not delay other filesystems.
    shares: Worker,
    counters: Source<Reader, Count>,
    before: Option<Count>,
    count: Option<Count>,
}

struct Probe {
    filesystem: Filesystem,
    /// An unmounted one remains while its read is pending.
    is_mounted: bool,
    source: Source<(), Option<Usage>>,
    requested_at: Option<Instant>,
    usage: Option<(Instant, Usage)>,
}

struct Count {
    at: Instant,
    counters: HashMap<CounterId, Counters>,
}

impl Disks {
    pub(super) fn new() -> Self {
        Self {
            list: Source::new(()),
            list_requested_at: None,
            filesystems: BTreeMap::new(),
            shares: Worker::new("shares"),
            counters: Source::new(Reader::default()),
            before: None,
            count: None,
        }
    }

    /// The due reads of kernel tables, which are fast.
    pub(super) fn tables(&mut self, now: Instant) -> impl Iterator<Item = Call> {
        let is_due =
            |requested_at: Option<Instant>| requested_at.is_none_or(|at| now - at >= READ_EVERY);
        let list =
            is_due(self.list_requested_at).then(|| self.list.start_read(|()| filesystems::list()));
        let list = list.flatten();
        if list.is_some() {
            self.list_requested_at = Some(now);
        }
        let counters = self.counters.start_read(|reader| Count {
            at: Instant::now(),
            counters: reader.read(),
        });
        list.into_iter().chain(counters)
    }

    /// Applies the tables that were read; returns the due reads of filesystems, the longest waiting first:
    /// of shares, and of others.
    pub(super) fn due(&mut self, now: Instant) -> (Vec<Call>, Vec<Call>) {
        if let Some(count) = self.counters.take() {
            self.before = self.count.replace(count);
        } else {
            self.before = None;
        }
        if let Some(Some(list)) = self.list.take() {
            self.mounted(list);
        }
        (
            self.calls(true, SHARES_READS_MAX, now),
            self.calls(false, LOCAL_READS_MAX, now),
        )
    }

    /// Reads shares, and waits at most for `wait_max`.
    pub(super) fn ask_shares(&self, calls: Vec<Call>, wait_max: Duration) {
        self.shares.run(calls, wait_max);
    }

    fn mounted(&mut self, mut list: Vec<Filesystem>) {
        list.sort_by(|one, other| {
            let key = |filesystem: &Filesystem| {
                let path = filesystem.paths.first().cloned().unwrap_or_default();
                (filesystem.may_block, path.components().count(), path)
            };
            key(one).cmp(&key(other))
        });
        list.truncate(FILESYSTEMS_MAX);
        for probe in self.filesystems.values_mut() {
            probe.is_mounted = false;
        }
        for filesystem in list {
            let new = || Probe {
                filesystem: filesystem.clone(),
                is_mounted: true,
                source: Source::new(()),
                requested_at: None,
                usage: None,
            };
            let probe = self.filesystems.entry(filesystem.id.clone());
            let probe = probe.or_insert_with(new);
            probe.filesystem = filesystem;
            probe.is_mounted = true;
        }
        self.filesystems
            .retain(|_, probe| probe.is_mounted || probe.source.is_pending());
    }

    fn calls(&mut self, shares: bool, reads_max: usize, now: Instant) -> Vec<Call> {
        let mut these: Vec<_> = self.filesystems.values_mut().collect();
        these.retain(|probe| probe.filesystem.may_block == shares);
        let pending = these.iter().filter(|probe| probe.source.is_pending());
        let free = reads_max.saturating_sub(pending.count());
        these.retain(|probe| probe.is_mounted && !probe.source.is_pending());
        these.retain(|probe| {
            probe
                .requested_at
                .is_none_or(|last| now - last >= READ_EVERY)
        });
        these.sort_by_key(|probe| probe.requested_at);
        these
            .into_iter()
            .take(free)
            .filter_map(|probe| {
                probe.requested_at = Some(now);
                let filesystem = probe.filesystem.clone();
                probe.source.start_read(move |()| space::read(&filesystem))
            })
            .collect()
    }

    /// The disks with a recent usage, ordered by path.
    pub(super) fn sample(&mut self, now: Instant) -> Vec<Disk> {
        for probe in self.filesystems.values_mut() {
            if let Some(usage) = probe.source.take() {
                probe.usage = usage.map(|usage| (now, usage));
            }
        }
        let mut names = HashSet::new();
        shown(self.usages(now))
            .into_iter()
            .filter_map(|(filesystem, usage)| {
                let (read, written) = self.rates(filesystem);
                let path = usage.path.as_os_str().as_encoded_bytes();
                let kind = &filesystem.kind;
                Some(Disk {
                    percent: percent(&usage.space)?,
                    mount: text::unique(text::display_name(path, MOUNT_CHARS_MAX), &mut names),
                    filesystem: (!kind.is_empty())
                        .then(|| text::bounded(kind, FILESYSTEM_CHARS_MAX)),
                    used_bytes: usage.space.used_bytes,
                    total_bytes: usage.space.total_bytes,
                    read,
                    written,
                })
            })
            .collect()
    }

    /// The counters of whole disks, by name.
    pub(super) fn devices(&self) -> Vec<DeviceCounters> {
        let counters = self.count.iter().flat_map(|count| count.counters.values());
        let mut devices: Vec<_> = counters
            .filter(|counters| is_whole_disk(&counters.name))
            .map(|counters| DeviceCounters {
                name: text::bounded(&counters.name, SOURCE_CHARS_MAX),
                read_bytes: counters.read_bytes,
                written_bytes: counters.written_bytes,
            })
            .collect();
        devices.sort_by(|one, other| one.name.cmp(&other.name));
        devices.truncate(DEVICES_MAX);
        devices
    }

    /// The space of the disks that [`Disks::sample`] shows.
    pub(super) fn spaces(&self, now: Instant) -> Vec<FilesystemSpace> {
        let mut names = HashSet::new();
        let spaces = shown(self.usages(now)).into_iter();
        spaces
            .map(|(filesystem, usage)| {
                let path = usage.path.as_os_str().as_encoded_bytes();
                FilesystemSpace {
                    source: text::bounded(&filesystem.source, SOURCE_CHARS_MAX),
                    kind: text::bounded(&filesystem.kind, FILESYSTEM_CHARS_MAX),
                    mount: text::unique(text::display_name(path, MOUNT_CHARS_MAX), &mut names),
                    total_bytes: usage.space.total_bytes,
                    used_bytes: usage.space.used_bytes,
                    available_bytes: usage.space.available_bytes,
                }
            })
            .collect()
    }

    /// Recent usages of mounted filesystems.
    fn usages(&self, now: Instant) -> Vec<(&Filesystem, &Usage)> {
        let probes = self.filesystems.values().filter_map(|probe| {
            let (at, usage) = probe.usage.as_ref()?;
            let is_fresh = now.saturating_duration_since(*at) <= FRESH;
            let is_shown = probe.is_mounted && is_fresh && !probe.source.is_unresponsive(now);
            is_shown.then_some((&probe.filesystem, usage))
        });
        probes.collect()
    }

    /// Bytes read and written per second. A device without any read has no counters.
    fn rates(&self, filesystem: &Filesystem) -> (Option<u64>, Option<u64>) {
        let rates = || {
            let id = filesystem.counted.as_ref()?;
            let (before, after) = (self.before.as_ref()?, self.count.as_ref()?);
            let elapsed = after.at.saturating_duration_since(before.at);
            let (before, after) = (before.counters.get(id)?, after.counters.get(id)?);
            let rate = |counter: fn(&Counters) -> u64| {
                rounding::per_second(counter(before), counter(after), elapsed)
            };
            (before.read_bytes > 0).then(|| {
                (
                    rate(|counters| counters.read_bytes),
                    rate(|counters| counters.written_bytes),
                )
            })
        };
        rates().unwrap_or_default()
    }

    /// Reports the transitions of all sources, with their names.
    pub(super) fn transitions(&mut self, now: Instant, mut report: impl FnMut(&str, Transition)) {
        if let Some(transition) = self.list.transition(now, false) {
            report("The list of mounts", transition);
        }
        if let Some(transition) = self.counters.transition(now, false) {
            report("The source of disk statistics", transition);
        }
        for probe in self
            .filesystems
            .values_mut()
            .filter(|probe| probe.is_mounted)
        {
            if let Some(transition) = probe.source.transition(now, probe.usage.is_none()) {
                let path = probe.filesystem.paths.first().cloned().unwrap_or_default();
                let path = path.as_os_str().as_encoded_bytes();
                let path = text::display_name(path, MOUNT_CHARS_MAX);
                report(&format!("The filesystem at {path}"), transition);
            }
        }
    }
}

/// The largest disks with a size that are not part of another, ordered by path.
fn shown<'a>(mut usages: Vec<(&'a Filesystem, &'a Usage)>) -> Vec<(&'a Filesystem, &'a Usage)> {
    let stacked = usages.iter().find(|(filesystem, _)| filesystem.is_stacked);
    let stacked = stacked.map(|(_, usage)| usage.space);
    usages.retain(|(filesystem, usage)| {
        let space = &usage.space;
        let is_image = filesystem.may_be_image && space.available_bytes == 0;
        let lies_below =
            !filesystem.is_stacked && stacked.is_some_and(|over| is_same(&over, space));
        space.total_bytes > 0 && !is_image && !lies_below
    });
    usages.sort_by_key(|(_, usage)| (u64::MAX - usage.space.total_bytes, &usage.path));
    usages.truncate(DISKS_MAX);
    usages.sort_by_key(|(_, usage)| &usage.path);
    usages
}

/// Whether a block device is a disk and not a partition, a floppy, a loop device or a ramdisk; the same names as
/// node_exporter leaves out by default.
fn is_whole_disk(name: &str) -> bool {
    let stem = name.trim_end_matches(|it: char| it.is_ascii_digit());
    if stem.len() == name.len() || matches!(stem, "ram" | "loop" | "fd") {
        return stem.len() == name.len();
    }
    let letter = ["hd", "sd", "vd", "xvd"]
        .iter()
        .find_map(|prefix| stem.strip_prefix(prefix));
    let is_partition =
        letter.is_some_and(|it| it.len() == 1 && it.as_bytes()[0].is_ascii_lowercase());
    let is_nvme_partition = stem.starts_with("nvme") && stem.ends_with('p');
    !is_partition && !is_nvme_partition
}

/// Whether two usages, read within seconds, are of the same disk: a container's root has the size of the
/// disk below it, parts of which may be mounted in the container, too.
fn is_same(one: &Space, other: &Space) -> bool {
    let differ_bytes = one.used_bytes.abs_diff(other.used_bytes);
    one.total_bytes == other.total_bytes && differ_bytes <= one.total_bytes / 200
}

/// Of the space available to unprivileged users, as in `df`.
fn percent(space: &Space) -> Option<f64> {
    let fillable_bytes = space.used_bytes.saturating_add(space.available_bytes);
    rounding::share(space.used_bytes, fillable_bytes)
}

/// The usage of the fullest disk, in percent.
pub(super) fn fullest(disks: &[Disk]) -> Option<f64> {
    disks.iter().map(|disk| disk.percent).reduce(f64::max)
}

#[cfg(test)]
mod tests;

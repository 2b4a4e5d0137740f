use super::diskstats::{CounterId, Reader};
use super::filesystems::{self, FilesystemId};
use super::source::{Source, Turn};
use super::space;
use super::worker::{Call, Worker};
use crate::{numbers, text};
use protocol::Disk;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Mounts come and go, and fill, slowly; a second is for input and output.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// How old an answer may be that is still shown.
const FRESH: Duration = Duration::from_secs(30);

/// Filesystems beyond this are left out, the smallest first.
const DISKS_MAX: usize = 64;
/// Filesystems beyond this are not even asked how large they are: first those that others answer
/// for, then the longest paths.
const FILESYSTEMS_MAX: usize = 256;
/// So many shares may be asked at once. While all of them are silent, no other share is asked, and
/// no further thread can be held up.
const SHARES_ASKED_MAX: usize = 16;
/// The same for the other filesystems, which answer one after the other.
const LOCAL_ASKED_MAX: usize = 32;

const MOUNT_CHARS_MAX: usize = 256;
const FILESYSTEM_CHARS_MAX: usize = 32;

/// A filesystem that a person would call a disk, if it is large enough to have a size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filesystem {
    pub(super) id: FilesystemId,
    /// Where it is mounted; the path that it is known by comes first.
    pub(super) paths: Vec<PathBuf>,
    /// Such as `ext4`; empty where the system does not tell.
    pub(super) kind: String,
    /// What its reads and writes are counted under.
    pub(super) counted: Option<CounterId>,
    /// On systems where the list already says so.
    pub(super) known: Option<Space>,
    /// Whether another machine or a program answers for it.
    pub(super) may_be_silent: bool,
    /// Whether it lies on another filesystem, whose size it then has.
    pub(super) is_stacked: bool,
    /// Whether it shows an image if nothing of it is free.
    pub(super) may_be_image: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Space {
    pub(crate) total_bytes: u64,
    pub(crate) used_bytes: u64,
    /// What an ordinary user may still fill.
    pub(crate) available_bytes: u64,
}

/// How full a filesystem is, and by which path it was asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) path: PathBuf,
    pub(crate) space: Space,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counters {
    pub(super) read_bytes: u64,
    pub(super) written_bytes: u64,
}

/// The filesystems, each asked apart from the others.
pub(super) struct Disks {
    list: Source<(), Option<Vec<Filesystem>>>,
    list_asked: Option<Instant>,
    filesystems: BTreeMap<FilesystemId, Asked>,
    /// Asks those that may be silent, so that they keep no other waiting.
    shares: Worker,
    counters: Source<Reader, Count>,
    before: Option<Count>,
    count: Option<Count>,
}

struct Asked {
    filesystem: Filesystem,
    /// One that is no longer mounted stays for as long as its call does: a thread is in it.
    is_mounted: bool,
    source: Source<(), Option<Answer>>,
    asked: Option<Instant>,
    answer: Option<(Instant, Answer)>,
}

struct Count {
    at: Instant,
    counters: HashMap<CounterId, Counters>,
}

impl Disks {
    pub(super) fn new() -> Self {
        Self {
            list: Source::new(()),
            list_asked: None,
            filesystems: BTreeMap::new(),
            shares: Worker::new("shares"),
            counters: Source::new(Reader::default()),
            before: None,
            count: None,
        }
    }

    /// What is due of the tables that the kernel has ready.
    pub(super) fn tables(&mut self, now: Instant) -> impl Iterator<Item = Call> {
        let is_due = |asked: Option<Instant>| asked.is_none_or(|asked| now - asked >= ASK_EVERY);
        let list = is_due(self.list_asked).then(|| self.list.ask(|()| filesystems::list()));
        let list = list.flatten();
        if list.is_some() {
            self.list_asked = Some(now);
        }
        let counters = self.counters.ask(|reader| Count {
            at: Instant::now(),
            counters: reader.read(),
        });
        list.into_iter().chain(counters)
    }

    /// What the tables said. A call for each filesystem that is due to be asked, the longest waiting
    /// first: those that may be silent, and the others.
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
            self.calls(true, SHARES_ASKED_MAX, now),
            self.calls(false, LOCAL_ASKED_MAX, now),
        )
    }

    /// Asks those that may be silent, and waits for them no longer than `wait_max`.
    pub(super) fn ask_shares(&self, calls: Vec<Call>, wait_max: Duration) {
        self.shares.run(calls, wait_max);
    }

    fn mounted(&mut self, mut list: Vec<Filesystem>) {
        list.sort_by(|one, other| {
            let key = |filesystem: &Filesystem| {
                let path = filesystem.paths.first().cloned().unwrap_or_default();
                (filesystem.may_be_silent, path.components().count(), path)
            };
            key(one).cmp(&key(other))
        });
        list.truncate(FILESYSTEMS_MAX);
        for asked in self.filesystems.values_mut() {
            asked.is_mounted = false;
        }
        for filesystem in list {
            let new = || Asked {
                filesystem: filesystem.clone(),
                is_mounted: true,
                source: Source::new(()),
                asked: None,
                answer: None,
            };
            let asked = self.filesystems.entry(filesystem.id.clone());
            let asked = asked.or_insert_with(new);
            asked.filesystem = filesystem;
            asked.is_mounted = true;
        }
        self.filesystems
            .retain(|_, asked| asked.is_mounted || asked.source.is_pending());
    }

    fn calls(&mut self, shares: bool, asked_max: usize, now: Instant) -> Vec<Call> {
        let mut these: Vec<_> = self.filesystems.values_mut().collect();
        these.retain(|asked| asked.filesystem.may_be_silent == shares);
        let pending = these.iter().filter(|asked| asked.source.is_pending());
        let free = asked_max.saturating_sub(pending.count());
        these.retain(|asked| asked.is_mounted && !asked.source.is_pending());
        these.retain(|asked| asked.asked.is_none_or(|last| now - last >= ASK_EVERY));
        these.sort_by_key(|asked| asked.asked);
        these
            .into_iter()
            .take(free)
            .filter_map(|asked| {
                asked.asked = Some(now);
                let filesystem = asked.filesystem.clone();
                asked.source.ask(move |()| space::ask(&filesystem))
            })
            .collect()
    }

    /// Those that have answered lately, by path.
    pub(super) fn sample(&mut self, now: Instant) -> Vec<Disk> {
        for asked in self.filesystems.values_mut() {
            if let Some(answer) = asked.source.take() {
                asked.answer = answer.map(|answer| (now, answer));
            }
        }
        let answers = self.filesystems.values().filter_map(|asked| {
            let (at, answer) = asked.answer.as_ref()?;
            let is_fresh = now.saturating_duration_since(*at) <= FRESH;
            let is_shown = asked.is_mounted && is_fresh && !asked.source.is_silent(now);
            is_shown.then_some((&asked.filesystem, answer))
        });
        let mut names = HashSet::new();
        shown(answers.collect())
            .into_iter()
            .filter_map(|(filesystem, answer)| {
                let (read, written) = self.rates(filesystem);
                let path = answer.path.as_os_str().as_encoded_bytes();
                let kind = &filesystem.kind;
                Some(Disk {
                    percent: percent(&answer.space)?,
                    mount: text::unique(text::display_name(path, MOUNT_CHARS_MAX), &mut names),
                    filesystem: (!kind.is_empty())
                        .then(|| text::bounded(kind, FILESYSTEM_CHARS_MAX)),
                    used_bytes: answer.space.used_bytes,
                    total_bytes: answer.space.total_bytes,
                    read,
                    written,
                })
            })
            .collect()
    }

    /// What was read and written in a second. A device at which nothing was ever read is one that
    /// the system keeps no account of.
    fn rates(&self, filesystem: &Filesystem) -> (Option<u64>, Option<u64>) {
        let rates = || {
            let id = filesystem.counted.as_ref()?;
            let (before, after) = (self.before.as_ref()?, self.count.as_ref()?);
            let elapsed = after.at.saturating_duration_since(before.at);
            let (before, after) = (before.counters.get(id)?, after.counters.get(id)?);
            let rate = |counter: fn(&Counters) -> u64| {
                numbers::per_second(counter(before), counter(after), elapsed)
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

    /// Which sources have fallen silent or answer again, by what they are called.
    pub(super) fn turns(&mut self, now: Instant, mut report: impl FnMut(&str, Turn)) {
        if let Some(turn) = self.list.turn(now, false) {
            report("The list of mounts", turn);
        }
        if let Some(turn) = self.counters.turn(now, false) {
            report("The source of disk statistics", turn);
        }
        for asked in self
            .filesystems
            .values_mut()
            .filter(|asked| asked.is_mounted)
        {
            if let Some(turn) = asked.source.turn(now, asked.answer.is_none()) {
                let path = asked.filesystem.paths.first().cloned().unwrap_or_default();
                let path = path.as_os_str().as_encoded_bytes();
                let path = text::display_name(path, MOUNT_CHARS_MAX);
                report(&format!("The filesystem at {path}"), turn);
            }
        }
    }
}

/// The largest of those that have a size and are not another's part, ordered by path.
fn shown<'a>(mut answers: Vec<(&'a Filesystem, &'a Answer)>) -> Vec<(&'a Filesystem, &'a Answer)> {
    let stacked = answers.iter().find(|(filesystem, _)| filesystem.is_stacked);
    let stacked = stacked.map(|(_, answer)| answer.space);
    answers.retain(|(filesystem, answer)| {
        let space = &answer.space;
        let is_image = filesystem.may_be_image && space.available_bytes == 0;
        let lies_below =
            !filesystem.is_stacked && stacked.is_some_and(|over| is_same(&over, space));
        space.total_bytes > 0 && !is_image && !lies_below
    });
    answers.sort_by_key(|(_, answer)| (u64::MAX - answer.space.total_bytes, &answer.path));
    answers.truncate(DISKS_MAX);
    answers.sort_by_key(|(_, answer)| &answer.path);
    answers
}

/// Whether two answers, given within seconds, are about the same disk: a container's root has the
/// size of the disk that it lies on, parts of which may be mounted in the container, too.
fn is_same(one: &Space, other: &Space) -> bool {
    let differ_bytes = one.used_bytes.abs_diff(other.used_bytes);
    one.total_bytes == other.total_bytes && differ_bytes <= one.total_bytes / 200
}

/// Of what an ordinary user may fill, as `df` shows it.
fn percent(space: &Space) -> Option<f64> {
    let fillable_bytes = space.used_bytes.saturating_add(space.available_bytes);
    numbers::share(space.used_bytes, fillable_bytes)
}

/// How full the fullest is, in percent.
pub(super) fn fullest(disks: &[Disk]) -> Option<f64> {
    disks.iter().map(|disk| disk.percent).reduce(f64::max)
}

#[cfg(test)]
mod tests;

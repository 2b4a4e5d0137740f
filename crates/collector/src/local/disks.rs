use super::filesystems::{self, Mount};
use super::space;
use crate::{numbers, text};
use protocol::Disk;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use sysinfo::{DiskRefreshKind, Disks};

/// Mounts come and go, and fill, slowly; a second is for input and output.
const LIST_EVERY: Duration = Duration::from_secs(10);

const MOUNT_CHARS_MAX: usize = 256;
const FILESYSTEM_CHARS_MAX: usize = 32;

pub(super) struct Sampler {
    disks: Disks,
    listed: Instant,
    real: Vec<RealDisk>,
    counted: Instant,
    /// By mount, so that they outlive a new list.
    counters: HashMap<PathBuf, Counters>,
}

/// A filesystem that is shown.
struct RealDisk {
    /// Its place in the list that `sysinfo` keeps.
    index: usize,
    mount: String,
    filesystem: Option<String>,
    percent: f64,
    space: Space,
}

pub(super) struct Space {
    pub(super) total_bytes: u64,
    pub(super) used_bytes: u64,
    /// What an ordinary user may still fill.
    pub(super) available_bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Counters {
    read_bytes: u64,
    written_bytes: u64,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut sampler = Self {
            disks: Disks::new().ok()?,
            listed: Instant::now(),
            real: Vec::new(),
            counted: Instant::now(),
            counters: HashMap::new(),
        };
        sampler.list();
        sampler.counters = sampler.count();
        sampler.counted = Instant::now();
        Some(sampler)
    }

    pub(super) fn sample(&mut self) -> Vec<Disk> {
        if self.listed.elapsed() >= LIST_EVERY {
            self.list();
        } else {
            for real in &self.real {
                if let Some(disk) = self.disks.get_mut(real.index) {
                    disk.refresh_specifics(DiskRefreshKind::nothing().with_io_usage());
                }
            }
        }
        let now = Instant::now();
        let elapsed = now - self.counted;
        let counters = self.count();
        let before = std::mem::replace(&mut self.counters, counters);
        self.counted = now;

        self.real
            .iter()
            .map(|real| {
                let disk = self.disks.get(real.index);
                let step = disk.and_then(|disk| {
                    let mount = disk.mount_point();
                    Some((before.get(mount)?, self.counters.get(mount)?))
                });
                let rate = |counter: fn(&Counters) -> u64| {
                    step.and_then(|(before, after)| {
                        numbers::per_second(counter(before), counter(after), elapsed)
                    })
                };
                Disk {
                    mount: real.mount.clone(),
                    filesystem: real.filesystem.clone(),
                    percent: real.percent,
                    used_bytes: real.space.used_bytes,
                    total_bytes: real.space.total_bytes,
                    read: rate(|counters| counters.read_bytes),
                    written: rate(|counters| counters.written_bytes),
                }
            })
            .collect()
    }

    /// Looks for mounts and asks how full the real ones are.
    fn list(&mut self) {
        let kind = DiskRefreshKind::nothing().with_storage().with_io_usage();
        self.disks.refresh_specifics(true, kind);
        self.listed = Instant::now();
        self.real = real_disks(&self.disks);
    }

    /// The counters of the devices that have any: a device at which nothing was ever read is one
    /// that the system keeps no account of.
    fn count(&self) -> HashMap<PathBuf, Counters> {
        self.real
            .iter()
            .filter_map(|real| {
                let disk = self.disks.get(real.index)?;
                let usage = disk.usage();
                let counters = Counters {
                    read_bytes: usage.total_read_bytes,
                    written_bytes: usage.total_written_bytes,
                };
                (counters.read_bytes > 0).then(|| (disk.mount_point().to_owned(), counters))
            })
            .collect()
    }
}

fn real_disks(disks: &[sysinfo::Disk]) -> Vec<RealDisk> {
    let names: Vec<_> = disks
        .iter()
        .map(|disk| {
            (
                disk.name().to_string_lossy(),
                disk.mount_point().to_string_lossy(),
                disk.file_system().to_string_lossy(),
            )
        })
        .collect();
    let mounts: Vec<_> = names
        .iter()
        .zip(disks)
        .map(|((device, path, filesystem), disk)| Mount {
            device,
            path,
            filesystem,
            total_bytes: disk.total_space(),
        })
        .collect();
    filesystems::real(&mounts)
        .into_iter()
        .filter_map(|index| {
            let space = space::of(&disks[index])?;
            let Mount {
                path, filesystem, ..
            } = mounts[index];
            Some(RealDisk {
                index,
                mount: text::bounded(path, MOUNT_CHARS_MAX),
                filesystem: (!filesystem.is_empty())
                    .then(|| text::bounded(filesystem, FILESYSTEM_CHARS_MAX)),
                percent: percent(&space)?,
                space,
            })
        })
        .collect()
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
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_the_superuser_cannot_be_filled() {
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
    fn without_disks_none_is_fullest() {
        assert_eq!(fullest(&[]), None);
    }
}

//! All processes with their CPU time and memory, from one file each: `sysinfo` reads three, and this is the
//! most expensive part of a sample.

use super::proc_file::{columns, lines, number, read};
use super::processes::Seen;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use sysinfo::Uid;

/// Longer than any `stat`: 52 numbers and a name.
const STAT_BYTES_MAX: usize = 2_048;

/// How long an owner is cached: it rarely changes, and if so, right after the start.
const OWNERS_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Reader {
    ticks_per_second: u64,
    page_bytes: u64,
    owners: HashMap<(u32, u64), Option<Uid>>,
    owners_since: Instant,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        Some(Self {
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
            page_bytes: rustix::param::page_size() as u64,
            owners: HashMap::new(),
            owners_since: Instant::now(),
        })
    }

    /// Threads are not among them: `/proc` lists them within their process only.
    pub(super) fn read(&mut self) -> Vec<Seen> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let mut buffer = [0; STAT_BYTES_MAX];
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            // One that has just ended cannot be read any more.
            .filter_map(|pid| {
                let mut stat = File::open(format!("/proc/{pid}/stat")).ok()?;
                let length = stat.read(&mut buffer).ok()?;
                self.parse(pid, &buffer[..length])
            })
            .collect()
    }

    /// The number of possible processors.
    pub(super) fn processors(&self) -> Option<u64> {
        processors_in(&read(Path::new("/sys/devices/system/cpu/online")))
    }

    /// The name has arbitrary bytes, at most fifteen, and may contain spaces and parentheses, so that fields
    /// are counted from the last parenthesis: proc_pid_stat(5), whose field 3 is the first here.
    fn parse(&self, pid: u32, stat: &[u8]) -> Option<Seen> {
        let name_end = stat.windows(2).rposition(|bytes| bytes == b") ")?;
        let name_start = stat.iter().position(|&byte| byte == b'(')? + 1;
        let name = stat.get(name_start..name_end)?;
        let mut fields = columns(&stat[name_end + 1..]);
        let user_ticks = number(fields.nth(14 - 3)?)?;
        let system_ticks = number(fields.next()?)?;
        let start = number(fields.nth(22 - 16)?)?;
        let resident_pages = number(fields.nth(24 - 23)?)?;
        let cpu_ticks = user_ticks.saturating_add(system_ticks);
        Some(Seen {
            pid,
            start,
            name: name.to_owned(),
            cpu_ms: cpu_ticks.saturating_mul(1_000) / self.ticks_per_second,
            memory_bytes: resident_pages.saturating_mul(self.page_bytes),
        })
    }

    /// Its owner, read only for the reported processes.
    pub(super) fn owner(&mut self, pid: u32, start: u64) -> Option<Uid> {
        if self.owners_since.elapsed() >= OWNERS_EVERY {
            self.owners.clear();
            self.owners_since = Instant::now();
        }
        let owner = self
            .owners
            .entry((pid, start))
            .or_insert_with(|| owner_in(&read(Path::new(&format!("/proc/{pid}/status")))));
        owner.clone()
    }
}

/// The first number of the line `Uid:`, the real user: proc_pid_status(5). The name above it
/// has arbitrary bytes, with line feeds escaped.
fn owner_in(status: &[u8]) -> Option<Uid> {
    let uids = lines(status).find_map(|line| line.strip_prefix(b"Uid:"))?;
    let real = number(columns(uids).next()?)?;
    Uid::try_from(usize::try_from(real).ok()?).ok()
}

/// One more than the highest number of a list such as `0-3,8-11`.
fn processors_in(list: &[u8]) -> Option<u64> {
    let last = list.trim_ascii().rsplit(|byte| !byte.is_ascii_digit());
    number(last.into_iter().next()?)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stat: &[u8], expected: Option<(&[u8], u64, u64, u64)>) {
        let reader = Reader {
            ticks_per_second: 100,
            page_bytes: 4_096,
            ..Reader::new().unwrap()
        };
        let seen = reader.parse(7, stat);
        let seen = seen.as_ref();
        let seen = seen.map(|seen| {
            (
                seen.name.as_slice(),
                seen.start,
                seen.cpu_ms,
                seen.memory_bytes,
            )
        });
        assert_eq!(seen, expected, "{}", stat.escape_ascii());
    }

    #[test]
    fn names_of_any_bytes_do_not_shift_the_fields() {
        let fields = b"S 1 7 7 0 -1 4194560 9 8 7 6 150 50 3 2 20 0 1 0 4711 99999 25 184 1 1 0";
        for name in [
            &b"bash"[..],
            b"tmux: server",
            b"a) S 1 (b)",
            b") R 1 (evil",
            b"",
            b"caf\xe9 latin",
            // Cut inside a character.
            b"na\xc3\xafve-unicod\xc3",
            b"a\nb\tc\x1b[31m",
        ] {
            let stat = [b"7 (", name, b") ", fields].concat();
            check(&stat, Some((name, 4_711, 2_000, 102_400)));
        }
    }

    #[test]
    fn truncated_files_are_ignored() {
        for stat in ["", "7 (bash", "7 (bash) S 1 7", "7 bash S 1 7 7 0", "7 ) ("] {
            check(stat.as_bytes(), None);
        }
    }

    #[test]
    fn the_owner_is_the_real_user_whatever_the_name() {
        let user = Uid::try_from(1_000).ok();
        let owner = |name: &[u8]| {
            let name = [b"Name:\t", name].concat();
            owner_in(&[&name[..], b"\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n"].concat())
        };
        assert_eq!(owner(b"sshd"), user);
        assert_eq!(owner(b"caf\xe9 latin"), user);
        assert_eq!(owner(b"na\xc3\xafve-unicod\xc3"), user);
        assert_eq!(owner(b"a\\nUid:\t0"), user);
        assert_eq!(owner_in(b"Name:\tsshd\n"), None);
    }

    #[test]
    fn processors_are_counted_from_zero() {
        for (list, expected) in [
            (&b"0\n"[..], Some(1)),
            (b"0-3\n", Some(4)),
            (b"0-3,8-11\n", Some(12)),
            (b"0,2\n", Some(3)),
            (b"", None),
            (b"\n", None),
            (b"18446744073709551615", None),
        ] {
            assert_eq!(processors_in(list), expected);
        }
    }
}

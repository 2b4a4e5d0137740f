//! Every process with what it has used so far, from one file for each: `sysinfo` reads three, and
//! this is the most expensive thing a sample can ask for.

use super::processes::Seen;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::time::{Duration, Instant};
use sysinfo::Uid;

/// Longer than any `stat`: 52 numbers and a name.
const STAT_BYTES_MAX: usize = 2_048;

/// A process seldom changes hands, and when it does, in its first moments.
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
                self.parse(pid, &String::from_utf8_lossy(&buffer[..length]))
            })
            .collect()
    }

    /// The name may itself contain spaces and parentheses, so the fields are counted from its last
    /// one: proc_pid_stat(5), whose field 3 comes first here.
    fn parse(&self, pid: u32, stat: &str) -> Option<Seen> {
        let (name, fields) = stat.rsplit_once(") ")?;
        let (_, name) = name.split_once(" (")?;
        let mut fields = fields.split_ascii_whitespace();
        let user_ticks: u64 = fields.nth(14 - 3)?.parse().ok()?;
        let system_ticks: u64 = fields.next()?.parse().ok()?;
        let start = fields.nth(22 - 16)?.parse().ok()?;
        let resident_pages: u64 = fields.nth(24 - 23)?.parse().ok()?;
        let cpu_ticks = user_ticks.saturating_add(system_ticks);
        Some(Seen {
            pid,
            start,
            name: name.to_owned(),
            cpu_ms: cpu_ticks.saturating_mul(1_000) / self.ticks_per_second,
            memory_bytes: resident_pages.saturating_mul(self.page_bytes),
        })
    }

    /// Whose it is; asked of the few that are shown only.
    pub(super) fn owner(&mut self, pid: u32, start: u64) -> Option<Uid> {
        if self.owners_since.elapsed() >= OWNERS_EVERY {
            self.owners.clear();
            self.owners_since = Instant::now();
        }
        let owner = self.owners.entry((pid, start)).or_insert_with(|| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            owner_in(&status)
        });
        owner.clone()
    }
}

/// The first number of the line `Uid:`, the real user: proc_pid_status(5).
fn owner_in(status: &str) -> Option<Uid> {
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    let real: usize = uids.split_ascii_whitespace().next()?.parse().ok()?;
    Uid::try_from(real).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stat: &str, expected: Option<(&str, u64, u64, u64)>) {
        let reader = Reader {
            ticks_per_second: 100,
            page_bytes: 4_096,
            ..Reader::new().unwrap()
        };
        let seen = reader.parse(7, stat);
        let seen = seen.as_ref();
        let seen = seen.map(|seen| {
            (
                seen.name.as_str(),
                seen.start,
                seen.cpu_ms,
                seen.memory_bytes,
            )
        });
        assert_eq!(seen, expected, "{stat}");
    }

    #[test]
    fn names_with_spaces_and_parentheses_do_not_shift_the_fields() {
        let fields = "S 1 7 7 0 -1 4194560 9 8 7 6 150 50 3 2 20 0 1 0 4711 99999 25 184 1 1 0";
        let expected = |name| Some((name, 4_711, 2_000, 102_400));
        check(&format!("7 (bash) {fields}"), expected("bash"));
        check(
            &format!("7 (tmux: server) {fields}"),
            expected("tmux: server"),
        );
        check(&format!("7 (a) S 1 (b)) {fields}"), expected("a) S 1 (b)"));
        check(&format!("7 () {fields}"), expected(""));
    }

    #[test]
    fn what_is_cut_short_is_no_process() {
        for stat in ["", "7 (bash", "7 (bash) S 1 7", "7 bash S 1 7 7 0"] {
            check(stat, None);
        }
    }

    #[test]
    fn the_owner_is_the_real_user() {
        let owner = owner_in("Name:\tsshd\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n");
        assert_eq!(owner, Uid::try_from(1_000).ok());
        assert_eq!(owner_in("Name:\tsshd\n"), None);
    }
}

use super::process_list::Reader;
use super::users::UserNames;
use crate::rounding::{self, MEMORY_BYTES_MAX};
use crate::text;
use protocol::Process;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// The number of busiest processes by CPU, and of largest by memory.
const TOP_COUNT: usize = 15;
const NAME_CHARS_MAX: usize = 64;

/// The tolerance of CPU time against the clock.
const COUNTING_MS_MAX: f64 = 100.0;

pub(super) struct Sampler {
    reader: Reader,
    seen: Instant,
    /// CPU time by process ID and start time, since IDs are reused.
    cpu_ms: HashMap<(u32, u64), u64>,
}

pub(super) struct Sample {
    pub(super) count: u64,
    pub(super) top: Vec<Process>,
    /// Whether a user's name is unknown.
    pub(super) has_unknown_user: bool,
}

/// A process at one moment.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) pid: u32,
    /// Distinguishes it from an earlier process with the same ID.
    pub(super) start: u64,
    /// Arbitrary bytes.
    pub(super) name: Vec<u8>,
    pub(super) cpu_ms: u64,
    pub(super) memory_bytes: u64,
}

/// The CPU usage of a process between two readings.
#[derive(Debug, Clone, PartialEq)]
struct Load {
    pid: u32,
    start: u64,
    name: Vec<u8>,
    /// In percent of one core.
    cpu: f64,
    memory_bytes: u64,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut reader = Reader::new()?;
        Some(Self {
            cpu_ms: cpu_times(&reader.read()),
            seen: Instant::now(),
            reader,
        })
    }

    pub(super) fn sample(&mut self, users: &UserNames) -> Sample {
        let processes = self.reader.read();
        let now = Instant::now();
        let elapsed = now - self.seen;
        self.seen = now;
        let before = std::mem::replace(&mut self.cpu_ms, cpu_times(&processes));
        let processors = self.reader.processors();
        let count = processes.len() as u64;

        let loads: Vec<_> = processes
            .into_iter()
            .filter_map(|process| {
                // A new process has used all its time since.
                let before_ms = before.get(&(process.pid, process.start));
                let before_ms = before_ms.copied().unwrap_or(0);
                Some(Load {
                    pid: process.pid,
                    start: process.start,
                    name: process.name,
                    cpu: cpu_percent(before_ms, process.cpu_ms, elapsed, processors)?,
                    memory_bytes: process.memory_bytes,
                })
            })
            .filter(|load| load.memory_bytes <= MEMORY_BYTES_MAX)
            .collect();

        let top = top(&loads);
        let top: Vec<_> = top
            .into_iter()
            .map(|load| self.describe(load, users))
            .collect();
        Sample {
            count,
            has_unknown_user: top.iter().any(|process| process.user.is_none()),
            top,
        }
    }

    fn describe(&mut self, load: &Load, users: &UserNames) -> Process {
        let owner = self.reader.owner(load.pid, load.start);
        Process {
            pid: load.pid,
            name: text::display_name(&load.name, NAME_CHARS_MAX),
            cpu: load.cpu,
            memory_bytes: load.memory_bytes,
            user: owner.and_then(|uid| users.get(&uid).cloned()),
        }
    }
}

fn cpu_times(processes: &[Seen]) -> HashMap<(u32, u64), u64> {
    processes
        .iter()
        .map(|process| ((process.pid, process.start), process.cpu_ms))
        .collect()
}

/// In percent of one core, over the elapsed time. Absent if the CPU time decreased, or if it exceeds that of
/// all processors: then the last reading missed the process.
fn cpu_percent(
    before_ms: u64,
    after_ms: u64,
    elapsed: Duration,
    processors: Option<u64>,
) -> Option<f64> {
    let used_ms = after_ms.checked_sub(before_ms)? as f64;
    let elapsed_ms = elapsed.as_secs_f64() * 1e3;
    let processors = processors.map_or(f64::INFINITY, |count| count as f64);
    let possible = used_ms <= (elapsed_ms + COUNTING_MS_MAX) * processors;
    rounding::tenths(used_ms * 100.0 / elapsed_ms).filter(|_| possible)
}

/// The top processes by CPU and by memory, each once, busiest first.
fn top(loads: &[Load]) -> Vec<&Load> {
    let by_cpu = |load: &Load| Reverse(((load.cpu * 10.0).round() as u64, load.memory_bytes));
    let by_memory = |load: &Load| Reverse(load.memory_bytes);

    let mut order: Vec<_> = (0..loads.len()).collect();
    order.sort_by_key(|&at| (by_memory(&loads[at]), loads[at].pid));
    let mut chosen: BTreeSet<_> = order.iter().copied().take(TOP_COUNT).collect();
    order.sort_by_key(|&at| (by_cpu(&loads[at]), loads[at].pid));
    chosen.extend(order.iter().copied().take(TOP_COUNT));

    order.retain(|at| chosen.contains(at));
    order.into_iter().map(|at| &loads[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pid: u32, cpu: f64, memory_bytes: u64) -> Load {
        Load {
            pid,
            start: 0,
            name: Vec::new(),
            cpu,
            memory_bytes,
        }
    }

    #[test]
    fn the_tops_are_joined_and_the_busiest_come_first() {
        let idle = (1..=40).map(|pid| load(pid, 0.0, u64::from(pid)));
        let busy = (101..=120).map(|pid| load(pid, f64::from(pid), 0));
        let loads: Vec<_> = idle.chain(busy).collect();
        let pids: Vec<_> = top(&loads).iter().map(|load| load.pid).collect();
        let expected: Vec<_> = (106..=120).rev().chain((26..=40).rev()).collect();
        assert_eq!(pids, expected);
    }

    #[test]
    fn a_process_in_both_tops_appears_once() {
        let loads = [load(1, 0.1, 10), load(2, 50.0, 30), load(3, 0.1, 20)];
        let pids: Vec<_> = top(&loads).iter().map(|load| load.pid).collect();
        assert_eq!(pids, [2, 3, 1]);
        assert!(top(&[]).is_empty());
    }

    #[test]
    fn cpu_uses_the_elapsed_time() {
        for (before_ms, after_ms, elapsed_ms, expected) in [
            (1_000, 1_500, 1_000, Some(50.0)),
            (1_000, 1_500, 10_000, Some(5.0)),
            (0, 4_000, 1_000, Some(400.0)),
            (0, 1, 0, None),
            // Went back.
            (4_000, 0, 1_000, None),
            // A process of days that was missed the last time.
            (0, 86_400_000, 1_000, None),
        ] {
            let elapsed = Duration::from_millis(elapsed_ms);
            let percent = cpu_percent(before_ms, after_ms, elapsed, Some(4));
            assert_eq!(percent, expected, "{before_ms} {after_ms} {elapsed_ms}");
        }
        let unknown = cpu_percent(0, 86_400_000, Duration::from_secs(1), None);
        assert_eq!(unknown, Some(8_640_000.0));
    }
}

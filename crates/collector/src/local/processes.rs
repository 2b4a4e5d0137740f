use super::users::UserNames;
use crate::{numbers, text};
use protocol::Process;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, ThreadKind, UpdateKind};

/// The busiest so many by CPU, and the largest so many by memory.
const TOP_COUNT: usize = 15;
const NAME_CHARS_MAX: usize = 64;

pub(super) struct Sampler {
    system: System,
    users: UserNames,
    seen: Instant,
    /// CPU time so far, by process.
    cpu_ms: HashMap<Identity, u64>,
}

pub(super) struct Sample {
    pub(super) count: u64,
    pub(super) top: Vec<Process>,
}

/// A number is given again; a number and a start are not.
type Identity = (Pid, u64);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Load {
    pid: Pid,
    /// In percent of one core.
    cpu: f64,
    memory_bytes: u64,
}

impl Sampler {
    pub(super) fn new() -> Option<Self> {
        let mut sampler = Self {
            system: System::new().ok()?,
            users: UserNames::new(),
            seen: Instant::now(),
            cpu_ms: HashMap::new(),
        };
        sampler.refresh();
        sampler.cpu_ms = cpu_times(&sampler.system);
        Some(sampler)
    }

    pub(super) fn sample(&mut self) -> Sample {
        let before_at = self.seen;
        self.refresh();
        let elapsed = self.seen - before_at;
        let before = std::mem::replace(&mut self.cpu_ms, cpu_times(&self.system));

        let loads: Vec<_> = processes(&self.system)
            .filter_map(|process| {
                let identity = identity(process);
                // A process that was not there the last time has used all its time since.
                let before_ms = before.get(&identity).copied().unwrap_or(0);
                let after_ms = self.cpu_ms.get(&identity).copied().unwrap_or(0);
                Some(Load {
                    pid: process.pid(),
                    cpu: cpu_percent(before_ms, after_ms, elapsed)?,
                    memory_bytes: process.memory(),
                })
            })
            .collect();

        let top = top(&loads);
        let users = top.iter().filter_map(|load| self.process(load)?.user_id());
        let users: Vec<_> = users.cloned().collect();
        self.users.refresh_for(users.iter());
        Sample {
            count: loads.len() as u64,
            top: top.iter().filter_map(|load| self.describe(load)).collect(),
        }
    }

    fn refresh(&mut self) {
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::All,
            true,
            ProcessRefreshKind::nothing()
                .with_cpu()
                .with_memory()
                .with_user(UpdateKind::OnlyIfNotSet)
                .without_tasks(),
        );
        self.seen = Instant::now();
    }

    fn process(&self, load: &Load) -> Option<&sysinfo::Process> {
        self.system.process(load.pid)
    }

    fn describe(&self, load: &Load) -> Option<Process> {
        let process = self.process(load)?;
        let user = process.user_id().and_then(|uid| self.users.get(uid));
        Some(Process {
            pid: load.pid.as_u32(),
            name: text::bounded(&process.name().to_string_lossy(), NAME_CHARS_MAX),
            cpu: load.cpu,
            memory_bytes: load.memory_bytes,
            user: user.map(str::to_owned),
        })
    }
}

/// All but the threads that Linux lists as if they were processes.
fn processes(system: &System) -> impl Iterator<Item = &sysinfo::Process> {
    let all = system.processes().values();
    all.filter(|process| process.thread_kind() != Some(ThreadKind::Userland))
}

fn identity(process: &sysinfo::Process) -> Identity {
    (process.pid(), process.start_time())
}

fn cpu_times(system: &System) -> HashMap<Identity, u64> {
    processes(system)
        .map(|process| (identity(process), process.accumulated_cpu_time()))
        .collect()
}

/// In percent of one core, over the time that really passed. `sysinfo` has such a figure too, but
/// it divides by the time between the last two looks at the CPU, whoever took them.
fn cpu_percent(before_ms: u64, after_ms: u64, elapsed: Duration) -> Option<f64> {
    let used_ms = after_ms.saturating_sub(before_ms) as f64;
    numbers::tenths(used_ms * 100.0 / (elapsed.as_secs_f64() * 1e3))
}

/// The first by CPU and the first by memory, each once, busiest first.
fn top(loads: &[Load]) -> Vec<Load> {
    let by_cpu = |load: &Load| Reverse(((load.cpu * 10.0).round() as u64, load.memory_bytes));
    let by_memory = |load: &Load| Reverse(load.memory_bytes);

    let mut order: Vec<_> = (0..loads.len()).collect();
    order.sort_by_key(|&at| (by_memory(&loads[at]), loads[at].pid));
    let mut chosen: BTreeSet<_> = order.iter().copied().take(TOP_COUNT).collect();
    order.sort_by_key(|&at| (by_cpu(&loads[at]), loads[at].pid));
    chosen.extend(order.iter().copied().take(TOP_COUNT));

    order.retain(|at| chosen.contains(at));
    order.into_iter().map(|at| loads[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pid: u32, cpu: f64, memory_bytes: u64) -> Load {
        Load {
            pid: Pid::from_u32(pid),
            cpu,
            memory_bytes,
        }
    }

    #[test]
    fn the_tops_are_joined_and_the_busiest_come_first() {
        let idle = (1..=40).map(|pid| load(pid, 0.0, u64::from(pid)));
        let busy = (101..=120).map(|pid| load(pid, f64::from(pid), 0));
        let loads: Vec<_> = idle.chain(busy).collect();
        let pids: Vec<_> = top(&loads).iter().map(|load| load.pid.as_u32()).collect();
        let expected: Vec<_> = (106..=120).rev().chain((26..=40).rev()).collect();
        assert_eq!(pids, expected);
    }

    #[test]
    fn a_process_in_both_tops_appears_once() {
        let loads = [load(1, 0.1, 10), load(2, 50.0, 30), load(3, 0.1, 20)];
        let pids: Vec<_> = top(&loads).iter().map(|load| load.pid.as_u32()).collect();
        assert_eq!(pids, [2, 3, 1]);
        assert_eq!(top(&[]), []);
    }

    #[test]
    fn cpu_goes_by_the_time_that_really_passed() {
        for (before_ms, after_ms, elapsed_ms, expected) in [
            (1_000, 1_500, 1_000, Some(50.0)),
            (1_000, 1_500, 10_000, Some(5.0)),
            (0, 4_000, 1_000, Some(400.0)),
            (4_000, 0, 1_000, Some(0.0)),
            (0, 1, 0, None),
        ] {
            let elapsed = Duration::from_millis(elapsed_ms);
            assert_eq!(cpu_percent(before_ms, after_ms, elapsed), expected);
        }
    }
}

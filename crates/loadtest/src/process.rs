//! CPU time and memory of a process, from `/proc`.

use crate::report::Memory;
use std::fs;
use std::time::{Duration, Instant};

/// CPU time and memory of the server and of this process during a run.
pub(crate) struct Usage {
    pid: Option<u32>,
    window_start: Instant,
    cpu_start: Option<Duration>,
    own_cpu_start: Duration,
    /// The window's length.
    pub(crate) window: Duration,
    /// The server's CPU time in the window.
    pub(crate) cpu: Option<Duration>,
    /// This process's CPU time in the window.
    pub(crate) own_cpu: Duration,
    before_kib: Option<u64>,
    connected_kib: Option<u64>,
    end_kib: Option<u64>,
    peak_kib: Option<u64>,
}

impl Usage {
    /// Called before the first connect.
    pub(crate) fn new(pid: Option<u32>) -> Self {
        Self {
            pid,
            window_start: Instant::now(),
            cpu_start: None,
            own_cpu_start: Duration::ZERO,
            window: Duration::ZERO,
            cpu: None,
            own_cpu: Duration::ZERO,
            before_kib: pid.and_then(resident_kib),
            connected_kib: None,
            end_kib: None,
            peak_kib: None,
        }
    }

    /// Called right before the window.
    pub(crate) fn window_starts(&mut self) {
        self.connected_kib = self.pid.and_then(resident_kib);
        self.cpu_start = self.pid.and_then(cpu);
        self.own_cpu_start = own_cpu();
        self.window_start = Instant::now();
    }

    /// Called right after it.
    pub(crate) fn window_ended(&mut self) {
        self.window = self.window_start.elapsed();
        self.cpu = self
            .pid
            .and_then(cpu)
            .zip(self.cpu_start)
            .map(|(end, start)| end.saturating_sub(start));
        self.own_cpu = own_cpu().saturating_sub(self.own_cpu_start);
        self.end_kib = self.pid.and_then(resident_kib);
        self.peak_kib = self.pid.and_then(peak_kib);
    }

    /// None if the process is not known or has ended.
    pub(crate) fn memory(&self, connections: usize) -> Option<Memory> {
        let (before, connected) = (self.before_kib?, self.connected_kib?);
        Some(Memory {
            before,
            connected,
            end: self.end_kib?,
            peak: self.peak_kib?,
            per_connection: (connected as f64 - before as f64) / connections.max(1) as f64,
        })
    }
}

/// CPU time and memory of a process at a moment.
#[derive(Debug, Clone, Copy)]
pub struct ProcessUsage {
    /// CPU time since it started, in seconds.
    pub cpu_s: f64,
    /// Resident memory, in KiB.
    pub rss_kib: u64,
    /// The maximum of resident memory, in KiB.
    pub peak_rss_kib: u64,
}

impl ProcessUsage {
    /// None if there is no such process.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self {
            cpu_s: cpu(pid)?.as_secs_f64(),
            rss_kib: resident_kib(pid)?,
            peak_rss_kib: peak_kib(pid)?,
        })
    }
}

fn own_cpu() -> Duration {
    cpu(std::process::id()).unwrap_or_default()
}

/// CPU time of a process, in user and kernel mode.
fn cpu(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, field 2, may hold spaces and parentheses: count from its end.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    // Times in `/proc` are in ticks: proc_pid_stat(5).
    let ticks_per_s = rustix::param::clock_ticks_per_second().max(1);
    Some(Duration::from_millis((user + system) * 1_000 / ticks_per_s))
}

/// Resident memory now, in KiB.
fn resident_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmRSS:")
}

/// The maximum of resident memory since the process started, in KiB.
fn peak_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmHWM:")
}

fn status_kib(pid: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_process() {
        let pid = std::process::id();
        assert!(cpu(pid).is_some());
        assert!(resident_kib(pid).unwrap() > 100);
        assert!(peak_kib(pid) >= resident_kib(pid).map(|kib| kib / 2));
        assert_eq!(cpu(u32::MAX), None);
        assert_eq!(resident_kib(u32::MAX), None);
    }
}

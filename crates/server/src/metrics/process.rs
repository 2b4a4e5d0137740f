//! What the operating system says about this process. What a platform cannot tell is absent.

use super::Exposition;
use std::fs;
use std::path::Path;

/// The process as a whole. The names are those of Prometheus's client libraries, with this program's prefix.
pub(super) fn write(out: &mut Exposition, started_seconds: f64) {
    out.counter(
        "watchroom_process_cpu_seconds_total",
        "CPU time of the server, in user and in system mode.",
    )
    .add(&[], cpu_seconds());
    if let Some(bytes) = resident_bytes() {
        out.gauge(
            "watchroom_process_resident_memory_bytes",
            "Resident memory of the server.",
        )
        .count(&[], bytes);
    }
    if let Some(count) = open_fds() {
        out.gauge(
            "watchroom_process_open_fds",
            "Open file descriptors of the server, of which each viewer is one.",
        )
        .count(&[], count);
    }
    if let Some(count) = crate::open_files::max() {
        out.gauge(
            "watchroom_process_max_fds",
            "How many file descriptors the server may open.",
        )
        .count(&[], count);
    }
    out.gauge(
        "watchroom_process_start_time_seconds",
        "When the server was started, in seconds since 1970.",
    )
    .add(&[], started_seconds);
}

/// CPU time since the start, in user and in system mode.
pub(crate) fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Resident memory. proc_pid_statm(5): the second number is of resident pages.
pub(crate) fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

/// Open file descriptors. Linux 6.2 and newer tell their number as the directory's size; elsewhere they are counted.
pub(crate) fn open_fds() -> Option<u64> {
    let path = Path::new("/proc/self/fd");
    match fs::metadata(path).ok()?.len() {
        0 => Some(fs::read_dir(path).ok()?.count() as u64),
        count => Some(count),
    }
}

use loadtest::ProcessUsage;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(1);

/// A thread that looks at the memory of a process, once a second.
pub(super) struct HighestMemory {
    /// Ends it by being dropped.
    go_on: Sender<()>,
    thread: JoinHandle<f64>,
}

impl HighestMemory {
    pub(super) fn watch(pid: u32) -> Self {
        let (go_on, ends) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut highest = resident_mib(pid);
            while ends.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                highest = highest.max(resident_mib(pid));
            }
            highest.max(resident_mib(pid))
        });
        Self { go_on, thread }
    }

    /// The most that there was, in MiB; NaN if it is unknown.
    pub(super) fn end(self) -> f64 {
        drop(self.go_on);
        self.thread.join().unwrap_or(f64::NAN)
    }
}

/// The resident memory of a process in MiB; NaN if it is unknown.
pub(super) fn resident_mib(pid: u32) -> f64 {
    let usage = ProcessUsage::of(pid);
    usage.map_or(f64::NAN, |usage| usage.rss_kib as f64 / 1_024.0)
}

//! All processes with their CPU time and memory.

use super::processes::Seen;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, ThreadKind, Uid, UpdateKind};

pub(super) struct Reader {
    system: System,
}

impl Reader {
    pub(super) fn new() -> Option<Self> {
        let system = System::new().ok()?;
        Some(Self { system })
    }

    /// All processes without the threads that some systems list.
    ///
    /// The CPU usage of `sysinfo` is not used, since it divides by the time between any two refreshes.
    pub(super) fn read(&mut self) -> Vec<Seen> {
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::All,
            true,
            ProcessRefreshKind::nothing()
                .with_cpu()
                .with_memory()
                .with_user(UpdateKind::OnlyIfNotSet)
                .without_tasks(),
        );
        let processes = self.system.processes().values();
        processes
            .filter(|process| process.thread_kind() != Some(ThreadKind::Userland))
            .map(|process| Seen {
                pid: process.pid().as_u32(),
                start: process.start_time(),
                name: process.name().as_encoded_bytes().to_owned(),
                cpu_ms: process.accumulated_cpu_time(),
                memory_bytes: process.memory(),
            })
            .collect()
    }

    pub(super) fn processors(&self) -> Option<u64> {
        None
    }

    pub(super) fn owner(&mut self, pid: u32, _start: u64) -> Option<Uid> {
        self.system.process(Pid::from_u32(pid))?.user_id().cloned()
    }
}

use rustix::process::{getpriority_process, setpriority_process};

/// With this niceness a thread gets about a tenth of a core that others need, too.
const NICE: i32 = 10;

/// Lowers the priority of the calling thread, and of those that it starts, relative to the process.
///
/// On Linux a priority belongs to a thread, and not as in POSIX to the process: setpriority(2).
pub(super) fn lower_priority() {
    let before = getpriority_process(None).unwrap_or(0);
    if let Err(error) = setpriority_process(None, before + NICE) {
        tracing::debug!(%error, "The priority of a background thread could not be lowered.");
    }
}

use rustix::process::{getpriority_process, setpriority_process};

/// Of a core that others want as well, this leaves about a tenth.
const NICE: i32 = 10;

/// Lets the thread that calls this, and those it starts, give way to all others. Where somebody has
/// made the whole program give way already, so much further.
///
/// On Linux a priority is a thread's, and not as POSIX has it the process's: setpriority(2).
pub(super) fn give_way() {
    let before = getpriority_process(None).unwrap_or(0);
    if let Err(error) = setpriority_process(None, before + NICE) {
        tracing::debug!(%error, "Questions about the past keep the usual priority.");
    }
}

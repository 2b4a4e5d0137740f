//! Threads of low priority, for work that may take a core for seconds while viewers wait for theirs.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux::lower_priority;
#[cfg(not(target_os = "linux"))]
use other::lower_priority;
use tokio::sync::watch;

/// Lowers the priority of this thread and runs a future on it, until it completes or `stop` changes.
pub(crate) fn block_on(
    task: &str,
    work: impl Future<Output = ()>,
    mut stop: watch::Receiver<bool>,
) {
    lower_priority();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                () = work => {}
                _ = stop.changed() => {}
            }
        }),
        Err(error) => tracing::error!(%error, task, "A task could not be started."),
    }
}

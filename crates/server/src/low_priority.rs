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

/// Runs work that does not wait on a thread of its own, of low priority; absent if it panicked or there is no thread.
pub(crate) async fn run<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, done) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name(name.into());
    let started = thread.spawn(move || {
        lower_priority();
        // The caller may have been dropped.
        let _ = sender.send(work());
    });
    started.ok()?;
    done.await.ok()
}

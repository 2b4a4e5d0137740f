use crate::low_priority;
use std::future::Future;
use std::pin::Pin;
use tokio::sync::{mpsc, oneshot, watch};

/// Jobs that may wait for the thread; far fewer are permitted at the same time.
const WAITING_MAX: usize = 64;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs expensive work on a thread of low priority: decoding two weeks of samples takes a core for a
/// while, and must delay neither the writer nor a viewer's own task. Cheap to clone.
#[derive(Clone)]
pub(crate) struct BackgroundExecutor(mpsc::Sender<Job>);

/// The jobs of the thread.
pub(crate) struct BackgroundJobs(mpsc::Receiver<Job>);

impl BackgroundExecutor {
    pub(crate) fn new() -> (Self, BackgroundJobs) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(sender), BackgroundJobs(receiver))
    }

    /// Runs the work on the thread; dropping this cancels it. `None` once the server stops.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (mut sender, receiver) = oneshot::channel();
        let job = async move {
            let result = tokio::select! {
                () = sender.closed() => return,
                result = work => result,
            };
            // An error means that the caller was dropped.
            let _ = sender.send(result);
        };
        self.0.send(Box::pin(job)).await.ok()?;
        receiver.await.ok()
    }
}

impl BackgroundJobs {
    /// Runs until the server stops, and cancels unfinished jobs then. For a thread of its own.
    pub(crate) fn run(mut self, stop: watch::Receiver<bool>) {
        let work = async {
            while let Some(job) = self.0.recv().await {
                tokio::spawn(job);
            }
        };
        low_priority::block_on("background", work, stop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_whose_caller_is_dropped_is_cancelled() {
        let (executor, jobs) = BackgroundExecutor::new();
        let (stop, stopped) = watch::channel(false);
        let thread = tokio::task::spawn_blocking(|| jobs.run(stopped));
        assert_eq!(executor.run(async { 42 }).await, Some(42));

        let (held, dropped) = oneshot::channel::<()>();
        let endless = executor.run(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        let timeout = tokio::time::timeout(std::time::Duration::from_millis(20), endless).await;
        assert!(timeout.is_err());
        assert!(dropped.await.is_err(), "the job and its values are dropped");

        stop.send(true).unwrap();
        thread.await.unwrap();
        assert_eq!(executor.run(async { 42 }).await, None);
    }
}

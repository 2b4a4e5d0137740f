use super::priority;
use std::future::Future;
use std::pin::Pin;
use tokio::sync::{mpsc, oneshot, watch};

/// Questions that may wait for the thread; there are far fewer turns.
const WAITING_MAX: usize = 64;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Does what is asked about the past on a thread of its own, which gives way to all others: unpacking
/// two weeks of samples takes a core for a while, and neither the writer nor a viewer's own task may
/// stand in line behind it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Aside(mpsc::Sender<Job>);

/// What the thread does.
pub(super) struct Jobs(mpsc::Receiver<Job>);

impl Aside {
    pub(super) fn new() -> (Self, Jobs) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(sender), Jobs(receiver))
    }

    /// Does it there; dropping this gives it up. `None` once the server stops.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (mut done, answer) = oneshot::channel();
        let job = async move {
            let answer = tokio::select! {
                () = done.closed() => return,
                answer = work => answer,
            };
            // Nobody waits for it any more.
            let _ = done.send(answer);
        };
        self.0.send(Box::pin(job)).await.ok()?;
        answer.await.ok()
    }
}

impl Jobs {
    /// Runs until the server stops, and takes what is under way with it.
    pub(super) fn run(mut self, mut stop: watch::Receiver<bool>) {
        priority::give_way();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "Questions about the past cannot be answered.");
                return;
            }
        };
        runtime.block_on(async {
            loop {
                tokio::select! {
                    job = self.0.recv() => match job {
                        Some(job) => drop(tokio::spawn(job)),
                        None => return,
                    },
                    _ = stop.changed() => return,
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_nobody_waits_for_is_given_up() {
        let (aside, jobs) = Aside::new();
        let (stop, stopped) = watch::channel(false);
        let thread = tokio::task::spawn_blocking(|| jobs.run(stopped));
        assert_eq!(aside.run(async { 42 }).await, Some(42));

        let (held, dropped) = oneshot::channel::<()>();
        let endless = aside.run(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(20), endless).await;
        assert!(given_up.is_err());
        assert!(dropped.await.is_err(), "the work is gone, and what it held");

        stop.send(true).unwrap();
        thread.await.unwrap();
        assert_eq!(aside.run(async { 42 }).await, None);
    }
}

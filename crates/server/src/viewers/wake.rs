use futures_util::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Wakes one task, and remembers it if the task does not wait yet. [`tokio::sync::Notify`] does the same for any
/// number of tasks, which would take 80 more bytes of each of the many viewers.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    is_woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake {
    pub(crate) fn notify(&self) {
        self.is_woken.store(true, Ordering::Release);
        self.task.wake();
    }

    /// Ready once for all calls of [`Wake::notify`] before this.
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.take() {
            return Poll::Ready(());
        }
        self.task.register(context.waker());
        // Again, since it may have been woken before the registration.
        match self.take() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    fn take(&self) -> bool {
        self.is_woken.swap(false, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_task_is_woken_before_and_while_it_waits() {
        let wake = Arc::new(Wake::default());
        wake.notify();
        wake.notify();
        poll_fn(|context| wake.poll(context)).await;
        let waiting = tokio::spawn({
            let wake = Arc::clone(&wake);
            async move { poll_fn(|context| wake.poll(context)).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "two notifications wake once");
        wake.notify();
        waiting.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_notification_of_another_thread_is_lost() {
        const ROUNDS: usize = 20_000;
        let [there, back] = [(); 2].map(|()| Arc::new(Wake::default()));
        let other = tokio::spawn({
            let (there, back) = (Arc::clone(&there), Arc::clone(&back));
            async move {
                for _ in 0..ROUNDS {
                    poll_fn(|context| there.poll(context)).await;
                    back.notify();
                }
            }
        });
        for _ in 0..ROUNDS {
            there.notify();
            poll_fn(|context| back.poll(context)).await;
        }
        other.await.unwrap();
    }
}

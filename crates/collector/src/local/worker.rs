//! Runs calls that may block forever on separate threads.
//!
//! A share whose server is down, a sensor whose driver hangs, an unreachable directory service, a file in
//! `/proc` that a container's FUSE program provides: such calls have no timeout. Calls run one after another
//! on a thread. When one blocks while others wait, a new thread takes over the others, and the blocked
//! thread ends when its call returns, if ever.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A call that takes longer counts as blocked, and another thread takes over the queue.
const BLOCKED_AFTER: Duration = Duration::from_millis(50);

/// The maximum number of threads; beyond it, calls wait. Sources whose reads do not overlap stay far below
/// it.
const THREADS_MAX: usize = 64;

pub(super) type Call = Box<dyn FnOnce() + Send>;

/// Runs calls. Drop discards queued calls and waits for none.
pub(super) struct Worker {
    name: &'static str,
    threads_max: usize,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Wakes the active thread: there is a call, or it is no longer active.
    changed: Condvar,
    /// Wakes the thread that waits in [`Worker::run`].
    finished: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Queued>,
    /// When the active thread started its current call.
    busy_since: Option<Instant>,
    /// The active thread, which takes calls from the queue; none before the first call.
    in_charge: Option<u64>,
    threads_begun: u64,
    threads: usize,
    /// The newest batch of [`Worker::run`], and how many of its calls have not returned.
    batch: u64,
    batch_left: usize,
}

struct Queued {
    call: Call,
    batch: Option<u64>,
}

impl Worker {
    /// `name` is the name of its threads, which start with the first call.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            threads_max: THREADS_MAX,
            shared: Arc::default(),
        }
    }

    /// Queues calls behind all others.
    pub(super) fn submit(&self, calls: impl IntoIterator<Item = Call>) {
        let mut queue = self.shared.lock();
        let calls = calls.into_iter().map(|call| Queued { call, batch: None });
        queue.waiting.extend(calls);
        self.see_to(&mut queue);
    }

    /// Queues calls before all others and waits until they have returned, at most for `wait_max`.
    pub(super) fn run(&self, calls: Vec<Call>, wait_max: Duration) {
        let deadline = Instant::now() + wait_max;
        let mut queue = self.shared.lock();
        queue.batch += 1;
        queue.batch_left = calls.len();
        let batch = Some(queue.batch);
        for call in calls.into_iter().rev() {
            queue.waiting.push_front(Queued { call, batch });
        }
        loop {
            // Even without calls, a thread may have to take over waiting ones.
            self.see_to(&mut queue);
            if queue.batch_left == 0 {
                break;
            }
            let now = Instant::now();
            if now >= deadline {
                break;
            }
            let wait = BLOCKED_AFTER.min(deadline - now);
            queue = self
                .shared
                .finished
                .wait_timeout(queue, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Makes sure that a thread runs waiting calls.
    fn see_to(&self, queue: &mut Queue) {
        if queue.waiting.is_empty() {
            return;
        }
        let blocks = |since: Instant| since.elapsed() >= BLOCKED_AFTER;
        if queue.in_charge.is_some() && !queue.busy_since.is_some_and(blocks) {
            self.shared.changed.notify_all();
            return;
        }
        if queue.threads == self.threads_max {
            return;
        }
        let number = queue.threads_begun + 1;
        let shared = self.shared.clone();
        let begun = thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || shared.work(number));
        // Without memory for a thread the next call tries again.
        if begun.is_ok() {
            queue.threads_begun = number;
            queue.threads += 1;
            queue.in_charge = Some(number);
            queue.busy_since = None;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.waiting.clear();
        queue.in_charge = None;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs calls while thread `number` is active.
    fn work(&self, number: u64) {
        let mut queue = self.lock();
        while queue.in_charge == Some(number) {
            let Some(Queued { call, batch }) = queue.waiting.pop_front() else {
                queue = self
                    .changed
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.busy_since = Some(Instant::now());
            drop(queue);
            // A source that panics stays pending; the others continue.
            let _ = panic::catch_unwind(AssertUnwindSafe(call));
            queue = self.lock();
            if queue.in_charge == Some(number) {
                queue.busy_since = None;
            }
            if batch == Some(queue.batch) {
                queue.batch_left -= 1;
                if queue.batch_left == 0 {
                    self.finished.notify_all();
                }
            }
        }
        queue.threads -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const SOON: Duration = Duration::from_secs(10);

    /// A call that returns when the sender is dropped.
    fn blocking() -> (mpsc::Sender<()>, Call) {
        let (release, blocked) = mpsc::channel::<()>();
        let call = move || {
            let _ = blocked.recv();
        };
        (release, Box::new(call))
    }

    fn sending(receiver: &mpsc::Sender<u32>, number: u32) -> Call {
        let receiver = receiver.clone();
        Box::new(move || receiver.send(number).unwrap())
    }

    fn threads(worker: &Worker) -> usize {
        worker.shared.lock().threads
    }

    #[test]
    fn calls_run_in_order_on_one_thread_and_have_run_when_run_returns() {
        let worker = Worker::new("test");
        assert_eq!(threads(&worker), 0);
        let (sender, receiver) = mpsc::channel();
        for _ in 0..3 {
            worker.run(
                (1..=4).map(|number| sending(&sender, number)).collect(),
                SOON,
            );
            let numbers: Vec<_> = receiver.try_iter().collect();
            assert_eq!(numbers, [1, 2, 3, 4]);
        }
        assert_eq!(threads(&worker), 1);
    }

    #[test]
    fn a_blocked_call_blocks_only_its_thread() {
        let worker = Worker::new("test");
        let (sender, receiver) = mpsc::channel();
        let (release, blocked) = blocking();
        let short = Duration::from_millis(150);
        worker.run(
            vec![sending(&sender, 1), blocked, sending(&sender, 2)],
            short,
        );
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(threads(&worker), 2);

        // Other calls do not wait and need no further thread.
        for number in 3..20 {
            worker.run(vec![sending(&sender, number)], SOON);
        }
        assert_eq!(receiver.try_iter().count(), 17);
        assert_eq!(threads(&worker), 2);

        drop(release);
        let started = Instant::now();
        while threads(&worker) > 1 {
            assert!(started.elapsed() < SOON);
            thread::yield_now();
        }
        worker.run(vec![sending(&sender, 20)], SOON);
        assert_eq!(receiver.try_recv(), Ok(20));
    }

    #[test]
    fn calls_behind_a_blocked_one_are_taken_over_by_the_next_run() {
        let worker = Worker::new("test");
        let (sender, receiver) = mpsc::channel();
        let (_release, blocked) = blocking();
        worker.run(vec![blocked, sending(&sender, 1)], Duration::ZERO);
        let started = Instant::now();
        while receiver.try_recv().is_err() {
            assert!(started.elapsed() < SOON);
            worker.run(Vec::new(), SOON);
            thread::yield_now();
        }
    }

    #[test]
    fn run_has_priority_over_submit() {
        let worker = Worker::new("test");
        let (sender, receiver) = mpsc::channel();
        let (_release, blocked) = blocking();
        worker.submit([blocked, sending(&sender, 1), sending(&sender, 2)]);
        worker.run(vec![sending(&sender, 3), sending(&sender, 4)], SOON);
        let started = Instant::now();
        let mut order = Vec::new();
        while order.len() < 4 && started.elapsed() < SOON {
            worker.submit([]);
            order.extend(receiver.recv_timeout(BLOCKED_AFTER));
        }
        assert_eq!(order, [3, 4, 1, 2]);
    }

    #[test]
    fn threads_that_block_are_bounded() {
        let mut worker = Worker::new("test");
        worker.threads_max = 3;
        let (releases, calls): (Vec<_>, Vec<_>) = (0..5).map(|_| blocking()).unzip();
        worker.submit(calls);
        let started = Instant::now();
        while threads(&worker) < 3 && started.elapsed() < SOON {
            worker.submit([]);
            thread::yield_now();
        }
        worker.run(vec![Box::new(|| ())], BLOCKED_AFTER * 4);
        assert_eq!(threads(&worker), 3);
        drop(releases);
        let (sender, receiver) = mpsc::channel();
        worker.run(vec![sending(&sender, 1)], SOON);
        assert_eq!(receiver.try_recv(), Ok(1));
    }

    #[test]
    fn a_panicking_call_does_not_affect_others() {
        let worker = Worker::new("test");
        let (sender, receiver) = mpsc::channel();
        let panicking: Call = Box::new(|| panic!("a source that panics"));
        worker.run(vec![panicking, sending(&sender, 1)], SOON);
        assert_eq!(receiver.try_recv(), Ok(1));
    }

    #[test]
    fn dropping_a_worker_waits_for_nothing() {
        let worker = Worker::new("test");
        let (sender, receiver) = mpsc::channel();
        let (release, blocked) = blocking();
        worker.submit([blocked, sending(&sender, 1)]);
        let shared = worker.shared.clone();
        drop((worker, sender));
        drop(release);
        // Queued calls are dropped, and with them the last sender.
        assert_eq!(receiver.recv_timeout(SOON).ok(), None);
        let started = Instant::now();
        while shared.lock().threads > 0 {
            assert!(started.elapsed() < SOON);
            thread::yield_now();
        }
    }
}

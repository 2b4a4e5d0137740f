//! Calls that may block forever, away from the thread that samples.
//!
//! A share whose server is gone, a sensor whose driver hangs, a directory of users that cannot be
//! reached, a file in `/proc` that a container's FUSE program answers: such a call returns when it
//! likes, and no time limit can be put on it. So calls run one after another on a thread of their
//! own, and when one blocks while others wait, the thread is left alone with it and a new one takes
//! the others over. It ends when its call returns, if ever.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A call that takes longer no longer keeps others waiting.
const BLOCKED_AFTER: Duration = Duration::from_millis(50);

/// Threads beyond this are not started, and what waits goes on waiting. Sources that are asked again
/// only once they have answered stay far below it.
const THREADS_MAX: usize = 64;

pub(super) type Call = Box<dyn FnOnce() + Send>;

/// Runs calls. Dropping it drops what has not begun, and waits for nothing.
pub(super) struct Worker {
    name: &'static str,
    threads_max: usize,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// For the thread in charge: there is something to do, or it is no longer in charge.
    changed: Condvar,
    /// For the thread that waits in [`Worker::run`].
    finished: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Queued>,
    /// When the thread in charge began with the call it is in.
    busy_since: Option<Instant>,
    /// The thread that takes calls from the queue; none before the first call.
    in_charge: Option<u64>,
    threads_begun: u64,
    threads: usize,
    /// The newest batch that is waited for, and how many of it have not returned.
    batch: u64,
    batch_left: usize,
}

struct Queued {
    call: Call,
    batch: Option<u64>,
}

impl Worker {
    /// `name` is what its threads are called. None is started before there is a call.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            threads_max: THREADS_MAX,
            shared: Arc::default(),
        }
    }

    /// Runs calls as soon as nothing else is to be run.
    pub(super) fn submit(&self, calls: impl IntoIterator<Item = Call>) {
        let mut queue = self.shared.lock();
        let calls = calls.into_iter().map(|call| Queued { call, batch: None });
        queue.waiting.extend(calls);
        self.see_to(&mut queue);
    }

    /// Runs calls before all others and waits until they have returned, but not longer than
    /// `wait_max`.
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
            // Also without calls: what was left waiting the last time may be taken over by now.
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

    /// Has a thread take what waits.
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

    /// Takes calls for as long as thread `number` is in charge.
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
            // A source that panics has answered for the last time; the others go on.
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

    fn saying(said: &mpsc::Sender<u32>, number: u32) -> Call {
        let said = said.clone();
        Box::new(move || said.send(number).unwrap())
    }

    fn threads(worker: &Worker) -> usize {
        worker.shared.lock().threads
    }

    #[test]
    fn calls_run_in_order_on_one_thread_and_have_run_when_run_returns() {
        let worker = Worker::new("test");
        assert_eq!(threads(&worker), 0);
        let (say, said) = mpsc::channel();
        for _ in 0..3 {
            worker.run((1..=4).map(|number| saying(&say, number)).collect(), SOON);
            let numbers: Vec<_> = said.try_iter().collect();
            assert_eq!(numbers, [1, 2, 3, 4]);
        }
        assert_eq!(threads(&worker), 1);
    }

    #[test]
    fn a_call_that_blocks_holds_a_thread_and_nothing_else() {
        let worker = Worker::new("test");
        let (say, said) = mpsc::channel();
        let (release, blocked) = blocking();
        let short = Duration::from_millis(150);
        worker.run(vec![saying(&say, 1), blocked, saying(&say, 2)], short);
        assert_eq!(said.try_iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(threads(&worker), 2);

        // What is run meanwhile waits for neither, and takes no further thread.
        for number in 3..20 {
            worker.run(vec![saying(&say, number)], SOON);
        }
        assert_eq!(said.try_iter().count(), 17);
        assert_eq!(threads(&worker), 2);

        drop(release);
        let started = Instant::now();
        while threads(&worker) > 1 {
            assert!(started.elapsed() < SOON);
            thread::yield_now();
        }
        worker.run(vec![saying(&say, 20)], SOON);
        assert_eq!(said.try_recv(), Ok(20));
    }

    #[test]
    fn what_waits_behind_a_call_that_blocks_is_taken_over_the_next_time() {
        let worker = Worker::new("test");
        let (say, said) = mpsc::channel();
        let (_release, blocked) = blocking();
        worker.run(vec![blocked, saying(&say, 1)], Duration::ZERO);
        let started = Instant::now();
        while said.try_recv().is_err() {
            assert!(started.elapsed() < SOON);
            worker.run(Vec::new(), SOON);
            thread::yield_now();
        }
    }

    #[test]
    fn what_is_run_goes_before_what_was_submitted() {
        let worker = Worker::new("test");
        let (say, said) = mpsc::channel();
        let (_release, blocked) = blocking();
        worker.submit([blocked, saying(&say, 1), saying(&say, 2)]);
        worker.run(vec![saying(&say, 3), saying(&say, 4)], SOON);
        let started = Instant::now();
        let mut order = Vec::new();
        while order.len() < 4 && started.elapsed() < SOON {
            worker.submit([]);
            order.extend(said.recv_timeout(BLOCKED_AFTER));
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
        // Time enough for another thread, if there could be one.
        worker.run(vec![Box::new(|| ())], BLOCKED_AFTER * 4);
        assert_eq!(threads(&worker), 3);
        drop(releases);
        let (say, said) = mpsc::channel();
        worker.run(vec![saying(&say, 1)], SOON);
        assert_eq!(said.try_recv(), Ok(1));
    }

    #[test]
    fn a_call_that_panics_ends_alone() {
        let worker = Worker::new("test");
        let (say, said) = mpsc::channel();
        let panicking: Call = Box::new(|| panic!("a source that panics"));
        worker.run(vec![panicking, saying(&say, 1)], SOON);
        assert_eq!(said.try_recv(), Ok(1));
    }

    #[test]
    fn dropping_a_worker_waits_for_nothing() {
        let worker = Worker::new("test");
        let (say, said) = mpsc::channel();
        let (release, blocked) = blocking();
        worker.submit([blocked, saying(&say, 1)]);
        let shared = worker.shared.clone();
        drop((worker, say));
        drop(release);
        // What had not begun is dropped, and with it the last sender.
        assert_eq!(said.recv_timeout(SOON).ok(), None);
        let started = Instant::now();
        while shared.lock().threads > 0 {
            assert!(started.elapsed() < SOON);
            thread::yield_now();
        }
    }
}

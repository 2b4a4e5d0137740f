use super::AccountError;
use crate::low_priority;
use accounts::{PasswordHash, Secret};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Hashes at the same time, of more than two cores. Each takes 19 MiB, and a core for some hundredths of a second; one
/// core is always left to viewers.
const HASHES_MAX: usize = 2;

/// Sign-ins that wait for one. Beyond, they are refused.
const WAITING_MAX: usize = 16;

/// Hashes passwords, few at a time and at low priority, so that viewers do not wait for their messages meanwhile.
pub(super) struct Passwords {
    hashing: Arc<Semaphore>,
    waiting: Semaphore,
    counts: Arc<Counts>,
}

/// What is measured of hashes.
#[derive(Default)]
struct Counts {
    finished: AtomicU64,
    running: AtomicU64,
    running_max: AtomicU64,
}

/// A hash that is being computed.
struct Running(Arc<Counts>);

impl Running {
    fn start(counts: Arc<Counts>) -> Self {
        let running = counts.running.fetch_add(1, Ordering::Relaxed) + 1;
        counts.running_max.fetch_max(running, Ordering::Relaxed);
        Self(counts)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.finished.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(hashes_max())),
            waiting: Semaphore::new(hashes_max() + WAITING_MAX),
            counts: Arc::default(),
        }
    }
}

fn hashes_max() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    cores.saturating_sub(1).clamp(1, HASHES_MAX)
}

impl Passwords {
    /// Whether the password is the one of this hash; without a hash it takes as long, and is not.
    pub(super) async fn verify(
        &self,
        hash: Option<PasswordHash>,
        password: Arc<Secret>,
    ) -> Result<bool, AccountError> {
        self.run("password", move || match hash {
            Some(hash) => hash.verify(&password),
            None => {
                PasswordHash::dummy().verify(&password);
                false
            }
        })
        .await
    }

    /// How many hashes were computed, and how many at the same time at most.
    pub(super) fn counts(&self) -> (u64, u64) {
        let Counts {
            finished,
            running_max,
            ..
        } = &*self.counts;
        (
            finished.load(Ordering::Relaxed),
            running_max.load(Ordering::Relaxed),
        )
    }

    pub(super) async fn hash(&self, password: Arc<Secret>) -> Result<PasswordHash, AccountError> {
        self.run("password", move || PasswordHash::of(&password))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        task: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let _waits = self.waiting.try_acquire().map_err(|_| AccountError::Busy)?;
        let permit = Arc::clone(&self.hashing).acquire_owned().await;
        let permit = permit.map_err(|_| AccountError::Busy)?;
        let counts = Arc::clone(&self.counts);
        let work = move || {
            // Until the thread ends, even if the caller no longer waits.
            let _permit = permit;
            // Dropped before the permit, so that nobody else is counted beside it.
            let _running = Running::start(counts);
            work()
        };
        low_priority::run(task, work)
            .await
            .ok_or(AccountError::Busy)
    }
}

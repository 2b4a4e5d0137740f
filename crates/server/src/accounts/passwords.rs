use super::AccountError;
use crate::low_priority;
use accounts::{PasswordHash, Secret};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes at the same time. Each takes 19 MiB, and a core for some hundredths of a second.
const HASHES_MAX: usize = 2;

/// Sign-ins that wait for one. Beyond, they are refused.
const WAITING_MAX: usize = 16;

/// Hashes passwords, few at a time and at low priority, so that viewers do not wait for their messages meanwhile.
pub(super) struct Passwords {
    hashing: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            hashing: Arc::new(Semaphore::new(HASHES_MAX)),
            waiting: Semaphore::new(HASHES_MAX + WAITING_MAX),
        }
    }
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
        let work = move || {
            // Until the thread ends, even if the caller no longer waits.
            let _permit = permit;
            work()
        };
        low_priority::run(task, work)
            .await
            .ok_or(AccountError::Busy)
    }
}

use history::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Numbers reserved at a time. A store that is away for long must not let them run out: half of
/// this is left whenever it goes, which is half a day at ten messages a second.
const BLOCK: u64 = 1 << 20;

/// How long to wait after the store did not answer.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// How far numbers may be given, and how far they are: the writer's half.
#[derive(Clone)]
pub(crate) struct Numbers {
    given: watch::Sender<u64>,
    reserved: watch::Receiver<u64>,
}

/// The half of the task that [reserves](run) them.
pub(crate) struct Reserver {
    store: Arc<dyn Store>,
    given: watch::Receiver<u64>,
    reserved: watch::Sender<u64>,
}

impl Numbers {
    /// Reserves the first block; `given` is the newest number that counts as given.
    pub(super) async fn reserve(
        store: Arc<dyn Store>,
        given: u64,
    ) -> Result<(Self, Reserver), history::StoreError> {
        let block_end = given + BLOCK;
        store.reserve(block_end).await?;
        let (given, given_seen) = watch::channel(given);
        let (reserved, reserved_seen) = watch::channel(block_end);
        let numbers = Self {
            given,
            reserved: reserved_seen,
        };
        let reserver = Reserver {
            store,
            given: given_seen,
            reserved,
        };
        Ok((numbers, reserver))
    }

    /// Numbers up to here are given now.
    pub(super) fn give(&self, seq: u64) {
        // Every look wakes the other half, which is wanted only where a block is half used.
        self.given.send_if_modified(|given| {
            let wakes = seq + BLOCK / 2 > *self.reserved.borrow();
            *given = seq;
            wakes
        });
    }

    /// Waits until numbers up to here are reserved, as they nearly always are.
    pub(super) async fn reserved(&self, seq: u64) {
        let mut reserved = self.reserved.clone();
        if reserved
            .wait_for(|reserved| *reserved >= seq)
            .await
            .is_err()
        {
            // The other half has ended, and the server with it.
            std::future::pending::<()>().await;
        }
    }
}

/// Reserves the next block whenever half of the last is used, so that the writer never waits for it.
/// Ends with the writer.
pub(crate) async fn run(mut reserver: Reserver) {
    while reserver.given.changed().await.is_ok() {
        loop {
            let wanted = *reserver.given.borrow_and_update() + BLOCK;
            match reserver.store.reserve(wanted).await {
                Ok(()) => {
                    reserver.reserved.send_replace(wanted);
                    break;
                }
                // The writer meets the same store, and says so.
                Err(error) => tracing::debug!(%error, "Numbers could not be reserved."),
            }
            tokio::time::sleep(RETRY_EVERY).await;
            if reserver.given.has_changed().is_err() {
                return;
            }
        }
    }
}

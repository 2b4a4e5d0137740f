use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

/// Numbers reserved at a time. A store that is away for long should not let them run out: half of
/// this is left whenever it goes, and a quarter may be given, which is two months at fifty messages a
/// second. A number that a script can say exactly (2⁵³) takes eight million unclean stops.
pub(super) const BLOCK: u64 = 1 << 30;

/// How long to wait after the store did not answer.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// How far numbers may be given, and how far they are: the writer's half.
#[derive(Clone)]
pub(crate) struct Numbers {
    block: u64,
    given: watch::Sender<u64>,
    reserved: watch::Receiver<u64>,
}

/// The half of the task that [reserves](run) them.
pub(crate) struct Reserver {
    store: Arc<dyn Store>,
    block: u64,
    given: watch::Receiver<u64>,
    reserved: watch::Sender<u64>,
}

impl Numbers {
    /// Reserves the first block; `given` is the newest number that counts as given.
    pub(super) async fn reserve(
        store: Arc<dyn Store>,
        given: u64,
        block: u64,
    ) -> Result<(Self, Reserver), store::StoreError> {
        let block_end = given + block;
        store.reserve(block_end).await?;
        let (given, given_seen) = watch::channel(given);
        let (reserved, reserved_seen) = watch::channel(block_end);
        let numbers = Self {
            block,
            given,
            reserved: reserved_seen,
        };
        let reserver = Reserver {
            store,
            block,
            given: given_seen,
            reserved,
        };
        Ok((numbers, reserver))
    }

    /// Numbers up to here are given now.
    pub(super) fn give(&self, seq: u64) {
        // Every look wakes the other half, which is wanted only where a block is half used.
        self.given.send_if_modified(|given| {
            let wakes = seq + self.block / 2 > *self.reserved.borrow();
            *given = seq;
            wakes
        });
    }

    /// Whether so few are left that none may be given: a number that is not reserved could be given
    /// again after a crash. What is left is far more than a batch may take.
    pub(super) fn are_short(&self) -> bool {
        *self.reserved.borrow() < *self.given.borrow() + self.block / 4
    }

    /// Waits until they are not.
    pub(super) async fn enough(&self) {
        let enough = *self.given.borrow() + self.block / 4;
        self.reserved(enough).await;
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
            let wanted = *reserver.given.borrow_and_update() + reserver.block;
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

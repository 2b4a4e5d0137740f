use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

/// Sequence numbers reserved at a time. A long outage of the store must not exhaust them: at least half are
/// left when it starts, and a quarter may be assigned, which takes two months at fifty messages per second.
/// Eight million unclean stops exceed the integers that JavaScript represents exactly (2⁵³).
pub(crate) const BLOCK: u64 = 1 << 30;

/// The delay before a failed reservation is retried.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Tracks which sequence numbers are reserved in the store, and which are assigned: the writer's half.
#[derive(Clone)]
pub(crate) struct SequenceAllocator {
    block: u64,
    assigned: watch::Sender<u64>,
    reserved: watch::Receiver<u64>,
}

/// The half of the task that [reserves](run) sequence numbers.
pub(crate) struct SequenceReserver {
    store: Arc<dyn Store>,
    block: u64,
    assigned: watch::Receiver<u64>,
    reserved: watch::Sender<u64>,
}

impl SequenceAllocator {
    /// Reserves the first block after `assigned`.
    pub(crate) async fn reserve(
        store: Arc<dyn Store>,
        assigned: u64,
        block: u64,
    ) -> Result<(Self, SequenceReserver), store::StoreError> {
        let block_end = assigned + block;
        store.reserve(block_end).await?;
        let (assigned, assigned_seen) = watch::channel(assigned);
        let (reserved, reserved_seen) = watch::channel(block_end);
        let allocator = Self {
            block,
            assigned,
            reserved: reserved_seen,
        };
        let reserver = SequenceReserver {
            store,
            block,
            assigned: assigned_seen,
            reserved,
        };
        Ok((allocator, reserver))
    }

    /// Records that numbers up to here are assigned.
    pub(crate) fn assign(&self, seq: u64) {
        // A change wakes the other half, which is needed only once a block is half used.
        self.assigned.send_if_modified(|assigned| {
            let wakes = seq + self.block / 2 > *self.reserved.borrow();
            *assigned = seq;
            wakes
        });
    }

    /// Whether so few numbers are left that none may be assigned: one that is not reserved could be assigned
    /// again after a crash. The rest is far more than a batch needs.
    pub(crate) fn is_short(&self) -> bool {
        *self.reserved.borrow() < *self.assigned.borrow() + self.block / 4
    }

    /// Waits while [`Self::is_short`].
    pub(crate) async fn enough(&self) {
        let enough = *self.assigned.borrow() + self.block / 4;
        self.reserved(enough).await;
    }

    /// Waits until numbers up to here are reserved, as they nearly always are.
    pub(crate) async fn reserved(&self, seq: u64) {
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
pub(crate) async fn run(mut reserver: SequenceReserver) {
    while reserver.assigned.changed().await.is_ok() {
        loop {
            let wanted = *reserver.assigned.borrow_and_update() + reserver.block;
            match reserver.store.reserve(wanted).await {
                Ok(()) => {
                    reserver.reserved.send_replace(wanted);
                    break;
                }
                // The writer reports the outage.
                Err(error) => tracing::debug!(%error, "Sequence numbers could not be reserved."),
            }
            tokio::time::sleep(RETRY_EVERY).await;
            if reserver.assigned.has_changed().is_err() {
                return;
            }
        }
    }
}

use crate::intake::retry_queue::RetryQueue;
use crate::intake::sequence_allocator::SequenceAllocator;
use protocol::Stream;
use std::ops::RangeInclusive;
use std::sync::Arc;
use store::{Entry, Store, StoreError};
use tokio::time::Instant;

/// The messages that are committed next once the store is available again.
pub(super) struct RetryBatch {
    withdrawn: Option<RangeInclusive<u64>>,
    dropped: Vec<(Stream, u64)>,
    entries: Vec<Entry>,
}

impl RetryBatch {
    pub(super) fn of(queue: &RetryQueue) -> Self {
        Self {
            withdrawn: queue.withdrawn(),
            dropped: queue.dropped_streams(),
            entries: queue.first(),
        }
    }

    /// Withdraws messages at that time, records which were dropped, and commits the entries.
    pub(super) fn commit(
        &self,
        store: Arc<dyn Store>,
        sequence: SequenceAllocator,
        at: Instant,
    ) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (dropped, entries) = (self.dropped.clone(), self.entries.clone());
        let withdrawn = self.withdrawn.clone();
        async move {
            tokio::time::sleep_until(at).await;
            if let Some(seqs) = withdrawn {
                store.withdraw(seqs).await?;
            }
            let newest = entries.last().map_or(0, |entry| entry.seq);
            let newest_dropped = dropped.iter().map(|(_, seq)| *seq).max();
            let newest = newest.max(newest_dropped.unwrap_or(0));
            sequence.reserved(newest).await;
            if !dropped.is_empty() {
                store.mark_lost(&dropped).await?;
            }
            if entries.is_empty() {
                return Ok(());
            }
            store.commit(&entries).await
        }
    }

    /// Removes from the queue what no longer needs a retry.
    pub(super) fn finish(self, outcome: &Result<(), StoreError>, queue: &mut RetryQueue) {
        match outcome {
            Ok(()) => {
                queue.withdrawal_recorded();
                queue.drops_recorded(&self.dropped);
                queue.committed(self.entries.last().map_or(0, |entry| entry.seq));
            }
            Err(StoreError::Faulty(what)) => {
                // Another retry would fail as well, and would block everything after it.
                tracing::error!(what, "Messages cannot be stored and are dropped.");
                queue.drop_oldest(self.entries.len());
            }
            Err(StoreError::Unreachable(_) | StoreError::Full(_)) => {}
        }
    }
}

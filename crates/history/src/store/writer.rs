//! The one connection that writes.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::StoreError;

/// Where the writing connection waits between writes. A write takes it out and puts it back only
/// when it went well: one that failed, or was dropped half-way, takes its connection with it, and
/// the database undoes what it had begun. The next write opens a new one.
pub(super) struct Writer<C>(Mutex<Slot<C>>);

enum Slot<C> {
    Waiting(C),
    Empty,
    Closed,
}

/// The right to write.
pub(super) struct Turn<'a, C>(MutexGuard<'a, Slot<C>>);

impl<C> Writer<C> {
    pub(super) fn new(connection: C) -> Self {
        Self(Mutex::new(Slot::Waiting(connection)))
    }

    pub(super) async fn turn(&self) -> Result<Turn<'_, C>, StoreError> {
        let slot = self.0.lock().await;
        if matches!(*slot, Slot::Closed) {
            return Err(closed());
        }
        Ok(Turn(slot))
    }
}

impl<C> Turn<'_, C> {
    /// The connection, if the last write left one.
    pub(super) fn take(&mut self) -> Option<C> {
        match std::mem::replace(&mut *self.0, Slot::Empty) {
            Slot::Waiting(connection) => Some(connection),
            Slot::Empty | Slot::Closed => None,
        }
    }

    pub(super) fn put_back(mut self, connection: C) {
        *self.0 = Slot::Waiting(connection);
    }

    /// Nobody writes any more.
    pub(super) fn close(mut self) {
        *self.0 = Slot::Closed;
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::Unreachable("it was closed".to_owned())
}

/// A database that takes longer is as good as none.
pub(super) async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or_else(|_| {
            let patience_ms = patience.as_millis();
            Err(StoreError::Unreachable(format!(
                "no answer within {patience_ms} ms"
            )))
        })
}

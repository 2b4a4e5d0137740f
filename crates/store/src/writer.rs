//! The one connection that writes.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use crate::StoreError;

/// Where the writing connection is between writes. A write takes it out and puts it back only when it
/// succeeded: one that failed, or was dropped half-way, drops its connection, and the database rolls back.
/// The next write opens a new one.
pub(crate) struct Writer<C>(Mutex<Slot<C>>);

enum Slot<C> {
    Idle(C),
    Empty,
    Closed,
}

/// The permit to write.
pub(crate) struct Permit<'a, C>(MutexGuard<'a, Slot<C>>);

impl<C> Writer<C> {
    pub(crate) fn new(connection: C) -> Self {
        Self(Mutex::new(Slot::Idle(connection)))
    }

    pub(crate) async fn acquire(&self) -> Result<Permit<'_, C>, StoreError> {
        let slot = self.0.lock().await;
        if matches!(*slot, Slot::Closed) {
            return Err(StoreError::Unreachable("it was closed".to_owned()));
        }
        Ok(Permit(slot))
    }
}

impl<C> Permit<'_, C> {
    /// The connection, if the last write left one.
    pub(crate) fn take(&mut self) -> Option<C> {
        match std::mem::replace(&mut *self.0, Slot::Empty) {
            Slot::Idle(connection) => Some(connection),
            Slot::Empty | Slot::Closed => None,
        }
    }

    pub(crate) fn put_back(mut self, connection: C) {
        *self.0 = Slot::Idle(connection);
    }

    /// No write is permitted any more.
    pub(crate) fn close(mut self) {
        *self.0 = Slot::Closed;
    }
}

pub(crate) async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(timeout, work)
        .await
        .unwrap_or_else(|_| {
            let timeout_ms = timeout.as_millis();
            Err(StoreError::Unreachable(format!(
                "no answer within {timeout_ms} ms"
            )))
        })
}

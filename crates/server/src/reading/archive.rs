use super::background::BackgroundExecutor;
use history::TimeSeries;
use protocol::OwnHost;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// Requests that read at the same time. Each may take a while, and commits come first.
const READERS_MAX: usize = 3;

/// How long a request waits for a permit.
const PERMIT_TIME_MAX: Duration = Duration::from_secs(10);

/// The store and its series, for requests about history. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Archive {
    store: Arc<dyn Store>,
    series: TimeSeries,
    own: OwnHost,
    permits: Arc<Semaphore>,
    background: BackgroundExecutor,
    replayed: watch::Receiver<bool>,
}

impl Archive {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        series: TimeSeries,
        own: OwnHost,
        background: BackgroundExecutor,
        replayed: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
            series,
            own,
            permits: Arc::new(Semaphore::new(READERS_MAX)),
            background,
            replayed,
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The same, for parts that live as long as the server.
    pub(crate) fn shared_store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    pub(crate) fn series(&self) -> &TimeSeries {
        &self.series
    }

    /// Whether series have everything that is stored. For a moment after a start, some of the newest samples are only
    /// in the journal.
    pub(crate) fn is_complete(&self) -> bool {
        *self.replayed.borrow()
    }

    /// Waits until it is; false if that takes long, as while the store is unavailable.
    pub(crate) async fn completed(&self) -> bool {
        let mut replayed = self.replayed.clone();
        let completed = replayed.wait_for(|is_replayed| *is_replayed);
        let completed = tokio::time::timeout(PERMIT_TIME_MAX, completed).await;
        matches!(completed, Ok(Ok(_)))
    }

    /// The server's own host.
    pub(crate) fn own(&self) -> &OwnHost {
        &self.own
    }

    /// Runs the work of a request on the background thread, and cancels it if this is dropped; `None` once
    /// the server stops.
    pub(crate) async fn in_background<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.background.run(work).await
    }

    /// To be held while a request reads the store; `None` if too many others read.
    pub(crate) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        let permit = tokio::time::timeout(PERMIT_TIME_MAX, self.permits.acquire()).await;
        permit.ok()?.ok()
    }
}

use super::background::BackgroundExecutor;
use history::TimeSeries;
use protocol::OwnHost;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::{Semaphore, SemaphorePermit};

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
}

impl Archive {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        series: TimeSeries,
        own: OwnHost,
        background: BackgroundExecutor,
    ) -> Self {
        Self {
            store,
            series,
            own,
            permits: Arc::new(Semaphore::new(READERS_MAX)),
            background,
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn series(&self) -> &TimeSeries {
        &self.series
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

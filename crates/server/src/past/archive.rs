use super::aside::Aside;
use history::TimeSeries;
use protocol::OwnHost;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions answered at the same time. Each may read for a while, and commits come first.
const TURNS_MAX: usize = 3;

/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store and its series, for whoever asks about the past. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Archive {
    store: Arc<dyn Store>,
    series: TimeSeries,
    own: OwnHost,
    turns: Arc<Semaphore>,
    aside: Aside,
}

impl Archive {
    pub(super) fn new(
        store: Arc<dyn Store>,
        series: TimeSeries,
        own: OwnHost,
        aside: Aside,
    ) -> Self {
        Self {
            store,
            series,
            own,
            turns: Arc::new(Semaphore::new(TURNS_MAX)),
            aside,
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn series(&self) -> &TimeSeries {
        &self.series
    }

    /// The host that this server looks at.
    pub(crate) fn own(&self) -> &OwnHost {
        &self.own
    }

    /// Answers a question where it is in nobody's way; `None` once the server stops. Whoever is no
    /// longer there to hear the answer gives it up.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.aside.run(work).await
    }

    /// To be held while the store is read for a request; `None` if too many others read.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        turn.ok()?.ok()
    }
}

use history::{Past, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions answered at the same time. Each may read for a while, and commits come first.
const TURNS_MAX: usize = 3;

/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store and its series, for whoever asks about the past. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Archive {
    store: Arc<dyn Store>,
    series: Past,
    host: &'static str,
    turns: Arc<Semaphore>,
}

impl Archive {
    pub(super) fn new(store: Arc<dyn Store>, series: Past, host: &'static str) -> Self {
        Self {
            store,
            series,
            host,
            turns: Arc::new(Semaphore::new(TURNS_MAX)),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn series(&self) -> &Past {
        &self.series
    }

    /// The host that this server looks at, as its messages name it.
    pub(crate) fn host(&self) -> &'static str {
        self.host
    }

    /// To be held while the store is read for a request; `None` if too many others read.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        turn.ok()?.ok()
    }
}

use super::background::BackgroundExecutor;
use accounts::{Credential, Principal};
use history::TimeSeries;
use protocol::OwnHost;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// Requests that read at the same time. Each may take a while, and commits come first.
const READERS_MAX: usize = 3;

/// How many of them may be of the public, where the dashboard is.
const PUBLIC_READERS_MAX: usize = 1;

/// How long a request waits for a permit.
const PERMIT_TIME_MAX: Duration = Duration::from_secs(10);

/// Who reads the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody without a credential, where the dashboard is public.
    Public,
    /// Everybody else.
    Known,
}

impl Reader {
    pub(crate) fn of(principal: &Principal) -> Self {
        match principal.credential {
            Credential::Public => Self::Public,
            _ => Self::Known,
        }
    }
}

/// Lets a request read the store, until it is dropped.
pub(crate) struct ReadPermit<'a> {
    _of_all: SemaphorePermit<'a>,
    _of_public: Option<SemaphorePermit<'a>>,
}

/// The store and its series, for requests about history. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Archive {
    store: Arc<dyn Store>,
    series: TimeSeries,
    own: OwnHost,
    permits: Arc<Semaphore>,
    public_permits: Arc<Semaphore>,
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
            public_permits: Arc::new(Semaphore::new(PUBLIC_READERS_MAX)),
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

    /// How many requests read the store, and how many may.
    pub(crate) fn readers(&self) -> (usize, usize) {
        let free = self.permits.available_permits().min(READERS_MAX);
        (READERS_MAX - free, READERS_MAX)
    }

    /// To be held while a request reads the store; `None` if too many others read.
    pub(crate) async fn permit(&self, reader: Reader) -> Option<ReadPermit<'_>> {
        let permit = async {
            let of_public = match reader {
                Reader::Public => Some(self.public_permits.acquire().await.ok()?),
                Reader::Known => None,
            };
            Some(ReadPermit {
                _of_all: self.permits.acquire().await.ok()?,
                _of_public: of_public,
            })
        };
        tokio::time::timeout(PERMIT_TIME_MAX, permit).await.ok()?
    }
}

use crate::health::Readiness;
use crate::http::{Guard, Site, api};
use crate::intake::WeakAppender;
use crate::reading::Archive;
use crate::viewers::Hub;
use access::Access;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What every request handler can reach. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

struct Parts {
    access: Access,
    hub: Hub,
    archive: Option<Archive>,
    intake: WeakAppender,
    ingest_bodies: Semaphore,
    ingest_commits: Semaphore,
    guard: Guard,
    site: Site,
    page: PageSettings,
    readiness: Readiness,
}

/// What of the configuration the page needs.
#[derive(Debug, Clone)]
pub(crate) struct PageSettings {
    pub(crate) ws_url: Option<String>,
}

impl App {
    pub(crate) fn new(
        hub: Hub,
        archive: Option<Archive>,
        intake: WeakAppender,
        guard: Guard,
        site: Site,
        page: PageSettings,
        readiness: Readiness,
    ) -> Self {
        Self(Arc::new(Parts {
            // Until there are accounts, every client of this server may see all of it.
            access: Access::everything(),
            hub,
            archive,
            intake,
            ingest_bodies: Semaphore::new(api::BODIES_MAX),
            ingest_commits: Semaphore::new(api::COMMITS_MAX),
            guard,
            site,
            page,
            readiness,
        }))
    }

    /// What the sender of a request may see.
    pub(crate) fn access(&self) -> Access {
        self.0.access.clone()
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// History; absent without a store.
    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.0.archive.as_ref()
    }

    /// Where messages of other programs enter the log.
    pub(crate) fn intake(&self) -> &WeakAppender {
        &self.0.intake
    }

    /// A permit for each ingest body that is read.
    pub(crate) fn ingest_bodies(&self) -> &Semaphore {
        &self.0.ingest_bodies
    }

    /// A permit for each ingest request that is stored.
    pub(crate) fn ingest_commits(&self) -> &Semaphore {
        &self.0.ingest_commits
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.0.guard
    }

    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    pub(crate) fn page(&self) -> &PageSettings {
        &self.0.page
    }
}

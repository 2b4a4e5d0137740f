use crate::http::{Guard, Site};
use crate::past::{Archive, Readiness};
use crate::viewers::Hub;
use std::sync::Arc;

/// What every request handler can reach. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

struct Parts {
    hub: Hub,
    archive: Option<Archive>,
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
        guard: Guard,
        site: Site,
        page: PageSettings,
        readiness: Readiness,
    ) -> Self {
        Self(Arc::new(Parts {
            hub,
            archive,
            guard,
            site,
            page,
            readiness,
        }))
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The past; absent if nothing is written down.
    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.0.archive.as_ref()
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

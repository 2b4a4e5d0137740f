use crate::accounts::Accounts;
use crate::alerts::{Alerts, Notifiers};
use crate::boards::Boards;
use crate::checks::Checks;
use crate::health::Readiness;
use crate::http::{Guard, RequestRates, Site, api};
use crate::idempotency::IdempotencyKeys;
use crate::inputs::Inputs;
use crate::intake::{PointIntake, WeakAppender};
use crate::reading::Archive;
use crate::rooms::Rooms;
use crate::shares::{Holder, Shares};
use crate::viewers::Hub;
use std::sync::Arc;

/// What every request handler can reach. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

struct Parts {
    accounts: Accounts,
    account_rates: Arc<RequestRates<Holder>>,
    hub: Hub,
    archive: Option<Archive>,
    alerts: Option<Alerts>,
    notifiers: Option<Notifiers>,
    rooms: Option<Rooms>,
    boards: Option<Boards>,
    intake: WeakAppender,
    idempotency_keys: IdempotencyKeys,
    inputs: Inputs,
    checks: Checks,
    ingest_bodies: Shares,
    ingest_commits: Shares,
    keyed_commits: Shares,
    guard: Guard,
    site: Site,
    page: PageSettings,
    readiness: Readiness,
}

/// What of the configuration the page needs.
#[derive(Debug, Clone)]
pub(crate) struct PageSettings {
    pub(crate) ws_url: Option<String>,
    /// The origins of which boards may show images.
    pub(crate) board_images: Vec<String>,
    pub(crate) base_path: String,
}

impl PageSettings {
    /// What comes before every path of this server.
    pub(crate) fn base_path(&self) -> &str {
        &self.base_path
    }
}

impl App {
    #[expect(clippy::too_many_arguments, reason = "it is the list of what there is")]
    pub(crate) fn new(
        accounts: Accounts,
        account_rates: Arc<RequestRates<Holder>>,
        hub: Hub,
        archive: Option<Archive>,
        alerts: Option<Alerts>,
        notifiers: Option<Notifiers>,
        rooms: Option<Rooms>,
        boards: Option<Boards>,
        intake: WeakAppender,
        idempotency_keys: IdempotencyKeys,
        points: PointIntake,
        guard: Guard,
        site: Site,
        page: PageSettings,
        readiness: Readiness,
    ) -> Self {
        let metrics = hub.metrics().clone();
        Self(Arc::new(Parts {
            accounts,
            account_rates,
            hub,
            archive,
            alerts,
            notifiers,
            rooms,
            boards,
            intake,
            idempotency_keys,
            inputs: Inputs::new(points, metrics),
            checks: Checks::default(),
            ingest_bodies: Shares::new(api::BODIES_MAX, api::BODIES_MAX / 2),
            ingest_commits: Shares::new(api::COMMITS_MAX, api::COMMITS_MAX / 2),
            keyed_commits: Shares::new(api::KEYED_COMMITS_MAX, api::KEYED_COMMITS_MAX / 2),
            guard,
            site,
            page,
            readiness,
        }))
    }

    /// Who is who.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// How many requests each account may send.
    pub(crate) fn account_rates(&self) -> &RequestRates<Holder> {
        &self.0.account_rates
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// History; absent without a store.
    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.0.archive.as_ref()
    }

    /// Rules and alerts; absent without a store.
    pub(crate) fn alerts(&self) -> Option<&Alerts> {
        self.0.alerts.as_ref()
    }

    /// The targets of notifications; absent without a store.
    pub(crate) fn notifiers(&self) -> Option<&Notifiers> {
        self.0.notifiers.as_ref()
    }

    /// The rooms; absent without a store.
    pub(crate) fn rooms(&self) -> Option<&Rooms> {
        self.0.rooms.as_ref()
    }

    /// The boards; absent without a store.
    pub(crate) fn boards(&self) -> Option<&Boards> {
        self.0.boards.as_ref()
    }

    /// Where messages of other programs enter the log.
    pub(crate) fn intake(&self) -> &WeakAppender {
        &self.0.intake
    }

    /// The keys of requests whose messages are stored.
    pub(crate) fn idempotency_keys(&self) -> &IdempotencyKeys {
        &self.0.idempotency_keys
    }

    /// Where points of other programs enter the log.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.0.inputs
    }

    /// Targets that are probed.
    pub(crate) fn checks(&self) -> &Checks {
        &self.0.checks
    }

    /// A permit for each ingest body that is read.
    pub(crate) fn ingest_bodies(&self) -> &Shares {
        &self.0.ingest_bodies
    }

    /// A permit for each ingest request that is stored.
    pub(crate) fn ingest_commits(&self) -> &Shares {
        &self.0.ingest_commits
    }

    /// A permit for each ingest request with a key until it is decided, also if its client is gone.
    pub(crate) fn keyed_commits(&self) -> &Shares {
        &self.0.keyed_commits
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

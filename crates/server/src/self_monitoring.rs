//! How the server itself is doing: measured every other second, recorded as series of its own host, and told to whom it
//! may concern by `/api/v1/server` ([why](../../../docs/decisions/0058-the-server-watches-itself.md)).
//!
//! `recent.rs` is what was measured in the last minute, `record.rs` the series, `limits.rs` how full everything is that
//! has a limit, and `failing.rs` what does not work at the moment.

mod recent;

mod record;

mod failing;
mod limits;

pub(crate) use failing::failing;
pub(crate) use limits::limits;
pub(crate) use recent::Rates;

use crate::app::App;
use crate::config::{Config, StorePlace};
use crate::http::ConnectionLimits;
use crate::tasks::PanickedTasks;
use protocol::Timestamp;
use recent::{Reading, Recent};
use record::{EVERY_READINGS, record};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::Location;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// How often it is measured.
const MEASURE_EVERY: Duration = Duration::from_secs(2);

/// What is known of the server besides what requests can reach anyway. A cheap handle. Its lock is held briefly, with no
/// other taken under it.
#[derive(Clone)]
pub(crate) struct SelfMonitoring(Arc<Parts>);

struct Parts {
    recent: Mutex<Recent>,
    panicked: PanickedTasks,
    connections: Arc<ConnectionLimits>,
    store_kind: Option<&'static str>,
    store_bytes_max: u64,
    ring_frames_max: usize,
    ring_bytes_max: usize,
    is_recorded: bool,
    statsd_listen: String,
}

impl SelfMonitoring {
    pub(crate) fn new(
        config: &Config,
        connections: Arc<ConnectionLimits>,
        panicked: PanickedTasks,
    ) -> Self {
        let store_kind = match config.store_place() {
            StorePlace::Memory => None,
            StorePlace::In(Location::Sqlite(_)) => Some("SQLite"),
            StorePlace::In(Location::Postgres(_)) => Some("PostgreSQL"),
        };
        Self(Arc::new(Parts {
            recent: Mutex::default(),
            panicked,
            connections,
            store_kind,
            store_bytes_max: config.retention.store_bytes_max(),
            ring_frames_max: config.ring.frames,
            ring_bytes_max: config.ring.bytes + config.ring.bulk_bytes,
            is_recorded: config.self_metrics && store_kind.is_some(),
            statsd_listen: config.statsd_listen.clone(),
        }))
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.0.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was measured last.
    pub(crate) fn rates(&self) -> Rates {
        self.recent().rates()
    }

    /// Tasks that have ended by a panic.
    pub(crate) fn panicked(&self) -> &PanickedTasks {
        &self.0.panicked
    }

    pub(crate) fn connections(&self) -> &ConnectionLimits {
        &self.0.connections
    }

    /// What the store is; absent if nothing is stored.
    pub(crate) fn store_kind(&self) -> Option<&'static str> {
        self.0.store_kind
    }

    pub(crate) fn store_bytes_max(&self) -> u64 {
        self.0.store_bytes_max
    }

    /// The most messages in memory, and the most bytes of them.
    pub(crate) fn ring_max(&self) -> (usize, usize) {
        (self.0.ring_frames_max, self.0.ring_bytes_max)
    }

    /// Where datagrams of StatsD are accepted, if they are.
    pub(crate) fn statsd_listen(&self) -> Option<&str> {
        Some(self.0.statsd_listen.as_str()).filter(|it| !it.is_empty())
    }

    /// Whether it is recorded as series.
    pub(crate) fn is_recorded(&self) -> bool {
        self.0.is_recorded
    }
}

/// Measures how the server is doing, until it stops.
pub(crate) async fn run(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(MEASURE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut readings = 0_u32;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        let monitoring = app.monitoring();
        monitoring.recent().add(Reading::of(&app));
        if app.log_level().expire(Instant::now()) {
            tracing::info!("The level of the log is the configured one again.");
        }
        readings += 1;
        if monitoring.is_recorded() && readings.is_multiple_of(EVERY_READINGS) {
            let rates = monitoring.rates();
            tokio::select! {
                () = record(&app, &rates, Timestamp::now()) => {}
                _ = stopped.changed() => return,
            }
        }
    }
}

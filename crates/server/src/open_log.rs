//! Opens the store at the start of the server, and continues the log that it holds.

mod own_host;
mod resume;
mod store_tasks;

pub(crate) use store_tasks::StoreTasks;

use crate::config::{Config, StorePlace};
use crate::health::Health;
use crate::idempotency::IdempotencyKeys;
use crate::intake::sequence_allocator::BLOCK;
use crate::intake::series::SeriesSender;
use crate::intake::writer::Writer;
use crate::intake::{Appender, DirtyFlag, PointIntake, SequenceAllocator};
use crate::maintenance::retention::Age;
use crate::maintenance::{KnownTime, SimulatedHistory};
use crate::metrics::Metrics;
use crate::reading::background::BackgroundExecutor;
use crate::reading::{Archive, BacklogReader};
use access::Access;
use journal::{Journal, Limits};
use protocol::{OwnHost, Stream, Timestamp};
use std::sync::Arc;
use store::{Location, OpenError, Store, StoreError};
use tokio::sync::watch;

/// The opened log, and the parts that use its store.
pub(crate) struct OpenedLog {
    pub(crate) own: OwnHost,
    pub(crate) journal: Journal,
    pub(crate) appender: Appender,
    pub(crate) backlog_reader: BacklogReader,
    /// Where points of programs enter the log.
    pub(crate) points: PointIntake,
    /// None of them is loaded yet.
    pub(crate) idempotency_keys: IdempotencyKeys,
    /// Absent without a store.
    pub(crate) archive: Option<Archive>,
    /// Absent without a store.
    pub(crate) store_tasks: Option<StoreTasks>,
}

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenLogError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed after it was opened.
    #[error("read the log from the store: {0}")]
    Read(#[from] StoreError),
    /// The flag for uncommitted messages cannot be opened.
    #[error("open the flag for uncommitted messages in the data directory: {0}")]
    DirtyFlag(std::io::Error),
    /// The configured host name belongs to another host.
    #[error(
        "call this host `{name}`, as the setting `host` says: the store has the series `{series}` of \
         another host of that name; choose another name"
    )]
    HostTaken {
        /// The name.
        name: String,
        /// A series that both hosts have.
        series: String,
    },
    /// The system has no random numbers.
    #[error("draw an epoch: {0}")]
    Random(#[from] getrandom::Error),
}

/// Opens the store and fills the ring from it.
pub(crate) async fn open(
    config: &Config,
    health: &Health,
    metrics: &Metrics,
) -> Result<OpenedLog, OpenLogError> {
    let limits = Limits {
        frames_max: config.ring.frames,
        bytes_max: config.ring.bytes,
        bulk_bytes_max: config.ring.bulk_bytes,
        ..Limits::default()
    };
    match config.store_place() {
        StorePlace::Memory => in_memory(config, limits),
        StorePlace::In(location) => in_store(config, limits, location, health, metrics).await,
    }
}

fn in_memory(config: &Config, limits: Limits) -> Result<OpenedLog, OpenLogError> {
    let own = own_host::without_store(config);
    let journal = Journal::new(limits, own.clone())?;
    let appender = Appender::in_memory(journal.clone());
    Ok(OpenedLog {
        own,
        points: PointIntake::new(appender.downgrade(), None, watch::channel(true).1),
        appender,
        idempotency_keys: IdempotencyKeys::new(),
        backlog_reader: BacklogReader::new(None),
        journal,
        archive: None,
        store_tasks: None,
    })
}

async fn in_store(
    config: &Config,
    limits: Limits,
    location: Location,
    health: &Health,
    metrics: &Metrics,
) -> Result<OpenedLog, OpenLogError> {
    let store = store::open(&store::Config::of(location)).await?;
    let own = own_host::of_store(config, &*store).await?;
    let (dirty_flag, is_dirty) =
        DirtyFlag::open(&config.data_dir).map_err(OpenLogError::DirtyFlag)?;
    let simulated = simulated_histories(config, &*store).await?;
    let first = simulated.first().copied();
    let log = resume::log(&*store, &own, is_dirty, limits, first).await?;
    let (sequence, reserver) =
        SequenceAllocator::reserve(Arc::clone(&store), log.head(), BLOCK).await?;
    let (known_time, known_ms) = KnownTime::open(&config.data_dir);
    let known_ms = known_ms.or(newest_ms(&*store).await?);
    // The store has recorded the loss that the flag indicated.
    dirty_flag.clear().await;
    let journal = Journal::with_log(log);
    let periods = config.retention.tiers.periods();
    let series_limits = history::series::Limits {
        series_max: config.series_max,
        ..history::series::Limits::default()
    };
    let series =
        history::TimeSeries::open_with(store.clone(), periods, own.clone(), series_limits).await?;
    let (background, background_jobs) = BackgroundExecutor::new();
    let (replayed, was_replayed) = watch::channel(false);
    let (appender, commands) = Appender::to_writer();
    let points = PointIntake::new(
        appender.downgrade(),
        Some(series.clone()),
        was_replayed.clone(),
    );
    let archive = Archive::new(
        Arc::clone(&store),
        series,
        own.clone(),
        background,
        was_replayed,
    );
    let (series_sender, series_receiver) = SeriesSender::new();
    let writer = Writer::new(
        Arc::clone(&store),
        journal.clone(),
        (sequence, dirty_flag),
        commands,
        series_sender,
        health.clone(),
        metrics.clone(),
    );
    let idempotency_keys = IdempotencyKeys::new();
    Ok(OpenedLog {
        own,
        journal: journal.clone(),
        idempotency_keys: idempotency_keys.clone(),
        points: points.clone(),
        backlog_reader: BacklogReader::new(Some(Arc::clone(&store))),
        archive: Some(archive.clone()),
        store_tasks: Some(StoreTasks {
            store,
            writer,
            reserver,
            archive,
            background_jobs,
            series_receiver,
            points,
            idempotency_keys,
            journal,
            replayed,
            appender: appender.downgrade(),
            age: Age::new(known_time, known_ms, appender.downgrade()),
            simulated,
            metrics: metrics.clone(),
        }),
        appender,
    })
}

/// The histories to simulate, that of the own host first.
async fn simulated_histories(
    config: &Config,
    store: &dyn Store,
) -> Result<Vec<SimulatedHistory>, StoreError> {
    let Some(first) = SimulatedHistory::of(config, Timestamp::now().unix_ms()) else {
        return Ok(Vec::new());
    };
    if !SimulatedHistory::may_fill(store).await? {
        tracing::warn!("The store has series of a real host; the demo's history is not added.");
        return Ok(Vec::new());
    }
    let mut all = vec![first];
    all.extend(first.others(config));
    Ok(all)
}

/// The time of the newest message. A clock that was ahead may have stamped earlier ones with later times.
async fn newest_ms(store: &dyn Store) -> Result<Option<i64>, StoreError> {
    let newest = store
        .tail(&Access::server(), &Stream::ALL, 1, usize::MAX)
        .await?;
    Ok(newest.first().map(|entry| entry.at_ms))
}

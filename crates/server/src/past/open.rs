use super::appender::{Appender, Lent};
use super::archive::Archive;
use super::aside::{Aside, Jobs};
use super::health::Health;
use super::known_time::KnownTime;
use super::mark::Mark;
use super::numbers::{self, BLOCK, Numbers, Reserver};
use super::own_host;
use super::reader::{self, Reader};
use super::retention::{self, Age};
use super::sealing;
use super::series::{self, Fed, Feed};
use super::simulated::{Fill, Simulated};
use super::writer::Writer;
use crate::clock;
use crate::config::{Config, StorePlace};
use crate::tasks::Tasks;
use journal::{Journal, Kept, Limits, Log, Resumed};
use protocol::{OwnHost, Stream};
use std::sync::Arc;
use store::{OpenError, Retention, Store, StoreError};
use tokio::sync::{oneshot, watch};

/// With so much the ring begins; what lies further back comes from the store. Half a minute away at a
/// hundred messages a second is within, which a whole crowd may come back from at once; a ring filled to
/// the brim would take longer to read than a start may take.
const REFILL_FRAMES_MAX: usize = 5_000;
const REFILL_BYTES_MAX: usize = 2 << 20;

/// The log as it goes on, and everything that keeps it.
pub(crate) struct Opened {
    pub(crate) own: OwnHost,
    pub(crate) journal: Journal,
    pub(crate) appender: Appender,
    pub(crate) reader: Reader,
    /// What is asked about the past; absent without a store.
    pub(crate) archive: Option<Archive>,
    /// Absent without a store.
    pub(crate) keeping: Option<Keeping>,
}

/// What must run so that messages are written down.
pub(crate) struct Keeping {
    store: Arc<dyn Store>,
    writer: Writer,
    reserver: Reserver,
    archive: Archive,
    jobs: Jobs,
    fed: Fed,
    lent: Lent,
    age: Age,
    /// Pasts to be made for simulated hosts.
    simulated: Vec<Simulated>,
}

impl Keeping {
    /// Starts the tasks. The first three end when the last [`Appender`] is gone.
    pub(crate) fn start(
        self,
        retention: Retention,
        tasks: &mut Tasks,
        stop: &watch::Receiver<bool>,
    ) {
        tasks.spawn("writer", self.writer.run());
        tasks.spawn("numbers", numbers::run(self.reserver));
        let (jobs, stopped) = (self.jobs, stop.clone());
        tasks.spawn_thread("past", move || jobs.run(stopped));
        let past = self.archive.series().clone();
        let (replayed, was_replayed) = oneshot::channel();
        if !self.simulated.is_empty() {
            let fill = Fill::new(self.simulated, self.archive.clone(), was_replayed);
            let stopped = stop.clone();
            tasks.spawn_thread("demo past", move || fill.run(stopped));
        }
        tasks.spawn(
            "series",
            series::take(self.archive, self.fed, self.lent, replayed),
        );
        let seal = sealing::run(Arc::clone(&self.store), past.clone(), stop.clone());
        tasks.spawn("seal", seal);
        let retention = retention::run(self.store, past, retention, self.age, stop.clone());
        tasks.spawn("retention", retention);
    }
}

/// Why there is no log to go on with.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It was opened, and then did not answer.
    #[error("read the log from the store: {0}")]
    Read(#[from] StoreError),
    /// The mark beside the store cannot be opened.
    #[error("open the mark in the data directory: {0}")]
    Mark(std::io::Error),
    /// The host is to have a name that another one has.
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
pub(crate) async fn open(config: &Config, health: &Health) -> Result<Opened, PastError> {
    let limits = Limits {
        frames_max: config.ring.frames,
        bytes_max: config.ring.bytes,
    };
    let location = match config.store_place() {
        StorePlace::Memory => {
            let own = own_host::unremembered(config);
            let journal = Journal::new(limits, own.clone())?;
            return Ok(Opened {
                own,
                appender: Appender::in_memory(journal.clone()),
                reader: Reader::new(None),
                journal,
                archive: None,
                keeping: None,
            });
        }
        StorePlace::In(location) => location,
    };
    let store = store::open(&store::Config::of(location)).await?;
    let own = own_host::remembered(config, &*store).await?;
    let (mark, is_marked) = Mark::open(&config.data_dir).map_err(PastError::Mark)?;
    let simulated = match Simulated::of(config, clock::wall_time().unix_ms()) {
        Some(_) if !Simulated::may_fill(&*store).await? => {
            tracing::warn!("The store has another host's figures; the demo's past is not added.");
            None
        }
        simulated => simulated,
    };
    let all_simulated = simulated.map_or_else(Vec::new, |first| {
        let mut all = vec![first];
        all.extend(first.others(config));
        all
    });
    let log = log(&*store, &own, is_marked, limits, simulated).await?;
    let (numbers, reserver) = Numbers::reserve(Arc::clone(&store), log.head(), BLOCK).await?;
    let (known_time, known_ms) = KnownTime::open(&config.data_dir);
    let known_ms = known_ms.or(newest_ms(&*store).await?);
    // What the mark told is in the store, and with the numbers on the disk.
    mark.clear().await;
    let journal = Journal::with_log(log);
    let periods = config.retention.tiers.periods();
    let series = history::TimeSeries::open(store.clone(), periods, own.clone()).await?;
    let (aside, jobs) = Aside::new();
    let archive = Archive::new(Arc::clone(&store), series, own.clone(), aside);
    let (appender, notes) = Appender::to_writer();
    let (feed, fed) = Feed::new();
    let lent = appender.lend();
    let age = Age::new(known_time, known_ms, appender.lend());
    let writer = Writer::new(
        Arc::clone(&store),
        journal.clone(),
        (numbers, mark),
        notes,
        feed,
        health.clone(),
    );
    Ok(Opened {
        own,
        journal,
        appender,
        reader: Reader::new(Some(Arc::clone(&store))),
        archive: Some(archive.clone()),
        keeping: Some(Keeping {
            store,
            writer,
            reserver,
            archive,
            jobs,
            fed,
            lent,
            age,
            simulated: all_simulated,
        }),
    })
}

/// The time of the newest message, which is not the latest time where the clock was ever ahead.
async fn newest_ms(store: &dyn Store) -> Result<Option<i64>, StoreError> {
    let newest = store.tail(1, usize::MAX).await?;
    Ok(newest.first().map(|entry| entry.at_ms))
}

/// The log as the store has it, with its newest messages in the ring. It may be marked that some were
/// shown and never written: if the server did not end in good order after that, they are lost.
///
/// What a simulated host would have said since the newest of them comes before anything else.
pub(super) async fn log(
    store: &dyn Store,
    own: &OwnHost,
    is_marked: bool,
    limits: Limits,
    simulated: Option<Simulated>,
) -> Result<Log, StoreError> {
    let mut start = store.start().await?;
    if let Some(jump) = start.jumped {
        tracing::warn!(
            after = jump.after,
            up_to = jump.up_to,
            "The server did not end in good order; numbers that may have been given are passed over."
        );
    }
    if let Some(jump) = start.jumped.filter(|_| is_marked) {
        // Whoever comes back from before may have missed some: no stream is whole any more.
        let lost = Stream::ALL.map(|stream| (stream, jump.up_to));
        store.mark_lost(&lost).await?;
        start.log = store.log_state().await?;
    }
    // Behind a jump one number more is passed over: whoever comes before the first message stands
    // there, and not where somebody may have seen what is lost.
    let mut head = start.next_seq - u64::from(start.was_clean);
    let mut newest_own = own_host::newest(store, &start.log, own).await?;
    if let Some(simulated) = simulated {
        head = simulated
            .write_messages(store, &start.log, &mut newest_own, head)
            .await?;
        start.log = store.log_state().await?;
    }
    let stored = &start.log;
    let jump = |jump: &store::Jump| journal::Jump {
        after: jump.after,
        up_to: jump.up_to,
    };
    let from = Resumed {
        epoch: start.epoch.clone(),
        head,
        newest: Stream::ALL.map(|stream| stored.of(stream).newest_seq),
        newest_own,
        jumps: stored.jumps.iter().map(jump).collect(),
    };
    let mut log = Log::resume(from, limits).of_host(own.clone());
    let all: Vec<Kept> = store
        .tail(
            limits.frames_max.min(REFILL_FRAMES_MAX),
            limits.bytes_max.min(REFILL_BYTES_MAX),
        )
        .await?
        .into_iter()
        .map(reader::kept)
        .collect();
    let mut newest = Vec::new();
    for stream in Stream::ALL {
        let is_in = all.iter().any(|kept| kept.position.stream == stream);
        if !is_in && stored.of(stream).newest_seq > 0 {
            newest.extend(store.page(stream, u64::MAX, 1).await?);
        }
    }
    newest.sort_by_key(|entry| entry.seq);
    let newest: Vec<_> = newest.into_iter().map(reader::kept).collect();
    log.refill(&newest, &all);
    Ok(log)
}

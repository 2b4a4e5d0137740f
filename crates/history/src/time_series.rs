//! Time series over a [`SeriesStore`]: ingested, sealed into chunks, queried.
//!
//! `seal.rs` writes, `read.rs` reads a range and merges the samples that are not sealed yet, and the others
//! compute results from that. Nothing here spawns a task or reads a clock: the owner of a [`TimeSeries`]
//! calls [`TimeSeries::seal`] regularly.

mod damage;
mod read;
mod seal;

mod backfill;

mod analyse;
mod cardinality;
mod current;
mod evidence;
mod export;
mod query;
mod samples;
mod search;

use crate::Tier;
use crate::query::{QueryError, RetentionPeriods, Selected, check_series, select};
use crate::series::{self, IngestOutcome, Limits, Members, Recorder, Refused};
use protocol::{CompiledSelector, Durable, Kind, OwnHost, SeriesKey, SeriesSet, Unit};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Series, SeriesId, SeriesRow, SeriesStore, Span, StoreError};
use tokio::sync::Notify;

pub use cardinality::LabelCount;
pub use current::{Current, WITHIN_MAX_MS};
pub use evidence::Evidence;
pub use export::Export;
pub use samples::SamplePages;
pub use seal::Sealed;
pub use search::Found;

/// The time series of one store. A handle: clones share everything.
///
/// At start: [`TimeSeries::open`], then [`TimeSeries::replay`] with every `metrics` and `data` message of the
/// journal from [`TimeSeries::replay_from_ms`] on. Then [`TimeSeries::ingest`] each new message, and
/// [`TimeSeries::seal`] every few seconds. Before a stop, seal everything unless the journal certainly retains
/// the unsealed messages until the next start.
#[derive(Clone)]
pub struct TimeSeries {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn SeriesStore>,
    /// As configured; the store may have deleted more, for want of space.
    retention: RetentionPeriods,
    own: OwnHost,
    limits: Limits,
    recorder: Mutex<Recorder>,
    /// There is more room for samples.
    has_room: Notify,
    /// Room for samples becomes short.
    pressure: Notify,
    /// The series of the store, ended ones included.
    stored: Mutex<HashMap<Arc<SeriesKey>, StoredSeries>>,
    /// One seals at a time.
    sealing: tokio::sync::Mutex<()>,
}

/// A series in the store.
struct StoredSeries {
    id: SeriesId,
    unit: Option<Unit>,
    kind: Kind,
    /// Start and end: no later than its first sample, and no earlier than its last.
    span_ms: (i64, i64),
}

impl StoredSeries {
    /// Updates unit and kind, and extends the span.
    fn add(&mut self, series: &Series, span_ms: (i64, i64)) {
        if series.unit.is_some() {
            self.unit.clone_from(&series.unit);
        }
        self.kind = series.kind;
        let (first_ms, last_ms) = self.span_ms;
        self.span_ms = (first_ms.min(span_ms.0), last_ms.max(span_ms.1));
    }

    fn series(&self, key: &SeriesKey) -> Series {
        Series {
            key: key.clone(),
            unit: self.unit.clone(),
            kind: self.kind,
        }
    }

    /// Whether it may have samples within a range.
    fn overlaps(&self, from_ms: i64, to_ms: i64) -> bool {
        self.span_ms.0 <= to_ms && from_ms <= self.span_ms.1
    }
}

/// Of a series without samples.
const NO_SPAN_MS: (i64, i64) = (i64::MAX, i64::MIN);

impl TimeSeries {
    /// Loads the series of a store. Series of the server's own host have its newest name, whichever of its
    /// names messages and selectors use.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn open(
        store: Arc<dyn SeriesStore>,
        retention: RetentionPeriods,
        own: OwnHost,
    ) -> Result<Self, StoreError> {
        Self::open_with(store, retention, own, Limits::default()).await
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn open_with(
        store: Arc<dyn SeriesStore>,
        retention: RetentionPeriods,
        own: OwnHost,
        limits: Limits,
    ) -> Result<Self, StoreError> {
        let catalogue = store.catalogue().await?;
        let spans = store.spans().await?.into_iter();
        let spans: HashMap<SeriesId, Span> = spans.map(|span| (span.series, span)).collect();
        let stored = catalogue.into_iter().map(|SeriesRow { id, series }| {
            let Series { key, unit, kind } = series;
            let span = spans.get(&id);
            let span_ms = span.map_or(NO_SPAN_MS, |span| (span.start_ms, span.end_ms));
            let stored = StoredSeries {
                id,
                unit,
                kind,
                span_ms,
            };
            (Arc::new(key), stored)
        });
        let shared = Shared {
            retention,
            recorder: Mutex::new(Recorder::new(own.clone(), limits)),
            limits,
            has_room: Notify::new(),
            pressure: Notify::new(),
            own,
            stored: Mutex::new(stored.collect()),
            sealing: tokio::sync::Mutex::new(()),
            store,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The time from which the journal's `metrics` and `data` have to be replayed; absent if all of
    /// them, because nothing is sealed yet.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn replay_from_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let sealed = self
            .shared
            .store
            .sealed(Tier::Second.resolution_ms())
            .await?;
        let ends_ms = sealed.into_iter().map(|(_, end_ms)| end_ms);
        Ok(series::replay_from_ms(ends_ms, now_ms))
    }

    /// Ingests a message of the journal, unless it is one of `samples`. Repeating it changes nothing.
    pub fn replay(&self, message: &Durable, seq: u64) -> IngestOutcome {
        self.ingest(message, seq, message.timestamp().unix_ms())
    }

    /// Ingests a new message; one without points is ignored. `seq` is its number, and `now_ms` the server's clock.
    pub fn ingest(&self, message: &Durable, seq: u64, now_ms: i64) -> IngestOutcome {
        let mut recorder = self.shared.recorder();
        let outcome = recorder.ingest(message, seq, now_ms);
        self.shared.report_pressure(&recorder);
        outcome
    }

    /// Ingests the values of a message with a set, of which `members` are the series.
    pub fn ingest_samples(
        &self,
        message: &protocol::Samples,
        members: Option<&Members>,
        seq: u64,
        now_ms: i64,
    ) -> IngestOutcome {
        let mut recorder = self.shared.recorder();
        let outcome = recorder.ingest_samples(message, members, seq, now_ms);
        self.shared.report_pressure(&recorder);
        outcome
    }

    /// The series of a set.
    pub fn members(&self, set: &SeriesSet) -> Members {
        self.shared.recorder().members(set)
    }

    /// Decides which points of programs are accepted, with the recorder locked.
    pub fn admit<T>(&self, decide: impl FnOnce(&mut Recorder) -> T) -> T {
        decide(&mut self.shared.recorder())
    }

    /// Waits until there is room for so many samples, and reserves it. [`TimeSeries::ingest_samples`] gives back what
    /// its message has, and [`TimeSeries::unreserve`] what is not committed.
    pub async fn reserve(&self, count: usize) {
        loop {
            let has_room = self.shared.has_room.notified();
            tokio::pin!(has_room);
            has_room.as_mut().enable();
            {
                let mut recorder = self.shared.recorder();
                let is_reserved = recorder.reserve(count);
                self.shared.report_pressure(&recorder);
                if is_reserved {
                    return;
                }
            }
            has_room.await;
        }
    }

    /// Gives back reserved room.
    pub fn unreserve(&self, count: usize) {
        self.shared.recorder().unreserve(count);
        self.shared.has_room.notify_waiters();
    }

    /// Waits until room for samples is short, so that it is time to [seal](TimeSeries::seal) everything.
    pub async fn pressure(&self) {
        self.shared.pressure.notified().await;
    }

    /// Whether room for samples is short.
    pub fn is_under_pressure(&self) -> bool {
        self.shared.recorder().is_under_pressure()
    }

    /// Every message up to this one has its samples in chunks.
    pub fn sealed_seq(&self) -> u64 {
        self.shared.recorder().sealed_seq()
    }

    /// Every message up to this one has its samples in chunks, as an earlier run recorded.
    pub fn skip_to(&self, seq: u64) {
        self.shared.recorder().skip_to(seq);
    }

    /// The label that has the most values among the series of programs, and how many.
    pub fn widest_label(&self) -> Option<(String, usize)> {
        self.shared.recorder().widest_label()
    }

    /// The labels that have the most values among the active series of programs, at most so many, each with how many
    /// values and series it has; and how many further labels there are. Counts without the locks.
    pub fn widest_labels(&self, labels_max: usize) -> (Vec<LabelCount>, usize) {
        let keys: Vec<Arc<SeriesKey>> = self.shared.recorder().keys().cloned().collect();
        cardinality::widest_labels(&keys, labels_max)
    }

    /// How much may be in memory.
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// The first new series that was rejected since the last call, because a limit was reached.
    pub fn take_refused(&self) -> Option<Refused> {
        self.shared.recorder().take_refused()
    }

    /// Deletes the series without samples, here and in the store: those of network interfaces and
    /// programs that ended long ago. Beyond [`Limits::stored_max`] also those that ended first, with all
    /// their samples. Returns how many.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn forget(&self) -> Result<usize, StoreError> {
        // Sealing gives a series its id before it has any chunk.
        let _no_sealing = self.shared.sealing.lock().await;
        let spans = self.shared.store.spans().await?;
        let with_chunks: HashSet<SeriesId> = spans.iter().map(|span| span.series).collect();
        // First here: an id that the store may reuse must not be cached any more.
        let (keys, gone): (Vec<Arc<SeriesKey>>, Vec<SeriesId>) = {
            let mut stored = self.shared.stored_series();
            let gone = stored.extract_if(|_, it| !with_chunks.contains(&it.id));
            gone.map(|(key, it)| (key, it.id)).unzip()
        };
        for key in &keys {
            self.shared.recorder().forget(key);
        }
        self.shared.store.forget_series(&gone).await?;
        let too_many = self.shared.too_many();
        for key in &too_many {
            let stored = self.shared.stored_series().remove(key);
            if let Some(stored) = stored {
                self.shared.store.remove_series(stored.id).await?;
            }
        }
        Ok(gone.len() + too_many.len())
    }

    /// Every series, sorted by text: active ones, and ended ones that still have samples.
    pub fn catalogue(&self) -> Vec<Series> {
        let mut all = self.shared.catalogue(|_| true);
        all.sort_by_cached_key(|series| series.key.to_string());
        all
    }

    /// The series that some selectors select, or that their folds read, sorted by text.
    ///
    /// # Errors
    ///
    /// If a selector is invalid, or there are too many.
    pub fn matching(&self, selectors: &[String]) -> Result<Vec<Series>, QueryError> {
        check_series(selectors)?;
        let mut all: HashMap<SeriesKey, Series> = HashMap::new();
        for text in selectors {
            let members = match self.shared.select(std::slice::from_ref(text)) {
                Ok(selected) => selected.into_iter().flat_map(|it| it.members),
                // An empty result is valid here.
                Err(QueryError::UnknownSeries(_)) => continue,
                Err(error) => return Err(error),
            };
            let found = members.filter_map(|key| self.shared.find(&key));
            all.extend(found.map(|series| (series.key.clone(), series)));
        }
        let mut all: Vec<Series> = all.into_values().collect();
        all.sort_by_cached_key(|series| series.key.to_string());
        Ok(all)
    }

    /// The first and the last time of every series that has samples, sealed or not. Once sealed, the first
    /// is the start of its chunk, up to a quarter of an hour early; up to six hours where single samples are no
    /// longer stored, and up to fifteen days where minutes are not.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn spans_ms(&self) -> Result<HashMap<SeriesKey, (i64, i64)>, StoreError> {
        // First the unsealed ones, which may be sealed meanwhile.
        let unsealed = self.shared.recorder().spans_ms();
        let sealed = self.shared.store.spans().await?;
        let keys: HashMap<SeriesId, Arc<SeriesKey>> = {
            let stored = self.shared.stored_series();
            stored
                .iter()
                .map(|(key, it)| (it.id, Arc::clone(key)))
                .collect()
        };
        let mut spans: HashMap<SeriesKey, (i64, i64)> = unsealed.into_iter().collect();
        for span in sealed {
            let Some(key) = keys.get(&span.series) else {
                continue;
            };
            let whole = spans
                .entry((**key).clone())
                .or_insert((span.start_ms, span.end_ms));
            *whole = (whole.0.min(span.start_ms), whole.1.max(span.end_ms));
        }
        Ok(spans)
    }

    /// What is stored of each tier.
    async fn retention(&self, now_ms: i64) -> Result<RetentionPeriods, StoreError> {
        let mut retention = self.shared.retention;
        for tier in [Tier::Second, Tier::Minute] {
            let from_ms = retention.from_ms(tier, now_ms);
            let oldest_ms = self.shared.store.oldest_chunks(from_ms).await?;
            retention = retention.limited_by(tier, &oldest_ms);
        }
        Ok(retention)
    }

    /// Every host that has series, the server's own included.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut hosts = self.shared.recorder().hosts();
        let stored = self.shared.stored_series();
        for key in stored.keys() {
            if !hosts.contains(&key.host) {
                hosts.insert(key.host.clone());
            }
        }
        hosts.remove("");
        hosts
    }

    /// How many series are active.
    pub fn active(&self) -> usize {
        self.shared.recorder().active()
    }

    /// How many samples in memory are not sealed.
    pub fn unsealed(&self) -> usize {
        self.shared.recorder().samples()
    }
}

impl Shared {
    /// Locked briefly, never across an await.
    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored_series(&self) -> MutexGuard<'_, HashMap<Arc<SeriesKey>, StoredSeries>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report_pressure(&self, recorder: &Recorder) {
        if recorder.is_under_pressure() {
            self.pressure.notify_one();
        }
    }

    /// Every active series, and those of the store that a filter selects, in no order.
    fn catalogue(&self, filter: impl Fn(&StoredSeries) -> bool) -> Vec<Series> {
        let active = self.recorder().catalogue();
        let mut all: HashMap<SeriesKey, Series> = {
            let stored = self.stored_series();
            let selected = stored.iter().filter(|(_, it)| filter(it));
            selected
                .map(|(key, it)| ((**key).clone(), it.series(key)))
                .collect()
        };
        // Active series have the newest unit.
        all.extend(active.into_iter().map(|it| (it.key.clone(), it)));
        all.into_values().collect()
    }

    fn find(&self, key: &SeriesKey) -> Option<Series> {
        let active = self.recorder().find(key);
        active.or_else(|| Some(self.stored_series().get(key)?.series(key)))
    }

    /// The keys of all series, in no order, an active one perhaps twice.
    fn keys(&self) -> Vec<Arc<SeriesKey>> {
        let mut keys: Vec<Arc<SeriesKey>> = self.recorder().keys().cloned().collect();
        keys.extend(self.stored_series().keys().cloned());
        keys
    }

    /// The series that a selector matches, sorted. Matches without the locks.
    fn matching(&self, selector: &CompiledSelector) -> Vec<Series> {
        let mut keys = self.keys();
        keys.retain(|key| selector.matches(key));
        keys.sort_unstable();
        keys.dedup();
        keys.iter().filter_map(|key| self.find(key)).collect()
    }

    /// The series of some selectors.
    fn select(&self, texts: &[String]) -> Result<Vec<Selected>, QueryError> {
        let find = |key: &SeriesKey| self.find(key);
        let matching = |selector: &CompiledSelector| self.matching(selector);
        select(texts, &self.own, find, matching)
    }

    /// The series beyond [`Limits::stored_max`]: those that ended first.
    fn too_many(&self) -> Vec<Arc<SeriesKey>> {
        let recorder = self.recorder();
        let stored = self.stored_series();
        let count = stored.len().saturating_sub(self.limits.stored_max());
        if count == 0 {
            return Vec::new();
        }
        let ended = stored.iter().filter(|(key, _)| !recorder.has(key));
        let mut ended: Vec<(i64, &Arc<SeriesKey>)> =
            ended.map(|(key, it)| (it.span_ms.1, key)).collect();
        ended.sort_unstable();
        let first = ended.into_iter().take(count);
        first.map(|(_, key)| Arc::clone(key)).collect()
    }
}

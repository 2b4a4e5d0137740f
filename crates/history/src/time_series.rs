//! The series of the past: taken in, sealed into chunks, asked for.
//!
//! A thin layer over the [`SeriesStore`]. `seal.rs` writes, `read.rs` reads a range and joins it with what
//! is not written yet, and the others answer questions from that. Nothing here spawns a task or reads a
//! clock: whoever owns a [`TimeSeries`] calls [`TimeSeries::seal`] from time to time.

mod damage;
mod read;
mod seal;

mod backfill;

mod analyse;
mod answer;
mod current;
mod export;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{Durable, OwnHost, SeriesKey, Unit};

use crate::Tier;
use crate::query::{QueryError, RetentionPeriods, Selected, check_series, select};
use crate::series::{self, Recorder, Refused, SERIES_STORED_MAX, Taken};
use store::{Series, SeriesId, SeriesRow, SeriesStore, Span, StoreError};

pub use current::{Current, WITHIN_MAX_MS};
pub use export::Export;
pub use seal::Sealed;

/// The series of one store. A handle: clones share everything.
///
/// At start: [`TimeSeries::open`], then [`TimeSeries::replay`] with every `metrics` and `data` message of the
/// journal from [`TimeSeries::replay_from_ms`] on. Then [`TimeSeries::take`] each new message, and
/// [`TimeSeries::seal`] every few seconds. A stop needs nothing while the journal has what is not sealed; where
/// it may not have it for long, seal everything.
#[derive(Clone)]
pub struct TimeSeries {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn SeriesStore>,
    /// As it was asked for; the store may have had less room.
    reach: RetentionPeriods,
    own: OwnHost,
    recorder: Mutex<Recorder>,
    /// The series of the store; those that have ended included.
    ids: Mutex<HashMap<SeriesKey, Numbered>>,
    /// One seals at a time.
    sealing: tokio::sync::Mutex<()>,
}

/// A series as the store knows it.
struct Numbered {
    id: SeriesId,
    unit: Option<Unit>,
    /// No later than its first sample, and no earlier than its last.
    span_ms: (i64, i64),
}

impl Numbered {
    /// A unit may have changed, and the span grown.
    fn add(&mut self, unit: &Option<Unit>, span_ms: (i64, i64)) {
        if unit.is_some() {
            self.unit.clone_from(unit);
        }
        let (first_ms, last_ms) = self.span_ms;
        self.span_ms = (first_ms.min(span_ms.0), last_ms.max(span_ms.1));
    }

    /// Whether it may have samples within these moments.
    fn reaches(&self, from_ms: i64, to_ms: i64) -> bool {
        self.span_ms.0 <= to_ms && from_ms <= self.span_ms.1
    }
}

/// Of a series without samples.
const NO_SPAN_MS: (i64, i64) = (i64::MAX, i64::MIN);

impl TimeSeries {
    /// Goes on with the series of a store. Series of its own host are known by the host's name, whatever
    /// name messages and selectors call it by.
    ///
    /// # Errors
    ///
    /// If the store does not tell them.
    pub async fn open(
        store: Arc<dyn SeriesStore>,
        reach: RetentionPeriods,
        own: OwnHost,
    ) -> Result<Self, StoreError> {
        let catalogue = store.catalogue().await?;
        let spans = store.spans().await?.into_iter();
        let spans: HashMap<SeriesId, Span> = spans.map(|span| (span.series, span)).collect();
        let ids = catalogue.into_iter().map(|SeriesRow { id, series }| {
            let Series { key, unit } = series;
            let span = spans.get(&id);
            let span_ms = span.map_or(NO_SPAN_MS, |span| (span.start_ms, span.end_ms));
            (key, Numbered { id, unit, span_ms })
        });
        let shared = Shared {
            reach,
            recorder: Mutex::new(Recorder::of_host(own.clone())),
            own,
            ids: Mutex::new(ids.collect()),
            sealing: tokio::sync::Mutex::new(()),
            store,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// From which time on the journal's `metrics` and `data` have to be replayed; absent if all of
    /// them, because nothing is sealed yet.
    ///
    /// # Errors
    ///
    /// If the store does not tell what is sealed.
    pub async fn replay_from_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let sealed = self
            .shared
            .store
            .sealed(Tier::Second.resolution_ms())
            .await?;
        let ends_ms = sealed.into_iter().map(|(_, end_ms)| end_ms);
        Ok(series::replay_from_ms(ends_ms, now_ms))
    }

    /// Takes in a message that the journal kept. Any number of times: what is there already stays as
    /// it is.
    pub fn replay(&self, message: &Durable) -> Taken {
        self.shared
            .recorder()
            .take(message, message.timestamp().unix_ms())
    }

    /// Takes in a new message; those without points are passed over. `now_ms` is the server's clock.
    pub fn take(&self, message: &Durable, now_ms: i64) -> Taken {
        self.shared.recorder().take(message, now_ms)
    }

    /// The first new series that was refused for want of room since this was last asked.
    pub fn take_refused(&self) -> Option<Refused> {
        self.shared.recorder().take_refused()
    }

    /// Forgets the series of which nothing is kept any more, here and in the store: those of network
    /// interfaces and programs that are long gone. Of too many the store loses those that ended first,
    /// with all that it has of them. Says how many there were.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    pub async fn forget(&self) -> Result<usize, StoreError> {
        // Whoever seals has the store number a series before it has any chunk.
        let _nobody_seals = self.shared.sealing.lock().await;
        let spans = self.shared.store.spans().await?;
        let kept: HashSet<SeriesId> = spans.iter().map(|span| span.series).collect();
        // First here: a number that the store may give again must not be known any more.
        let (keys, gone): (Vec<SeriesKey>, Vec<SeriesId>) = {
            let mut ids = self.shared.ids();
            let gone = ids.extract_if(|_, it| !kept.contains(&it.id));
            gone.map(|(key, it)| (key, it.id)).unzip()
        };
        for key in &keys {
            self.shared.recorder().forget(key);
        }
        self.shared.store.forget_series(&gone).await?;
        let too_many = self.shared.too_many();
        for key in &too_many {
            let numbered = self.shared.ids().remove(key);
            if let Some(numbered) = numbered {
                self.shared.store.remove_series(numbered.id).await?;
            }
        }
        Ok(gone.len() + too_many.len())
    }

    /// Every series, in the order of their texts: those that are being sampled, and those that have ended
    /// and of which something is kept.
    pub fn catalogue(&self) -> Vec<Series> {
        let mut all = self.shared.catalogue(|_| true);
        all.sort_by_cached_key(|series| series.key.to_string());
        all
    }

    /// The series that any of some selectors selects, folds those that they read, in the order of their texts.
    ///
    /// # Errors
    ///
    /// If one is no selector, or they are too many.
    pub fn matching(&self, selectors: &[String]) -> Result<Vec<Series>, QueryError> {
        check_series(selectors)?;
        let mut all = self.catalogue();
        let mut keys: HashSet<SeriesKey> = HashSet::new();
        for text in selectors {
            let find = |key: &SeriesKey| all.iter().find(|it| it.key == *key).cloned();
            match select(std::slice::from_ref(text), &self.shared.own, find, || {
                all.clone()
            }) {
                Ok(selected) => keys.extend(selected.into_iter().flat_map(|it| it.members)),
                // Nothing is an answer here.
                Err(QueryError::UnknownSeries(_)) => {}
                Err(error) => return Err(error),
            }
        }
        all.retain(|series| keys.contains(&series.key));
        Ok(all)
    }

    /// The first and the last moment of every series that has samples, written or not. The first is that of its chunk once it is written, up to a quarter of an hour early; where single samples are
    /// no longer kept up to six hours, and where minutes are not, up to fifteen days.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    pub async fn spans_ms(&self) -> Result<HashMap<SeriesKey, (i64, i64)>, StoreError> {
        // First what is not written, which may be written meanwhile.
        let unsealed = self.shared.recorder().spans_ms();
        let written = self.shared.store.spans().await?;
        let keys: HashMap<SeriesId, SeriesKey> = {
            let ids = self.shared.ids();
            ids.iter().map(|(key, it)| (it.id, key.clone())).collect()
        };
        let mut spans: HashMap<SeriesKey, (i64, i64)> = unsealed.into_iter().collect();
        for span in written {
            let Some(key) = keys.get(&span.series) else {
                continue;
            };
            let known = spans
                .entry(key.clone())
                .or_insert((span.start_ms, span.end_ms));
            *known = (known.0.min(span.start_ms), known.1.max(span.end_ms));
        }
        Ok(spans)
    }

    /// How far back each tier reaches in this store.
    async fn reach(&self, now_ms: i64) -> Result<RetentionPeriods, StoreError> {
        let mut reach = self.shared.reach;
        for tier in [Tier::Second, Tier::Minute] {
            let from_ms = reach.from_ms(tier, now_ms);
            let oldest_ms = self.shared.store.oldest_chunks(from_ms).await?;
            reach = reach.held_to(tier, &oldest_ms);
        }
        Ok(reach)
    }

    /// Every host that there are series of, the server's own included.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut hosts = self.shared.recorder().hosts();
        let ids = self.shared.ids();
        for key in ids.keys() {
            if !hosts.contains(&key.host) {
                hosts.insert(key.host.clone());
            }
        }
        hosts.remove("");
        hosts
    }

    /// How many samples wait in memory to be sealed.
    pub fn unsealed(&self) -> usize {
        self.shared.recorder().samples()
    }
}

impl Shared {
    /// Held for a moment at a time, never across an await.
    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<SeriesKey, Numbered>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every series that is being sampled, and those of the store that are wanted, in no order.
    fn catalogue(&self, wanted: impl Fn(&Numbered) -> bool) -> Vec<Series> {
        let sampled = self.recorder().catalogue();
        let mut all: HashMap<SeriesKey, Option<Unit>> = {
            let ids = self.ids();
            let wanted = ids.iter().filter(|(_, it)| wanted(it));
            wanted
                .map(|(key, it)| (key.clone(), it.unit.clone()))
                .collect()
        };
        // What is sampled knows the newest unit.
        all.extend(sampled.into_iter().map(|Series { key, unit }| (key, unit)));
        let all = all.into_iter();
        all.map(|(key, unit)| Series { key, unit }).collect()
    }

    fn find(&self, key: &SeriesKey) -> Option<Series> {
        let sampled = self.recorder().find(key);
        sampled.or_else(|| {
            let unit = self.ids().get(key)?.unit.clone();
            let key = key.clone();
            Some(Series { key, unit })
        })
    }

    /// What some selectors come to. Matching takes place without the locks.
    fn select(&self, texts: &[String]) -> Result<Vec<Selected>, QueryError> {
        let find = |key: &SeriesKey| self.find(key);
        select(texts, &self.own, find, || self.catalogue(|_| true))
    }

    /// Those that are more than the store may have: the series that ended first.
    fn too_many(&self) -> Vec<SeriesKey> {
        let recorder = self.recorder();
        let ids = self.ids();
        let count = ids.len().saturating_sub(SERIES_STORED_MAX);
        if count == 0 {
            return Vec::new();
        }
        let ended = ids.iter().filter(|(key, _)| !recorder.has(key));
        let mut ended: Vec<(i64, &SeriesKey)> =
            ended.map(|(key, it)| (it.span_ms.1, key)).collect();
        ended.sort_unstable();
        let first = ended.into_iter().take(count);
        first.map(|(_, key)| key.clone()).collect()
    }
}

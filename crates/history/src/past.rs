//! The series of the past: taken in, sealed into chunks, asked for.
//!
//! A thin layer over the [`Store`]. `seal.rs` writes, `read.rs` reads a range and joins it with what
//! is not written yet, and the others answer questions from that. Nothing here spawns a task or reads a
//! clock: whoever owns a [`Past`] calls [`Past::seal`] from time to time.

mod damage;
mod read;
mod seal;

mod backfill;

mod analyse;
mod answer;
mod current;
mod export;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::Durable;

use crate::query::{QueryError, Reach};
use crate::series::{self, Recorder, Taken};
use crate::{SeriesId, SeriesName, Store, StoreError, Tier};

pub use current::{Current, WITHIN_MAX_MS};
pub use export::Export;
pub use seal::Sealed;

/// The series of one store. A handle: clones share everything.
///
/// At start: [`Past::open`], then [`Past::replay`] with every `metrics` and `data` message of the
/// journal from [`Past::replay_from_ms`] on. Then [`Past::take`] each new message, and
/// [`Past::seal`] every few seconds. A stop needs nothing while the journal has what is not sealed; where
/// it may not have it for long, seal everything.
#[derive(Clone)]
pub struct Past {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    /// As it was asked for; the store may have had less room.
    reach: Reach,
    recorder: Mutex<Recorder>,
    /// Numbers of the series that the store knows, by text; those that were forgotten here included.
    ids: Mutex<HashMap<String, Numbered>>,
    /// One seals at a time.
    sealing: tokio::sync::Mutex<()>,
}

/// A series as the store knows it.
struct Numbered {
    id: SeriesId,
    unit: Option<String>,
}

impl Numbered {
    fn of(id: SeriesId, name: &SeriesName) -> Self {
        let unit = name.unit.clone();
        Self { id, unit }
    }
}

impl Past {
    /// Goes on with the series of a store.
    ///
    /// # Errors
    ///
    /// If the store does not tell them.
    pub async fn open(store: Arc<dyn Store>, reach: Reach) -> Result<Self, StoreError> {
        let catalogue = store.catalogue().await?;
        let newest_ms = store.sealed(Tier::Second.resolution_ms()).await?;
        let newest_ms = newest_ms.into_iter().collect();
        let ids = catalogue
            .iter()
            .map(|row| (series::text(&row.name), Numbered::of(row.id, &row.name)));
        let shared = Shared {
            reach,
            recorder: Mutex::new(Recorder::new(&catalogue, &newest_ms)),
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

    /// Takes in a new message; those without figures are passed over. `now_ms` is the server's clock.
    pub fn take(&self, message: &Durable, now_ms: i64) -> Taken {
        self.shared.recorder().take(message, now_ms)
    }

    /// Forgets the series of which nothing is kept any more, here and in the store: those of network
    /// interfaces and programs that are long gone. Says how many there were.
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
        let (texts, gone): (Vec<String>, Vec<SeriesId>) = {
            let mut ids = self.shared.ids();
            let gone = ids.extract_if(|_, it| !kept.contains(&it.id));
            gone.map(|(text, it)| (text, it.id)).unzip()
        };
        for text in &texts {
            self.shared.recorder().forget(text);
        }
        self.shared.store.forget_series(&gone).await?;
        Ok(gone.len())
    }

    /// Text and name of every series, by text. The text is what a query names it by.
    pub fn catalogue(&self) -> Vec<(String, SeriesName)> {
        self.shared.recorder().catalogue()
    }

    /// The first and the last moment of every series that has samples, written or not, by text. The first
    /// is that of its chunk once it is written, up to a quarter of an hour early; where single samples are
    /// no longer kept up to six hours, and where minutes are not, up to fifteen days.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    pub async fn spans_ms(&self) -> Result<HashMap<String, (i64, i64)>, StoreError> {
        // First what is not written, which may be written meanwhile.
        let unsealed = self.shared.recorder().spans_ms();
        let written = self.shared.store.spans().await?;
        let texts: HashMap<SeriesId, String> = {
            let ids = self.shared.ids();
            ids.iter().map(|(text, it)| (it.id, text.clone())).collect()
        };
        let mut spans: HashMap<String, (i64, i64)> = unsealed.into_iter().collect();
        for span in written {
            let Some(text) = texts.get(&span.series) else {
                continue;
            };
            let known = spans
                .entry(text.clone())
                .or_insert((span.start_ms, span.end_ms));
            *known = (known.0.min(span.start_ms), known.1.max(span.end_ms));
        }
        Ok(spans)
    }

    /// How far back each tier reaches in this store.
    async fn reach(&self, now_ms: i64) -> Result<Reach, StoreError> {
        let mut reach = self.shared.reach;
        for tier in [Tier::Second, Tier::Minute] {
            let from_ms = reach.from_ms(tier, now_ms);
            let oldest_ms = self.shared.store.oldest_chunks(from_ms).await?;
            reach = reach.held_to(tier, &oldest_ms);
        }
        Ok(reach)
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

    fn ids(&self) -> MutexGuard<'_, HashMap<String, Numbered>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self, series: &[String]) -> Result<Vec<SeriesName>, QueryError> {
        let recorder = self.recorder();
        let names = series.iter().map(|text| {
            let name = recorder.name(text).cloned();
            name.ok_or_else(|| QueryError::UnknownSeries(text.clone()))
        });
        names.collect()
    }
}

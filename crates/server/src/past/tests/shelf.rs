//! A store that does what a test tells it.

use async_trait::async_trait;
use protocol::Stream;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use store::{
    BackupError, Entry, HostStore, JournalStore, Jump, LogState, RangePage, Renamed, Series,
    SeriesId, SeriesRow, SeriesStore, Span, Start, Store, StoreError, StoredChunk, Usage,
};
use tokio::sync::watch;

/// How the store takes what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Answers nothing.
    Stuck,
    /// Says at once that it cannot.
    Away,
    /// Takes nothing of what it is given now or later.
    Faulty,
}

pub(super) struct Shelf {
    mood: watch::Sender<Mood>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) reserved: u64,
    pub(super) forgone: Vec<(Stream, u64)>,
    pub(super) finished: Option<u64>,
    pub(super) commits: usize,
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self {
            mood: watch::Sender::new(Mood::Well),
            state: Mutex::default(),
        }
    }

    pub(super) fn is(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn mood(&self) -> Result<(), StoreError> {
        let mut mood = self.mood.subscribe();
        let mood = *mood.wait_for(|mood| *mood != Mood::Stuck).await.unwrap();
        match mood {
            Mood::Away => Err(StoreError::Unreachable("it is away".into())),
            Mood::Faulty => Err(StoreError::Faulty("it is faulty".into())),
            Mood::Well | Mood::Stuck => Ok(()),
        }
    }
}

const NOT_HERE: &str = "this is not what is tested";

fn not_here<T>() -> Result<T, StoreError> {
    Err(StoreError::Faulty(NOT_HERE.into()))
}

#[async_trait]
impl JournalStore for Shelf {
    async fn start(&self) -> Result<Start, StoreError> {
        Ok(Start {
            epoch: "e".into(),
            next_seq: 1,
            was_clean: true,
            jumped: None::<Jump>,
            log: LogState {
                streams: Default::default(),
                jumps: Vec::new(),
            },
        })
    }

    async fn reserve(&self, up_to: u64) -> Result<(), StoreError> {
        self.mood().await?;
        self.state().reserved = up_to;
        Ok(())
    }

    async fn commit(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.mood().await?;
        let mut state = self.state();
        state.commits += 1;
        for entry in entries {
            assert!(entry.seq <= state.reserved, "{} is not reserved", entry.seq);
            state.entries.insert(entry.seq, entry.clone());
        }
        Ok(())
    }

    async fn mark_lost(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError> {
        // Whatever its mood: a faulty message does not make the store deaf.
        self.state().forgone.extend(streams);
        Ok(())
    }

    async fn finish(&self, head: u64) -> Result<(), StoreError> {
        self.state().finished = Some(head);
        Ok(())
    }

    async fn after(
        &self,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.mood().await?;
        let state = self.state();
        let later = state.entries.range(seq + 1..).map(|(_, entry)| entry);
        let wanted = later.filter(|entry| streams.contains(&entry.stream));
        let mut bytes = 0;
        let page = wanted.take(messages_max).take_while(|entry| {
            let goes_on = bytes < bytes_max;
            bytes += entry.body.len();
            goes_on
        });
        Ok(page.cloned().collect())
    }

    async fn tail(&self, _: usize, _: usize) -> Result<Vec<Entry>, StoreError> {
        not_here()
    }

    async fn page(&self, _: Stream, _: u64, _: usize) -> Result<Vec<Entry>, StoreError> {
        not_here()
    }

    async fn at(&self, _: Stream, _: i64, _: usize) -> Result<Vec<Entry>, StoreError> {
        not_here()
    }

    async fn range(&self, _: &RangePage) -> Result<Vec<Entry>, StoreError> {
        not_here()
    }

    async fn log_state(&self) -> Result<LogState, StoreError> {
        not_here()
    }

    async fn expire(&self, _: Stream, _: i64, _: usize) -> Result<u64, StoreError> {
        not_here()
    }
}

#[async_trait]
impl SeriesStore for Shelf {
    async fn series(&self, _: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        not_here()
    }

    async fn forget_series(&self, _: &[SeriesId]) -> Result<(), StoreError> {
        not_here()
    }

    async fn remove_series(&self, _: SeriesId) -> Result<(), StoreError> {
        not_here()
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        not_here()
    }

    async fn put_chunks(&self, _: &[StoredChunk]) -> Result<(), StoreError> {
        not_here()
    }

    async fn chunks(
        &self,
        _: &[SeriesId],
        _: u32,
        _: i64,
        _: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        not_here()
    }

    async fn sealed(&self, _: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        not_here()
    }

    async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        not_here()
    }

    async fn oldest_chunks(&self, _: i64) -> Result<Vec<(u32, i64)>, StoreError> {
        not_here()
    }

    async fn expire_chunks(&self, _: u32, _: i64, _: usize) -> Result<u64, StoreError> {
        not_here()
    }
}

#[async_trait]
impl HostStore for Shelf {
    async fn host_names(&self) -> Result<Vec<String>, StoreError> {
        not_here()
    }

    async fn rename_host(&self, _: &str) -> Result<Renamed, StoreError> {
        not_here()
    }
}

#[async_trait]
impl Store for Shelf {
    async fn oldest(&self) -> Result<Option<i64>, StoreError> {
        not_here()
    }

    async fn usage(&self) -> Result<Usage, StoreError> {
        not_here()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.mood().await
    }

    async fn backup(&self, _: &Path) -> Result<(), BackupError> {
        Err(BackupError::Unsupported)
    }
}

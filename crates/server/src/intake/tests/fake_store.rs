//! A store whose failures a test controls.

use access::Access;
use async_trait::async_trait;
use protocol::Stream;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use store::{
    AccountStore, Accounts, AlertDocument, AlertStore, BackupError, BoardChanges, BoardRow,
    BoardStore, BoardVersionRow, ChainSet, ChainState, CommitExtras, Entry, ForgottenKey,
    HostStore, IdempotencyKeyRow, IdempotencyStore, JournalStore, Jump, LogState, RangePage,
    Renamed, RoomMuteRow, RoomReadRow, RoomRow, RoomStore, Series, SeriesId, SeriesRow,
    SeriesSetRow, SeriesSetStore, SeriesStore, SessionRow, Span, Start, Store, StoreError,
    StoredChunk, TokenRow, Usage, UserRow,
};
use tokio::sync::watch;

/// How the store responds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreState {
    Healthy,
    /// Does not respond.
    Hanging,
    /// Fails at once.
    Unreachable,
    /// Rejects messages for good.
    Rejecting,
    /// Stores messages, and the response is lost.
    Silent,
}

pub(super) struct FakeStore {
    condition: watch::Sender<StoreState>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) keys: Vec<IdempotencyKeyRow>,
    pub(super) reserved: u64,
    pub(super) dropped: Vec<(Stream, u64)>,
    pub(super) finished: Option<u64>,
    pub(super) commits: usize,
    pub(super) chain_queries: usize,
}

impl FakeStore {
    pub(super) fn new() -> Self {
        Self {
            condition: watch::Sender::new(StoreState::Healthy),
            state: Mutex::default(),
        }
    }

    pub(super) fn is(&self, condition: StoreState) {
        self.condition.send_replace(condition);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn condition(&self) -> Result<(), StoreError> {
        let mut condition = self.condition.subscribe();
        let condition = *condition
            .wait_for(|condition| *condition != StoreState::Hanging)
            .await
            .unwrap();
        match condition {
            StoreState::Unreachable => Err(StoreError::Unreachable("it is away".into())),
            StoreState::Rejecting => Err(StoreError::Faulty("it is faulty".into())),
            StoreState::Silent | StoreState::Healthy | StoreState::Hanging => Ok(()),
        }
    }
}

const UNSUPPORTED: &str = "not supported by the fake store";

fn unsupported<T>() -> Result<T, StoreError> {
    Err(StoreError::Faulty(UNSUPPORTED.into()))
}

#[async_trait]
impl JournalStore for FakeStore {
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
        self.condition().await?;
        self.state().reserved = up_to;
        Ok(())
    }

    async fn commit_with(
        &self,
        entries: &[Entry],
        extras: &CommitExtras,
    ) -> Result<(), StoreError> {
        self.condition().await?;
        let mut state = self.state();
        state.commits += 1;
        for entry in entries {
            assert!(entry.seq <= state.reserved, "{} is not reserved", entry.seq);
            state.entries.insert(entry.seq, entry.clone());
        }
        state.keys.extend(extras.keys.iter().cloned());
        drop(state);
        match *self.condition.borrow() {
            StoreState::Silent => Err(StoreError::Unreachable("its response was lost".into())),
            _ => Ok(()),
        }
    }

    async fn mark_lost(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError> {
        // Whatever its mood: a faulty message does not make the store deaf.
        self.state().dropped.extend(streams);
        Ok(())
    }

    async fn replace(&self, _: &[(u64, String)]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn withdraw(&self, seqs: RangeInclusive<u64>) -> Result<(), StoreError> {
        self.condition().await?;
        let mut state = self.state();
        state.entries.retain(|seq, _| !seqs.contains(seq));
        state.keys.retain(|row| !seqs.contains(&row.seq));
        Ok(())
    }

    async fn finish(&self, head: u64) -> Result<(), StoreError> {
        self.state().finished = Some(head);
        Ok(())
    }

    async fn after(
        &self,
        _: &Access,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.condition().await?;
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

    async fn tail(
        &self,
        _: &Access,
        _: &[Stream],
        _: usize,
        _: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        unsupported()
    }

    async fn page(
        &self,
        _: &Access,
        _: Stream,
        _: u64,
        _: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        unsupported()
    }

    async fn at(&self, _: &Access, _: Stream, _: i64, _: usize) -> Result<Vec<Entry>, StoreError> {
        unsupported()
    }

    async fn range(&self, _: &Access, _: &RangePage) -> Result<Vec<Entry>, StoreError> {
        unsupported()
    }

    async fn chain_states(
        &self,
        chains: &[(Stream, ChainSet)],
    ) -> Result<Vec<ChainState>, StoreError> {
        self.state().chain_queries += 1;
        let state = ChainState {
            newest_seq: 2,
            ..ChainState::default()
        };
        Ok(vec![state; chains.len()])
    }

    async fn log_state(&self) -> Result<LogState, StoreError> {
        unsupported()
    }

    async fn expire(&self, _: Stream, _: i64, _: usize) -> Result<u64, StoreError> {
        unsupported()
    }
}

#[async_trait]
impl SeriesStore for FakeStore {
    async fn series(&self, _: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        unsupported()
    }

    async fn forget_series(&self, _: &[SeriesId]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_series(&self, _: SeriesId) -> Result<(), StoreError> {
        unsupported()
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        unsupported()
    }

    async fn put_chunks(&self, _: &[StoredChunk]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn chunks(
        &self,
        _: &[SeriesId],
        _: u32,
        _: i64,
        _: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        unsupported()
    }

    async fn chunks_at(
        &self,
        _: &[SeriesId],
        _: u32,
        _: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        unsupported()
    }

    async fn sealed(&self, _: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        unsupported()
    }

    async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        unsupported()
    }

    async fn oldest_chunks(&self, _: i64) -> Result<Vec<(u32, i64)>, StoreError> {
        unsupported()
    }

    async fn expire_chunks(&self, _: u32, _: i64, _: usize) -> Result<u64, StoreError> {
        unsupported()
    }
}

#[async_trait]
impl SeriesSetStore for FakeStore {
    async fn series_sets(&self) -> Result<Vec<SeriesSetRow>, StoreError> {
        unsupported()
    }

    async fn series_set(&self, _: &str) -> Result<Option<SeriesSetRow>, StoreError> {
        unsupported()
    }

    async fn end_series_sets(&self, _: &[String], _: u64) -> Result<(), StoreError> {
        unsupported()
    }

    async fn expire_series_sets(&self) -> Result<u64, StoreError> {
        unsupported()
    }

    async fn sealed_seq(&self) -> Result<Option<u64>, StoreError> {
        unsupported()
    }

    async fn set_sealed_seq(&self, _: u64) -> Result<(), StoreError> {
        unsupported()
    }
}

#[async_trait]
impl IdempotencyStore for FakeStore {
    async fn idempotency_keys(&self) -> Result<Vec<IdempotencyKeyRow>, StoreError> {
        unsupported()
    }

    async fn forget_idempotency_keys(&self, _: &[ForgottenKey]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn expire_idempotency_keys(&self, _: i64, _: usize) -> Result<u64, StoreError> {
        unsupported()
    }
}

#[async_trait]
impl HostStore for FakeStore {
    async fn host_names(&self) -> Result<Vec<String>, StoreError> {
        unsupported()
    }

    async fn rename_host(&self, _: &str) -> Result<Renamed, StoreError> {
        unsupported()
    }
}

#[async_trait]
impl AccountStore for FakeStore {
    async fn accounts(&self) -> Result<Accounts, StoreError> {
        unsupported()
    }

    async fn put_user(&self, _: &UserRow) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_user(&self, _: i64) -> Result<(), StoreError> {
        unsupported()
    }

    async fn put_session(&self, _: &SessionRow) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_sessions(&self, _: &[i64]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn put_token(&self, _: &TokenRow) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_token(&self, _: i64) -> Result<(), StoreError> {
        unsupported()
    }

    async fn touch(&self, _: &[(i64, i64)], _: &[(i64, i64)]) -> Result<(), StoreError> {
        unsupported()
    }

    async fn put_login_required(&self) -> Result<(), StoreError> {
        unsupported()
    }
}

#[async_trait]
impl RoomStore for FakeStore {
    async fn rooms(&self) -> Result<Vec<RoomRow>, StoreError> {
        unsupported()
    }

    async fn put_room(&self, _: &RoomRow) -> Result<(), StoreError> {
        unsupported()
    }

    async fn room_reads(&self) -> Result<Vec<RoomReadRow>, StoreError> {
        unsupported()
    }

    async fn put_room_read(&self, _: &RoomReadRow) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_room_read(&self, _: &str, _: &str) -> Result<(), StoreError> {
        unsupported()
    }

    async fn room_mutes(&self) -> Result<Vec<RoomMuteRow>, StoreError> {
        unsupported()
    }

    async fn set_room_mute(&self, _: &RoomMuteRow, _: bool) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_room(&self, _: &str) -> Result<(), StoreError> {
        unsupported()
    }
}

#[async_trait]
impl BoardStore for FakeStore {
    async fn boards(&self) -> Result<Vec<BoardRow>, StoreError> {
        unsupported()
    }

    async fn save_boards(&self, _: &BoardChanges) -> Result<(), StoreError> {
        unsupported()
    }

    async fn board_versions(&self, _: &str) -> Result<Vec<BoardVersionRow>, StoreError> {
        unsupported()
    }

    async fn board_version(&self, _: &str, _: u64) -> Result<Option<BoardVersionRow>, StoreError> {
        unsupported()
    }
}

#[async_trait]
impl AlertStore for FakeStore {
    async fn alert_documents(&self) -> Result<Vec<AlertDocument>, StoreError> {
        unsupported()
    }

    async fn put_alert_document(&self, _: &AlertDocument) -> Result<(), StoreError> {
        unsupported()
    }

    async fn remove_alert_document(&self, _: &str, _: &str) -> Result<(), StoreError> {
        unsupported()
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn oldest(&self) -> Result<Option<i64>, StoreError> {
        unsupported()
    }

    async fn usage(&self) -> Result<Usage, StoreError> {
        unsupported()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.condition().await
    }

    async fn backup(&self, _: &Path) -> Result<(), BackupError> {
        Err(BackupError::Unsupported)
    }
}

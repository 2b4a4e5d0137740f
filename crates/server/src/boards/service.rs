use super::board::id_of;
use super::limits::{EDITS_MAX, GUEST_EDITS_MAX, Rates, VERSIONS_MAX};
use super::restore::restore;
use super::state::{State, Version};
use super::{BoardError, Caller};
use crate::accounts::Accounts;
use crate::intake::WeakAppender;
use crate::reading::Archive;
use access::Access;
use protocol::{BoardMessage, ChannelName, Durable, PersonKind, Stream};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use store::{BoardChanges, BoardRow, BoardVersionRow, StoreError};
use tokio::sync::watch;

/// How often boards are stored that have changed. Until then the log has the changes.
const TICK: Duration = Duration::from_secs(1);

/// The boards of this server. A cheap, shared handle.
#[derive(Clone)]
pub(crate) struct Boards(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) archive: Archive,
    pub(super) accounts: Accounts,
    intake: WeakAppender,
    state: Mutex<State>,
    rates: Mutex<Rates>,
    /// Held while a board is created.
    pub(super) creating: tokio::sync::Mutex<()>,
    /// Held while a board is changed: decided, committed, and applied.
    changing: Mutex<HashMap<u64, Weak<tokio::sync::Mutex<()>>>>,
    /// Held while boards are stored, so that none is overwritten by an earlier one.
    saving: tokio::sync::Mutex<()>,
}

impl Boards {
    /// Continues with the boards of the store. Nobody may be connected yet.
    pub(crate) async fn open(
        archive: Archive,
        accounts: Accounts,
        intake: WeakAppender,
    ) -> Result<Self, StoreError> {
        let state = restore(archive.store()).await?;
        for (id, access) in accounts.accesses() {
            access.replace_of(Stream::Boards, state.spans_of(&id));
        }
        Ok(Self(Arc::new(Shared {
            archive,
            accounts,
            intake,
            state: Mutex::new(state),
            rates: Mutex::default(),
            creating: tokio::sync::Mutex::default(),
            changing: Mutex::default(),
            saving: tokio::sync::Mutex::default(),
        })))
    }

    /// Locked briefly, never across an await, and with no other lock taken under it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Runs until the server stops.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // At a start, a user may have been removed right before.
        let mut removals_done = None;
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stop.changed() => {
                    // What is not stored is found in the log.
                    let _ = self.save().await;
                    return;
                }
            }
            let removals = self.0.accounts.removals();
            if removals_done != Some(removals) && self.delete_of_removed_users().await.is_ok() {
                removals_done = Some(removals);
            }
            // While the store is unavailable, it is tried again.
            let _ = self.save().await;
        }
    }

    /// The lock of a board.
    pub(super) fn lock_of(&self, number: u64) -> Arc<tokio::sync::Mutex<()>> {
        let changing = &self.0.changing;
        let mut changing = changing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = changing.get(&number).and_then(Weak::upgrade) {
            return lock;
        }
        changing.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        changing.insert(number, Arc::downgrade(&lock));
        lock
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.0.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Boards::commit`] of what counts as a change of the sender, of so many bytes.
    pub(super) async fn write(
        &self,
        caller: &Caller,
        channel: Option<ChannelName>,
        message: BoardMessage,
        bytes: usize,
    ) -> Result<u64, BoardError> {
        self.take(caller, bytes).map_err(BoardError::TooFast)?;
        let committed = self.commit(channel, message).await;
        if committed.is_err() {
            let mut rates = self.rates();
            rates.give_back(&caller.person.id);
            rates.give_back(&address_key(caller));
        }
        committed
    }

    /// Counts a change; of guests by their address, too.
    fn take(&self, caller: &Caller, bytes: usize) -> Result<(), Duration> {
        let (mut rates, now) = (self.rates(), Instant::now());
        rates.take(&caller.person.id, bytes, EDITS_MAX, now)?;
        if caller.person.kind != PersonKind::Guest {
            return Ok(());
        }
        let taken = rates.take(&address_key(caller), bytes, GUEST_EDITS_MAX, now);
        if taken.is_err() {
            rates.give_back(&caller.person.id);
        }
        taken
    }

    /// Commits a message and applies it; returns its number. The board's lock has to be held.
    pub(super) async fn commit(
        &self,
        channel: Option<ChannelName>,
        message: BoardMessage,
    ) -> Result<u64, BoardError> {
        let seq = Arc::new(AtomicU64::new(0));
        let apply = {
            let (boards, seq, message) = (self.clone(), Arc::clone(&seq), message.clone());
            Box::new(move |seqs: &[u64]| match seqs {
                [newest, ..] => {
                    seq.store(*newest, Ordering::Relaxed);
                    boards.apply(*newest, &message).into_iter().collect()
                }
                [] => Vec::new(),
            })
        };
        let message = Durable::BoardMessage(message);
        self.0
            .intake
            .commit_applied(channel, message, apply)
            .await?;
        Ok(seq.load(Ordering::Relaxed))
    }

    /// Applies a message; returns the list of channels that changes with it.
    fn apply(
        &self,
        seq: u64,
        message: &BoardMessage,
    ) -> Option<(Access, Stream, Vec<access::Span>)> {
        let (owner, spans) = {
            let mut state = self.state();
            let owner = state.apply(seq, message)?;
            let spans = state.spans_of(&owner);
            (owner, spans)
        };
        let access = self.0.accounts.access_of(&owner)?;
        Some((access, Stream::Boards, spans))
    }

    /// Stores the boards that have changed, together.
    pub(super) async fn save(&self) -> Result<(), BoardError> {
        let _saving = self.0.saving.lock().await;
        let (records, versions, gone) = {
            let state = self.state();
            let unsaved = state.unsaved.iter();
            let (there, gone): (Vec<u64>, Vec<u64>) =
                unsaved.partition(|number| state.boards.contains_key(number));
            let records = there.iter().filter_map(|it| state.boards.get(it).cloned());
            let records: Vec<_> = records.collect();
            let gone: Vec<_> = gone
                .into_iter()
                .map(|number| (number, number == state.last_number, state.applied_seq))
                .collect();
            (records, state.unsaved_versions.clone(), gone)
        };
        if records.is_empty() && versions.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut changes = BoardChanges {
            versions: versions.iter().map(version_row).collect(),
            versions_max: VERSIONS_MAX,
            ..BoardChanges::default()
        };
        for record in &records {
            changes.boards.push(BoardRow {
                id: record.id(),
                seq: record.board.version,
                // A board always serialises.
                body: serde_json::to_string(record).unwrap_or_default(),
            });
        }
        for (number, is_newest, seq) in &gone {
            let id = id_of(*number);
            if *is_newest {
                let (id, body) = (id.clone(), "null".to_owned());
                changes.boards.push(BoardRow {
                    id,
                    seq: *seq,
                    body,
                });
                changes.emptied.push(id_of(*number));
            } else {
                changes.removed.push(id);
            }
        }
        self.0.archive.store().save_boards(&changes).await?;
        let mut state = self.state();
        for record in &records {
            let current = state.boards.get(&record.number);
            if current.is_some_and(|it| it.board.version == record.board.version) {
                state.unsaved.remove(&record.number);
            }
        }
        for (number, ..) in &gone {
            state.unsaved.remove(number);
        }
        state.unsaved_versions.retain(|it| !versions.contains(it));
        Ok(())
    }
}

fn version_row(version: &Version) -> BoardVersionRow {
    // Both always serialise.
    BoardVersionRow {
        board: id_of(version.number),
        version: version.board.version,
        info: serde_json::to_string(&version.info).unwrap_or_default(),
        body: serde_json::to_string(&version.board).unwrap_or_default(),
    }
}

/// How [`Rates`] counts the address of a guest.
fn address_key(caller: &Caller) -> String {
    format!("a:{}", caller.address)
}

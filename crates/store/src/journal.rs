//! The journal on disk: every durable message in the order of its sequence number.

mod changes;
mod entry;
mod expiry;
mod row;
mod search;
mod state;
mod statements;
mod visible;

use std::ops::RangeInclusive;

use access::Access;
use async_trait::async_trait;
use protocol::Stream;

use crate::{CommitExtras, StoreError};

pub(crate) use changes::StreamChanges;
pub(crate) use expiry::{Candidate, cut, next_limit};
pub(crate) use row::{Budget, entries_of, stream_code, stream_of};
pub(crate) use state::{StreamRow, jump_between, log_state_of};
pub(crate) use statements::*;
pub(crate) use visible::{Visible, bind_visible};

pub use entry::{ChainName, ChainSet, ChainState, Entry, RangePage};
pub use search::{HostFilter, PageFilter, Search, search};
pub use state::{Jump, LogState, Start, StreamState};

/// The most messages of one page; more are requested with the next page.
pub const PAGE_MESSAGES_MAX: usize = 1000;

/// Beyond this many chains of a stream, those whose messages are all deleted are only known together: what they had is
/// lost of any chain.
pub const CHAINS_MAX: usize = 10_000;

/// The tables of the journal. Whatever is read takes the [`Access`] of whom it is for. The order of calls is the caller's: `start`, then `reserve` before sequence
/// numbers are allocated and `commit` before messages are published, at last `finish`.
#[async_trait]
pub trait JournalStore: Send + Sync {
    /// How the log continues. Writes nothing that another `start` would not find again.
    async fn start(&self) -> Result<Start, StoreError>;

    /// From here on numbers up to and including `up_to` may be allocated; on disk, power loss included,
    /// when this returns. After an unclean stop none of them is allocated again, so reserve in blocks
    /// (some thousands): each costs a sync of the disk. Fewer than are reserved already changes
    /// nothing.
    async fn reserve(&self, up_to: u64) -> Result<(), StoreError>;

    /// Adds messages in one transaction. Those that are stored already are left unchanged, so that a
    /// batch whose fate is unknown may be committed again.
    ///
    /// # Errors
    /// [`StoreError::Faulty`] for a number that is not reserved; nothing of the batch is then stored.
    async fn commit(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.commit_with(entries, &CommitExtras::default()).await
    }

    /// [`JournalStore::commit`] of messages with what belongs to them, in the same transaction.
    async fn commit_with(&self, entries: &[Entry], extras: &CommitExtras)
    -> Result<(), StoreError>;

    /// Records that messages of these streams, up to these numbers, were published and will never be
    /// committed: raises the streams' newest number and their retention floor.
    async fn mark_lost(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError>;

    /// Deletes the messages with these numbers and the keys of their requests, as if they had never been committed: the
    /// newest ones, of a commit whose fate is unknown, which were not published and never will be.
    async fn withdraw(&self, seqs: RangeInclusive<u64>) -> Result<(), StoreError>;

    /// Replaces the bodies of stored messages of [`Stream::Rooms`], by their numbers, in one transaction; what is not
    /// stored is left out. Nothing else of a message changes. On SQLite the former bodies are overwritten: in the file
    /// once the next checkpoint is done, some seconds later, and its log is then truncated.
    async fn replace(&self, bodies: &[(u64, String)]) -> Result<(), StoreError>;

    /// Marks a clean stop: the next start continues right after `head`, the newest number allocated.
    /// The last call; every later one fails with [`StoreError::Unreachable`].
    async fn finish(&self, head: u64) -> Result<(), StoreError>;

    /// The messages of these streams after `seq`, ascending: at most `messages_max`, and no further
    /// one once `bytes_max` of bodies are read. The first is always included.
    ///
    /// Call [`JournalStore::log_state`] for the retention floors after this, not before: retention goes
    /// on meanwhile.
    async fn after(
        &self,
        access: &Access,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// The newest messages of these streams, ascending, within the same limits.
    async fn tail(
        &self,
        access: &Access,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A stream's messages before `before_seq`, newest first, at most `messages_max` (and at most
    /// [`PAGE_MESSAGES_MAX`]). `u64::MAX` begins with the newest.
    async fn page(
        &self,
        access: &Access,
        stream: Stream,
        before_seq: u64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A stream's messages at or before a time, newest first by time, at most `messages_max`.
    async fn at(
        &self,
        access: &Access,
        stream: Stream,
        at_ms: i64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A page of a stream's messages within a time range, ascending by time and then number.
    async fn range(&self, access: &Access, page: &RangePage) -> Result<Vec<Entry>, StoreError>;

    /// For each of these sets, what is known of its chains together.
    ///
    /// For a floor that is true of messages that were read, call it before and after: retention goes on meanwhile.
    async fn chain_states(
        &self,
        chains: &[(Stream, ChainSet)],
    ) -> Result<Vec<ChainState>, StoreError>;

    /// What is stored of each stream, what was and is no more, and the jumps.
    async fn log_state(&self) -> Result<LogState, StoreError>;

    /// Deletes a stream's oldest messages, at most `messages_max`, whose time is before `before_ms`;
    /// `i64::MAX` deletes them whatever their age. Returns how many; a few hundred at a time do not delay a
    /// commit.
    ///
    /// Messages that become samples are deleted only up to [`sealed_seq`](crate::SeriesSetStore::sealed_seq), if that is
    /// known. They are deleted in the order of their numbers. One with a wrong timestamp among them neither stays
    /// nor blocks the others.
    async fn expire(
        &self,
        stream: Stream,
        before_ms: i64,
        messages_max: usize,
    ) -> Result<u64, StoreError>;
}

/// Refuses numbers beyond what is reserved: they could be allocated again.
pub(crate) fn check_reserved(entries: &[Entry], reserved: u64) -> Result<(), StoreError> {
    match entries.iter().find(|entry| entry.seq > reserved) {
        Some(Entry { seq, .. }) => Err(StoreError::Faulty(format!(
            "number {seq} was to be stored, but only those up to {reserved} are reserved"
        ))),
        None => Ok(()),
    }
}

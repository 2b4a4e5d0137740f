//! The store: what must outlive the program. One trait, two databases, each in files of its own.

mod config;
mod error;

mod entry;
mod state;

mod host;

mod series;

mod fill;
mod retention;

mod search;

mod code;
mod epoch;
mod expiry;
mod statements;
mod tables;
mod tally;
mod writer;

mod sqlite;

mod postgres;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use protocol::Stream;

pub use config::{Config, Location};
pub use entry::{Entry, RangePage};
pub use error::{BackupError, OpenError, StoreError};
pub use fill::{Fill, Share, TierFill};
pub use host::Renamed;
pub use retention::{Keep, Retention};
pub use search::{HostFilter, PageFilter, Search, search};
pub use series::{Series, SeriesId, SeriesRow, Span, StoredChunk};
pub use state::{Jump, Kept, Start, StreamState};

/// Where messages and series are kept. Share it as `Arc<dyn Store>`.
///
/// Every method may be dropped before it is done, for instance by a time-out: what it would have
/// written is then there wholly or not at all, and asking again does no harm. Times are milliseconds
/// since the Unix epoch.
///
/// There are two halves. The first is the journal on disk, whose order is the caller's: `start`,
/// then `reserve` before numbers are given and `commit` before anybody sees them, at last `finish`.
/// The second is `series` and `chunks`, which know nothing of what a chunk's bytes mean.
#[async_trait]
pub trait Store: Send + Sync {
    /// How the log goes on. Writes nothing that another `start` would not find again.
    async fn start(&self) -> Result<Start, StoreError>;

    /// From here on numbers up to and including `up_to` may be given; on disk, power loss included,
    /// when this returns. After an unclean stop none of them is given again, so reserve in blocks
    /// (some thousands): each costs a sync of the disk. Less than is reserved already changes
    /// nothing.
    async fn reserve(&self, up_to: u64) -> Result<(), StoreError>;

    /// Adds messages in one transaction. Those that are there already are left as they are, so that
    /// a batch whose fate is unknown may be committed again.
    ///
    /// # Errors
    /// [`StoreError::Faulty`] for a number that is not reserved; nothing of the batch is then kept.
    async fn commit(&self, entries: &[Entry]) -> Result<(), StoreError>;

    /// Says that messages of these streams, up to these numbers, were published and will never be
    /// committed: it raises the streams' newest number and their horizon.
    async fn forgo(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError>;

    /// Marks a clean stop: the next start goes on right behind `head`, the newest number given.
    /// The last call; every later one fails with [`StoreError::Unreachable`].
    async fn finish(&self, head: u64) -> Result<(), StoreError>;

    /// The messages of these streams behind `seq`, ascending: at most `messages_max`, and no further
    /// one once `bytes_max` of bodies are read. The first is always among them.
    ///
    /// Ask [`Store::streams`] for the horizons after this, not before: retention goes on meanwhile.
    async fn after(
        &self,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// The newest messages over all streams, ascending, within the same limits: what fills a ring.
    async fn tail(&self, messages_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError>;

    /// A stream's messages before `before_seq`, newest first, at most `messages_max` (held to
    /// [`Kept::PAGE_MESSAGES_MAX`]). `u64::MAX` begins with the newest.
    async fn page(
        &self,
        stream: Stream,
        before_seq: u64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A stream's messages at or before a moment, newest first by time, at most `messages_max`.
    async fn at(
        &self,
        stream: Stream,
        at_ms: i64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// A page of a stream's messages within a span of time, ascending by time and then number.
    async fn range(&self, page: &RangePage) -> Result<Vec<Entry>, StoreError>;

    /// What is kept of each stream, what was and is no more, and the jumps.
    async fn streams(&self) -> Result<Kept, StoreError>;

    /// Removes a stream's oldest messages, at most `messages_max`, whose time is before `before_ms`;
    /// `i64::MAX` removes whatever its age. Says how many went; a few hundred at a time do not hold
    /// up a commit.
    ///
    /// They leave in the order of their numbers, and one with a wrong clock among them neither stays
    /// behind nor holds the others up.
    async fn expire(
        &self,
        stream: Stream,
        before_ms: i64,
        messages_max: usize,
    ) -> Result<u64, StoreError>;

    /// The names that the server's own host has had, the newest last; none of a store that was never told.
    async fn host_names(&self) -> Result<Vec<String>, StoreError>;

    /// Gives the own host a name, and its series with it: those of all names that it had, and of `local`.
    /// Messages keep what they say. Only while nobody seals.
    async fn rename_host(&self, name: &str) -> Result<Renamed, StoreError>;

    /// The ids of these series, in the same order; a new one gets the next id. The newest unit is
    /// kept.
    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError>;

    /// Forgets those of these series that have no chunk; their ids may be given again. Not to be called
    /// between [`Store::series`] and the [`Store::put_chunks`] that it is for.
    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError>;

    /// Removes a series with all its chunks; its id may be given again. Under the same condition.
    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError>;

    /// Every series there is, by id.
    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError>;

    /// Puts chunks in one transaction; one with the same series, resolution and start is replaced.
    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError>;

    /// The chunks of these series at a resolution that have a sample's time between `from_ms` and
    /// `to_ms`, both included, judged by their first and last; by series in the order asked for,
    /// then by start.
    async fn chunks(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError>;

    /// The last sample's time of each series' newest chunk at a resolution; series without one are
    /// left out.
    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError>;

    /// From when to when each series has chunks, by id; series without one are left out.
    async fn spans(&self) -> Result<Vec<Span>, StoreError>;

    /// The first moment of the oldest chunk that ends at `from_ms` or later, at each resolution that has
    /// one.
    async fn oldest_chunks(&self, from_ms: i64) -> Result<Vec<(u32, i64)>, StoreError>;

    /// The earliest moment that anything is kept of, message or chunk; absent of an empty store.
    async fn oldest(&self) -> Result<Option<i64>, StoreError>;

    /// Removes the oldest chunks at a resolution that end before `before_ms`, at most `chunks_max`.
    /// Says how many went.
    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        chunks_max: usize,
    ) -> Result<u64, StoreError>;

    /// How much is kept.
    async fn fill(&self) -> Result<Fill, StoreError>;

    /// Whether the store would take a commit now; answers within a second.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Writes a consistent copy, with an epoch of its own, while everything goes on; see [`backup`].
    async fn backup(&self, to: &Path) -> Result<(), BackupError>;
}

/// Opens the store, makes it if there is none, and brings its tables up to date. Only one program
/// at a time has it open.
pub async fn open(config: &Config) -> Result<Arc<dyn Store>, OpenError> {
    match &config.location {
        Location::Sqlite(directory) => sqlite::open(directory, config.patience).await,
        Location::Postgres(url) => postgres::open(url, config.patience).await,
    }
}

/// Writes a consistent copy of a store that another program may be using, as `watchroom backup`
/// does. The copy has an epoch of its own, so that nobody takes a position in one for a position in
/// the other. An existing file is never overwritten.
///
/// # Errors
/// [`BackupError::Elsewhere`] for PostgreSQL, whose own `pg_dump` does this better.
pub async fn backup(location: &Location, to: &Path) -> Result<(), BackupError> {
    match location {
        Location::Sqlite(directory) => sqlite::backup(directory, to).await,
        Location::Postgres(_) => Err(BackupError::Elsewhere),
    }
}

/// No number beyond what is reserved may be kept: it could be given again.
fn check_reserved(entries: &[Entry], reserved: u64) -> Result<(), StoreError> {
    match entries.iter().find(|entry| entry.seq > reserved) {
        Some(Entry { seq, .. }) => Err(StoreError::Faulty(format!(
            "number {seq} was to be kept, but only those up to {reserved} are reserved"
        ))),
        None => Ok(()),
    }
}

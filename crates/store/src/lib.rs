//! What outlives the process, in tables of SQLite or PostgreSQL: the journal on disk, the chunks of time
//! series, keys of requests, the names of the server's own host, accounts, documents about alerts, rooms, and boards. Nothing here decodes a chunk, spawns a thread of its own,
//! or names axum or a socket that a viewer is connected to.
//!
//! Invariants, the same on both databases and tested on both:
//!
//! - **What was committed survives any stop**, and what is missing is named: by the [`Jump`] after an
//!   unclean stop, or by a stream's retention floor ([`StreamState::floor_seq`]).
//! - A sequence number is reserved on disk, power loss included, before it is allocated, so none is
//!   allocated twice.
//! - A write is one transaction. Dropped half-way, by a timeout for instance, it is rolled back or was
//!   committed, and repeating it changes nothing.
//! - One process at a time writes; a second one is refused with [`OpenError::InUse`].
//! - A released migration never changes.
//! - SQL is constant. Values are always bound, and every statement is prepared once per connection.
//!
//! **An area of tables is a module**: `journal`, `series`, `idempotency`, `hosts`, `accounts`, `alerts`, `rooms` and `boards` each have their types, their part of
//! [`Store`] as a trait, and their statements. `sqlite` and `postgres` have what differs: how to connect, lock
//! and classify errors, bulk writes, disk usage. What both do in the same way is in `sql`, compiled once for
//! each database. A new area adds a module, a trait, its migrations (`migrations/*/`, the next numbers)
//! and a file in `sql`.

#![expect(
    clippy::duplicate_mod,
    reason = "`sql` is compiled once with the types of each database"
)]

mod config;
mod error;

mod journal;

mod series;

mod series_sets;

mod idempotency;

mod hosts;

mod accounts;

mod alerts;

mod rooms;

mod boards;

mod retention;
mod usage;

mod epoch;
mod integer;
mod migrations;
mod writer;

mod sqlite;

mod postgres;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

pub use accounts::{AccountStore, Accounts, SessionRow, TokenRow, UserRow};
pub use alerts::{AlertDocument, AlertStore};
pub use boards::{BoardChanges, BoardRow, BoardStore, BoardVersionRow};
pub use config::{Config, Location};
pub use error::{BackupError, OpenError, RestoreError, StoreError};
pub use hosts::{HostStore, Renamed};
pub use idempotency::{CommitExtras, ForgottenKey, IdempotencyKeyRow, IdempotencyStore};
pub use journal::{
    CHAINS_MAX, ChainName, ChainSet, ChainState, Entry, HostFilter, JournalStore, Jump, LogState,
    PAGE_MESSAGES_MAX, PageFilter, RangePage, Search, Start, StreamState, search,
};
pub use retention::{Retention, StreamRetention};
pub use rooms::{RoomMuteRow, RoomReadRow, RoomRow, RoomStore};
pub use series::{Series, SeriesId, SeriesRow, SeriesStore, Span, StoredChunk};
pub use series_sets::{SeriesSetRow, SeriesSetStore};
pub use usage::{Size, TierUsage, Usage};

/// All tables of one database. Share it as `Arc<dyn Store>`.
///
/// Every method may be dropped before it is done. Times are milliseconds since the Unix epoch.
#[async_trait]
pub trait Store:
    JournalStore
    + SeriesStore
    + SeriesSetStore
    + IdempotencyStore
    + HostStore
    + AccountStore
    + AlertStore
    + RoomStore
    + BoardStore
{
    /// The earliest time of any message or chunk; absent if there is none.
    async fn oldest(&self) -> Result<Option<i64>, StoreError>;

    /// How much is stored.
    async fn usage(&self) -> Result<Usage, StoreError>;

    /// Whether the store would accept a commit now; answers within a second.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Writes a consistent copy, with an epoch of its own, beside other operations; see [`backup`].
    async fn backup(&self, to: &Path) -> Result<(), BackupError>;
}

/// Opens the store, creates it if there is none, and runs pending migrations. Only one process at a
/// time has it open.
pub async fn open(config: &Config) -> Result<Arc<dyn Store>, OpenError> {
    match &config.location {
        Location::Sqlite(directory) => sqlite::open(directory, config.timeout).await,
        Location::Postgres(url) => postgres::open(url, config.timeout).await,
    }
}

/// Writes a consistent copy of a store that another process may be using, as `watchroom backup`
/// does. The copy has an epoch of its own, so that a position in one is never taken for a position in
/// the other. An existing file is never overwritten.
///
/// # Errors
/// [`BackupError::Unsupported`] for PostgreSQL, whose own `pg_dump` does this better.
pub async fn backup(location: &Location, to: &Path) -> Result<(), BackupError> {
    match location {
        Location::Sqlite(directory) => sqlite::backup(directory, to).await,
        Location::Postgres(_) => Err(BackupError::Unsupported),
    }
}

/// The outcome of [`restore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The store, which is a copy of the backup.
    pub file: PathBuf,
    /// Where the former one is; absent if there was none.
    pub kept: Option<PathBuf>,
}

/// Puts a copy of a backup in place of a store that no process has open, as `watchroom restore` does. It has an epoch
/// of its own, and no sessions. The former store is kept beside it, with `time` in its name.
///
/// # Errors
/// The store and the backup are left unchanged. [`RestoreError::Unsupported`] for PostgreSQL.
pub async fn restore(
    location: &Location,
    from: &Path,
    time: &str,
) -> Result<Restored, RestoreError> {
    match location {
        Location::Sqlite(directory) => sqlite::restore(directory, from, time).await,
        Location::Postgres(_) => Err(RestoreError::Unsupported),
    }
}

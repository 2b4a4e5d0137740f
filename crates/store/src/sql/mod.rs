//! What both databases do in the same way, in ordinary code that is compiled twice: `sqlite` and `postgres`
//! each load this directory as a module of their own. It takes from them the types of connection and pool,
//! and what differs between them:
//!
//! - `Database`: how to get a connection that writes, and what must happen around a write;
//! - `bulk`: writes of many rows, and deletions that need a row's physical address;
//! - `BEGIN`: the statement that begins a transaction, and `BEGIN_READ`: one that only reads, all of the same moment;
//! - `classify`: which [`StoreError`] an error is.

mod accounts;
mod alerts;
mod boards;
mod chain_states;
mod hosts;
mod idempotency;
mod journal;
mod journal_reads;
mod rooms;
mod series;
mod series_sets;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};

use super::{BEGIN, BEGIN_READ, Connection, Database, Pool, bulk, classify};
use crate::usage::{OLDEST, STREAM_SIZES, TIER_SIZES, streams_of, tiers_of};
use crate::writer::within;
use crate::{BackupError, Store, StoreError, Usage};

/// How long may take what no viewer waits for: retention, chunks, long pages.
pub(super) const WORK_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) use series_sets::add_sets;

pub(super) struct SqlStore {
    database: Database,
    readers: Pool,
    reserved: AtomicU64,
    /// Of a commit.
    timeout: Duration,
}

impl SqlStore {
    pub(super) fn new(database: Database, readers: Pool, timeout: Duration) -> Self {
        Self {
            database,
            readers,
            reserved: AtomicU64::new(0),
            timeout,
        }
    }

    /// Writes on the connection that writes, which is dropped unless `work` succeeds in time.
    async fn write<T>(
        &self,
        timeout: Duration,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        within(timeout, async {
            let (permit, mut connection) = self.database.acquire().await?;
            let written = work(&mut connection).await.map_err(classify)?;
            self.database.mark_dirty();
            permit.put_back(connection);
            Ok(written)
        })
        .await
    }

    async fn read<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        within(WORK_TIMEOUT, async { work.await.map_err(classify) }).await
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn oldest(&self) -> Result<Option<i64>, StoreError> {
        self.read(query_scalar(OLDEST).fetch_one(&self.readers))
            .await
    }

    async fn usage(&self) -> Result<Usage, StoreError> {
        self.read(async {
            let mut reader = self.readers.acquire().await?;
            let streams = query_as(STREAM_SIZES).fetch_all(&mut *reader).await?;
            let tiers = query_as(TIER_SIZES).fetch_all(&mut *reader).await?;
            self.database
                .usage(&mut reader, streams_of(streams), tiers_of(tiers))
                .await
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.write(self.timeout, async |connection| {
            // Takes the lock, and on SQLite space in the log, and changes nothing.
            let sql = "UPDATE about SET clean = clean";
            query(sql).execute(connection).await.map(drop)
        })
        .await
    }

    async fn backup(&self, to: &Path) -> Result<(), BackupError> {
        self.database.backup(to).await
    }
}

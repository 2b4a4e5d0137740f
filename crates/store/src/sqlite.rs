//! The store in one SQLite file: one connection that writes, a few that read beside it, and checkpoints
//! in a task of their own.

mod connect;
mod failure;

mod inspect;
mod lock;
mod opening;
mod private;

mod bulk;

mod copy;

mod backup;
mod before_migration;
mod restore;

mod checkpoints;

#[path = "sql/mod.rs"]
mod sql;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::Stream;
use sqlx::{SqliteConnection as Connection, SqlitePool as Pool, query, query_scalar};

use crate::integer::unsigned;
use crate::writer::{Permit, Writer};
use crate::{BackupError, Size, StoreError, TierUsage, Usage};
use checkpoints::Checkpoints;
use connect::Connect;
use failure::classify;
use inspect::{length, log_of};
use lock::DirectoryLock;

pub(crate) use backup::backup;
pub(crate) use opening::open;
pub(crate) use restore::restore;

/// Takes the lock at once: taken with the first write, it can fail half-way.
const BEGIN: &str = "BEGIN IMMEDIATE";

const BEGIN_READ: &str = "BEGIN";

/// So many free pages stay in the file for later; more are returned to the file system.
const FREE_PAGES_MAX: i64 = 4096;

/// Returned at a time, so that no commit waits long: 1 MiB.
const RELEASED_PAGES: i64 = 256;

struct Database {
    shared: Arc<Shared>,
    checkpoints: Checkpoints,
    /// Dropped last: until then no other process may write.
    _lock: DirectoryLock,
}

/// What the checkpoints need, too.
struct Shared {
    directory: PathBuf,
    file: PathBuf,
    connect: Connect,
    writer: Writer<Connection>,
    /// Something was written since the last checkpoint.
    is_dirty: AtomicBool,
    /// Since the last time that the log was truncated, something was overwritten.
    is_overwritten: AtomicBool,
}

impl Database {
    /// The checkpoint of a long log takes as long as it takes.
    const FINISH_TIMEOUT: Duration = Duration::MAX;

    async fn acquire(&self) -> Result<(Permit<'_, Connection>, Connection), StoreError> {
        let mut permit = self.shared.writer.acquire().await?;
        let connection = match permit.take() {
            Some(connection) => connection,
            None => self.shared.connect.writer().await.map_err(classify)?,
        };
        Ok((permit, connection))
    }

    fn mark_dirty(&self) {
        self.shared.is_dirty.store(true, Ordering::Relaxed);
    }

    /// Something was overwritten that is to be gone from the log, too.
    fn mark_overwritten(&self) {
        self.shared.is_overwritten.store(true, Ordering::Relaxed);
    }

    /// Whether all that is deleted on this connection is overwritten with zeros, or only what is in pages that are
    /// written anyway.
    async fn overwrite_deleted(
        connection: &mut Connection,
        is_on: bool,
    ) -> Result<(), sqlx::Error> {
        let sql = match is_on {
            true => "PRAGMA secure_delete = ON",
            false => "PRAGMA secure_delete = FAST",
        };
        query(sql).execute(connection).await.map(drop)
    }

    /// Before the last write, because a checkpoint of a long log waits for the permit.
    async fn stop_tasks(&self) {
        self.checkpoints.stop().await;
    }

    /// One write that is synced to disk, and with it all before it, when this returns. If it is dropped
    /// half-way, the connection is dropped and the setting with it.
    async fn write_synced(
        connection: &mut Connection,
        sql: &'static str,
        number: i64,
    ) -> Result<(), sqlx::Error> {
        Self::sync_commits(connection, true).await?;
        query(sql).bind(number).execute(&mut *connection).await?;
        Self::sync_commits(connection, false).await
    }

    /// Whether commits on this connection are synced to disk.
    async fn sync_commits(connection: &mut Connection, is_on: bool) -> Result<(), sqlx::Error> {
        let sql = match is_on {
            true => "PRAGMA synchronous = FULL",
            false => "PRAGMA synchronous = NORMAL",
        };
        query(sql).execute(connection).await.map(drop)
    }

    async fn release_space(connection: &mut Connection) -> Result<(), sqlx::Error> {
        let free: i64 = query_scalar("PRAGMA freelist_count")
            .fetch_one(&mut *connection)
            .await?;
        if free > FREE_PAGES_MAX {
            let sql = format!("PRAGMA incremental_vacuum({RELEASED_PAGES})");
            query(&sql).execute(connection).await?;
        }
        Ok(())
    }

    async fn usage(
        &self,
        reader: &mut Connection,
        streams: [Size; Stream::COUNT],
        tiers: Vec<TierUsage>,
    ) -> Result<Usage, sqlx::Error> {
        let mut numbers = [0; 3];
        let pragmas = ["page_size", "page_count", "freelist_count"];
        for (number, pragma) in numbers.iter_mut().zip(pragmas) {
            let sql = format!("PRAGMA {pragma}");
            *number = unsigned(query_scalar(&sql).fetch_one(&mut *reader).await?);
        }
        let [page_bytes, pages, free] = numbers;
        Ok(Usage {
            used_bytes: pages.saturating_sub(free) * page_bytes,
            disk_bytes: pages * page_bytes + length(&log_of(&self.shared.file)),
            streams,
            tiers,
        })
    }

    async fn backup(&self, to: &Path) -> Result<(), BackupError> {
        backup(&self.shared.directory, to).await
    }
}

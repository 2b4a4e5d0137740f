//! The store in the schema `watchroom` of a PostgreSQL database: one connection that holds the lock
//! and writes, and a pool that reads.

mod connect;
mod failure;

mod opening;

mod bulk;

#[path = "sql/mod.rs"]
mod sql;

use std::path::Path;
use std::time::Duration;

use protocol::Stream;
use sqlx::{Connection as _, PgConnection as Connection, PgPool as Pool, query, query_scalar};

use crate::integer::unsigned;
use crate::writer::{Permit, Writer};
use crate::{BackupError, Size, StoreError, TierUsage, Usage};
use connect::{Connect, SCHEMA};
use failure::classify;
use sql::WORK_TIMEOUT;

pub(crate) use opening::open;

const BEGIN: &str = "BEGIN";

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What a row takes beyond its body or data: its header, its numbers and its index entries.
const ROW_BYTES: u64 = 140;

struct Database {
    connect: Connect,
    /// Identifies the database when it is reached again.
    epoch: String,
    writer: Writer<Connection>,
}

impl Database {
    const FINISH_TIMEOUT: Duration = WORK_TIMEOUT;

    async fn acquire(&self) -> Result<(Permit<'_, Connection>, Connection), StoreError> {
        let mut permit = self.writer.acquire().await?;
        // A restart of the database is detected here, and not by a commit that would fail.
        let mut idle = permit.take();
        if let Some(connection) = &mut idle
            && connection.ping().await.is_err()
        {
            idle = None;
        }
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect.writer_again(&self.epoch).await?,
        };
        Ok((permit, connection))
    }

    /// PostgreSQL schedules its own checkpoints.
    fn mark_dirty(&self) {}

    /// Its vacuum decides when a former row is gone from its files.
    fn mark_overwritten(&self) {}

    async fn overwrite_deleted(_: &mut Connection, _: bool) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn stop_tasks(&self) {}

    /// Every commit is synced to disk.
    async fn write_synced(
        connection: &mut Connection,
        sql: &'static str,
        number: i64,
    ) -> Result<(), sqlx::Error> {
        query(sql).bind(number).execute(connection).await.map(drop)
    }

    /// They always are.
    async fn sync_commits(_: &mut Connection, _: bool) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// Autovacuum does it.
    async fn release_space(_: &mut Connection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn usage(
        &self,
        reader: &mut Connection,
        streams: [Size; Stream::COUNT],
        tiers: Vec<TierUsage>,
    ) -> Result<Usage, sqlx::Error> {
        let disk_bytes: i64 = query_scalar(
            "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class \
             JOIN pg_namespace ON pg_namespace.oid = relnamespace \
             WHERE nspname = $1 AND relkind = 'r'",
        )
        .bind(SCHEMA)
        .fetch_one(reader)
        .await?;
        let sizes = streams.iter().chain(tiers.iter().map(|tier| &tier.size));
        Ok(Usage {
            used_bytes: sizes.map(|size| size.bytes + size.rows * ROW_BYTES).sum(),
            disk_bytes: unsigned(disk_bytes),
            streams,
            tiers,
        })
    }

    async fn backup(&self, _: &Path) -> Result<(), BackupError> {
        Err(BackupError::Unsupported)
    }
}

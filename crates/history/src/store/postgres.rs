//! The store in the schema `watchroom` of a PostgreSQL database: one connection that holds the lock
//! and writes, and a pool that reads.

mod connect;
mod failure;

mod opening;

mod journal;
mod reading;

mod host;

mod series;

mod room;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use protocol::Stream;
use sqlx::{Connection, PgConnection, PgPool};

use super::writer::{Turn, Writer, within};
use super::{
    BackupError, Entry, Fill, Kept, RangePage, Renamed, Series, SeriesId, SeriesRow, Span, Start,
    Store, StoreError, StoredChunk,
};
use connect::Connect;
use failure::judge;

pub(super) use opening::open;

/// How long what nobody waits for may take: retention, chunks, long pages.
const WORK_PATIENCE: Duration = Duration::from_secs(10);

struct PostgresStore {
    connect: Connect,
    /// To know the database again after it was away.
    epoch: String,
    writer: Writer<PgConnection>,
    readers: PgPool,
    reserved: AtomicU64,
    patience: Duration,
}

/// A write under way.
struct Writing<'a> {
    turn: Turn<'a, PgConnection>,
    connection: PgConnection,
}

impl Writing<'_> {
    fn done(self) {
        self.turn.put_back(self.connection);
    }
}

impl PostgresStore {
    async fn writing(&self) -> Result<Writing<'_>, StoreError> {
        let mut turn = self.writer.turn().await?;
        // A restarted database is noticed here and not by a commit that would fail.
        let mut waiting = turn.take();
        if let Some(connection) = &mut waiting
            && connection.ping().await.is_err()
        {
            waiting = None;
        }
        let connection = match waiting {
            Some(connection) => connection,
            None => self.connect.writer_again(&self.epoch).await?,
        };
        Ok(Writing { turn, connection })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn start(&self) -> Result<Start, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let start = journal::start(&mut writing.connection)
                .await
                .map_err(judge)?;
            writing.done();
            self.reserved.store(start.next_seq - 1, Ordering::Relaxed);
            Ok(start)
        })
        .await
    }

    async fn reserve(&self, up_to: u64) -> Result<(), StoreError> {
        if up_to <= self.reserved.load(Ordering::Relaxed) {
            return Ok(());
        }
        within(self.patience, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            journal::reserve(connection, up_to).await.map_err(judge)?;
            writing.done();
            self.reserved.fetch_max(up_to, Ordering::Relaxed);
            Ok(())
        })
        .await
    }

    async fn commit(&self, entries: &[Entry]) -> Result<(), StoreError> {
        super::check_reserved(entries, self.reserved.load(Ordering::Relaxed))?;
        within(self.patience, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            journal::commit(connection, entries).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn forgo(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError> {
        within(self.patience, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            journal::forgo(connection, streams).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn finish(&self, head: u64) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            journal::finish(connection, head).await.map_err(judge)?;
            self.readers.close().await;
            // With it goes the lock.
            writing.connection.close().await.map_err(judge)?;
            writing.turn.close();
            Ok(())
        })
        .await
    }

    async fn after(
        &self,
        seq: u64,
        streams: &[Stream],
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let reading = reading::after(&self.readers, seq, streams, messages_max, bytes_max);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn tail(&self, messages_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError> {
        let reading = reading::tail(&self.readers, messages_max, bytes_max);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn page(
        &self,
        stream: Stream,
        before_seq: u64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let reading = reading::page(&self.readers, stream, before_seq, messages_max);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn at(
        &self,
        stream: Stream,
        at_ms: i64,
        messages_max: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let reading = reading::at(&self.readers, stream, at_ms, messages_max);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn range(&self, page: &RangePage) -> Result<Vec<Entry>, StoreError> {
        let reading = reading::range(&self.readers, page);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn streams(&self) -> Result<Kept, StoreError> {
        within(WORK_PATIENCE, async {
            let mut reader = self.readers.acquire().await.map_err(judge)?;
            reading::kept(&mut reader).await.map_err(judge)
        })
        .await
    }

    async fn expire(
        &self,
        stream: Stream,
        before_ms: i64,
        messages_max: usize,
    ) -> Result<u64, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            let removed = journal::expire(connection, stream, before_ms, messages_max)
                .await
                .map_err(judge)?;
            writing.done();
            Ok(removed)
        })
        .await
    }

    async fn host_names(&self) -> Result<Vec<String>, StoreError> {
        let reading = host::names(&self.readers);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn rename_host(&self, name: &str) -> Result<Renamed, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            let renamed = host::rename(connection, name).await.map_err(judge)?;
            writing.done();
            Ok(renamed)
        })
        .await
    }

    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            let ids = series::ids(connection, series).await.map_err(judge)?;
            writing.done();
            Ok(ids)
        })
        .await
    }

    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            series::forget(connection, series).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            series::remove(connection, series).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        let reading = series::catalogue(&self.readers);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            series::put(connection, chunks).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn chunks(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let reading = series::chunks(&self.readers, series, resolution_ms, from_ms, to_ms);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        let reading = series::sealed(&self.readers, resolution_ms);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        let reading = series::spans(&self.readers);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn oldest_chunks(&self, from_ms: i64) -> Result<Vec<(u32, i64)>, StoreError> {
        let reading = series::oldest(&self.readers, from_ms);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn oldest(&self) -> Result<Option<i64>, StoreError> {
        let reading = reading::oldest(&self.readers);
        within(WORK_PATIENCE, async { reading.await.map_err(judge) }).await
    }

    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        chunks_max: usize,
    ) -> Result<u64, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.writing().await?;
            let connection = &mut writing.connection;
            let removed = series::expire(connection, resolution_ms, before_ms, chunks_max)
                .await
                .map_err(judge)?;
            writing.done();
            Ok(removed)
        })
        .await
    }

    async fn fill(&self) -> Result<Fill, StoreError> {
        within(WORK_PATIENCE, async {
            let mut reader = self.readers.acquire().await.map_err(judge)?;
            room::fill(&mut reader).await.map_err(judge)
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        within(self.patience, async {
            let mut writing = self.writing().await?;
            journal::try_to_write(&mut writing.connection)
                .await
                .map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn backup(&self, _to: &Path) -> Result<(), BackupError> {
        Err(BackupError::Elsewhere)
    }
}

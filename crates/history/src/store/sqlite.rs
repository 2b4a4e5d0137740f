//! The store in one SQLite file: a single writer, a few readers beside it, and checkpoints by a
//! task of their own.

mod connect;
mod failure;

mod inspect;
mod lock;
mod opening;

mod journal;
mod reading;

mod host;

mod series;

mod backup;
mod checkpoints;
mod room;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use protocol::Stream;
use sqlx::{Connection, SqliteConnection, SqlitePool};

use super::writer::{Turn, Writer, within};
use super::{
    BackupError, Entry, Fill, Kept, RangePage, Renamed, Series, SeriesId, SeriesRow, Span, Start,
    Store, StoreError, StoredChunk,
};
use checkpoints::Checkpoints;
use connect::Connect;
use failure::judge;
use lock::DirectoryLock;

pub(super) use backup::backup;
pub(super) use opening::open;

/// How long what nobody waits for may take: retention, chunks, long pages.
const WORK_PATIENCE: Duration = Duration::from_secs(10);

struct SqliteStore {
    shared: Arc<Shared>,
    readers: SqlitePool,
    reserved: AtomicU64,
    checkpoints: Checkpoints,
    patience: Duration,
    /// Dropped last: until then nobody else may write.
    _lock: DirectoryLock,
}

/// What the checkpoints need, too.
struct Shared {
    directory: PathBuf,
    file: PathBuf,
    connect: Connect,
    writer: Writer<SqliteConnection>,
    /// Something was written since the last checkpoint.
    is_dirty: AtomicBool,
}

/// A write under way.
struct Writing<'a> {
    turn: Turn<'a, SqliteConnection>,
    connection: SqliteConnection,
    is_dirty: &'a AtomicBool,
}

impl Shared {
    async fn writing(&self) -> Result<Writing<'_>, StoreError> {
        let mut turn = self.writer.turn().await?;
        let connection = match turn.take() {
            Some(connection) => connection,
            None => self.connect.writer().await.map_err(judge)?,
        };
        Ok(Writing {
            turn,
            connection,
            is_dirty: &self.is_dirty,
        })
    }
}

impl Writing<'_> {
    fn done(self) {
        self.is_dirty.store(true, Ordering::Relaxed);
        self.turn.put_back(self.connection);
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn start(&self) -> Result<Start, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.shared.writing().await?;
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
            let mut writing = self.shared.writing().await?;
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
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            journal::commit(connection, entries).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn forgo(&self, streams: &[(Stream, u64)]) -> Result<(), StoreError> {
        within(self.patience, async {
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            journal::forgo(connection, streams).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn finish(&self, head: u64) -> Result<(), StoreError> {
        // First, because a checkpoint of a long log waits for its turn to write.
        self.checkpoints.stop().await;
        let mut writing = self.shared.writing().await?;
        let connection = &mut writing.connection;
        journal::finish(connection, head).await.map_err(judge)?;
        self.readers.close().await;
        // The last connection to close moves everything into the file and removes the log.
        writing.connection.close().await.map_err(judge)?;
        writing.turn.close();
        Ok(())
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
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            let removed = journal::expire(connection, stream, before_ms, messages_max)
                .await
                .map_err(judge)?;
            room::give_back(connection).await.map_err(judge)?;
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
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            let renamed = host::rename(connection, name).await.map_err(judge)?;
            writing.done();
            Ok(renamed)
        })
        .await
    }

    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            let ids = series::ids(connection, series).await.map_err(judge)?;
            writing.done();
            Ok(ids)
        })
        .await
    }

    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            series::forget(connection, series).await.map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError> {
        within(WORK_PATIENCE, async {
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            series::remove(connection, series).await.map_err(judge)?;
            room::give_back(connection).await.map_err(judge)?;
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
            let mut writing = self.shared.writing().await?;
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
            let mut writing = self.shared.writing().await?;
            let connection = &mut writing.connection;
            let removed = series::expire(connection, resolution_ms, before_ms, chunks_max)
                .await
                .map_err(judge)?;
            room::give_back(connection).await.map_err(judge)?;
            writing.done();
            Ok(removed)
        })
        .await
    }

    async fn fill(&self) -> Result<Fill, StoreError> {
        within(WORK_PATIENCE, async {
            let mut reader = self.readers.acquire().await.map_err(judge)?;
            room::fill(&mut reader, &self.shared.file)
                .await
                .map_err(judge)
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        within(self.patience, async {
            let mut writing = self.shared.writing().await?;
            journal::try_to_write(&mut writing.connection)
                .await
                .map_err(judge)?;
            writing.done();
            Ok(())
        })
        .await
    }

    async fn backup(&self, to: &Path) -> Result<(), BackupError> {
        backup(&self.shared.directory, to).await
    }
}

//! Checkpoints: moves the write-ahead log into the file, in a task instead of in a commit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection, query, query_as};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Shared;
use super::connect::LOG_BYTES_MAX;
use super::inspect::{length, log_of};

/// How often the log's length is checked.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// How often a shorter log is checkpointed.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// The task. It ends when this is dropped.
pub(super) struct Checkpoints {
    stop: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    pub(super) fn begin(shared: Arc<Shared>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(shared, stopped));
        Self {
            stop,
            task: tokio::sync::Mutex::new(Some(task)),
        }
    }

    /// Waits for the checkpoint under way.
    pub(super) async fn stop(&self) {
        let _ = self.stop.send(true);
        if let Some(task) = self.task.lock().await.take() {
            // It panics nowhere; if it did, there is nothing left to wait for.
            let _ = task.await;
        }
    }
}

async fn run(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let mut connection = None;
    let mut last = Instant::now();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            () = tokio::time::sleep(CHECK_EVERY) => {}
        }
        let log_bytes = length(&log_of(&shared.file));
        let is_due = log_bytes > LOG_BYTES_MAX || last.elapsed() >= CHECKPOINT_EVERY;
        if !is_due {
            continue;
        }
        let is_dirty = shared.is_dirty.swap(false, Ordering::Relaxed);
        if !is_dirty && !shared.is_overwritten.load(Ordering::Relaxed) {
            continue;
        }
        last = Instant::now();
        if let Err(error) = checkpoint(&shared, &mut connection).await {
            // Nothing is lost from the log; the next attempt is soon.
            tracing::warn!(%error, "failed to move the store's log into its file");
            shared.is_dirty.store(true, Ordering::Relaxed);
            connection = None;
        }
    }
    if let Some(connection) = connection {
        // Dropped, it would be closed later, and the last connection to close does a checkpoint.
        let _ = connection.close().await;
    }
}

/// Empties the log, so that nothing is left in it that was overwritten. False if a reader still needs it.
async fn truncate(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The permit is held: a commit must not wait until a reader is done.
    query("PRAGMA busy_timeout = 0")
        .execute(&mut *connection)
        .await?;
    let truncated = query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection);
    let (busy, ..): (i64, i64, i64) = truncated.await?;
    Ok(busy == 0)
}

async fn checkpoint(
    shared: &Shared,
    slot: &mut Option<SqliteConnection>,
) -> Result<(), sqlx::Error> {
    let connection = match slot {
        Some(connection) => connection,
        None => slot.insert(shared.connect.writer().await?),
    };
    let left_bytes = move_log(connection).await?;
    if shared.is_overwritten.load(Ordering::Relaxed) {
        let Ok(permit) = shared.writer.acquire().await else {
            return Ok(());
        };
        let is_truncated = truncate(connection).await?;
        // Cleared while nothing can be overwritten.
        shared
            .is_overwritten
            .store(!is_truncated, Ordering::Relaxed);
        drop(permit);
        return Ok(());
    }
    if left_bytes > LOG_BYTES_MAX {
        // The log restarts only when all of it was moved, and under steady load there is always a newer
        // commit. The rest is short: the next commit waits for that alone.
        let Ok(permit) = shared.writer.acquire().await else {
            return Ok(());
        };
        move_log(connection).await?;
        drop(permit);
    }
    Ok(())
}

/// Returns the length of the log.
async fn move_log(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let (_busy, log_pages, _moved): (i64, i64, i64) = query_as("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(connection)
        .await?;
    Ok(u64::try_from(log_pages).unwrap_or(0) * 4096)
}

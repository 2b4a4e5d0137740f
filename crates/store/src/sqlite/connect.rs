use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

/// A longer write-ahead log is truncated when it restarts.
pub(super) const LOG_BYTES_MAX: u64 = 16 << 20;

/// Each reader has a thread and a page cache of 2 MiB while it is in use.
const READERS_MAX: u32 = 3;

/// How many rows a reader's thread reads ahead: each time it waits, a busy machine may do something else
/// first.
const ROWS_AHEAD: usize = 500;

/// An idle reader is closed after this time.
const READER_IDLE: Duration = Duration::from_secs(30);

/// Makes connections to the file.
#[derive(Debug, Clone)]
pub(super) struct Connect {
    file: PathBuf,
    timeout: Duration,
}

impl Connect {
    pub(super) fn new(file: &Path, timeout: Duration) -> Self {
        Self {
            file: file.to_owned(),
            timeout,
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.file)
            .busy_timeout(self.timeout)
            .disable_statement_logging()
    }

    /// A connection that writes. A commit is in the log, and so survives the end of this process, but is
    /// not synced: what must survive a power loss is written by `write_synced`.
    pub(super) async fn writer(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options()
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            // A task does the checkpoints.
            .pragma("wal_autocheckpoint", "0")
            .pragma("journal_size_limit", LOG_BYTES_MAX.to_string())
            // Overwrites what leaves a page that is written anyway, such as the first rows when a table gets its second
            // page.
            .pragma("secure_delete", "FAST")
            // Where a plain sync leaves data in the drive's cache (macOS).
            .pragma("fullfsync", "ON")
            .connect()
            .await
    }

    /// A connection that changes nothing, not even when it is closed.
    pub(super) async fn reader(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options().read_only(true).connect().await
    }

    /// A connection to a copy that is not in use yet.
    pub(super) async fn copy(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options().connect().await
    }

    pub(super) fn readers(&self) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .idle_timeout(READER_IDLE)
            // They are in this process; nothing can disconnect them.
            .test_before_acquire(false)
            .connect_lazy_with(self.options().read_only(true).row_buffer_size(ROWS_AHEAD))
    }
}

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Connection, SqliteConnection, query, query_scalar};

use super::connect::Connect;
use super::private;
use crate::epoch::new_epoch;

/// How long the copy waits for a lock.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// A copy being written, private to its owner. If it is unfinished when this is dropped, it is removed.
pub(super) struct Copy {
    file: PathBuf,
    is_done: bool,
}

impl Copy {
    pub(super) fn create(file: PathBuf) -> io::Result<Self> {
        // An earlier attempt that was killed.
        let _ = std::fs::remove_file(&file);
        // SQLite fills an empty file.
        private::create(&file)?;
        Ok(Self {
            file,
            is_done: false,
        })
    }

    /// Copies within one read, the only one whose duration grows with the file: meanwhile the log grows, and commits go
    /// on.
    pub(super) async fn fill(&self, source: &Connect) -> Result<(), sqlx::Error> {
        let mut connection = source.reader().await?;
        query("VACUUM INTO $1")
            .bind(self.file.display().to_string())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let mut connection = Connect::new(&self.file, TIMEOUT).copy().await?;
        reset_epoch(&mut connection).await?;
        remove_sessions(&mut connection).await?;
        connection.close().await
    }

    /// Takes its place at once, and survives a power loss when this returns.
    pub(super) fn move_to(mut self, to: &Path) -> io::Result<()> {
        File::open(&self.file)?.sync_all()?;
        std::fs::rename(&self.file, to)?;
        self.is_done = true;
        let directory = to.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = std::fs::remove_file(&self.file);
        }
    }
}

/// Positions in the original mean nothing in the copy once messages are added to either.
async fn reset_epoch(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let epoch = new_epoch().map_err(|error| sqlx::Error::Encode(error.into()))?;
    query("UPDATE about SET epoch = $1, clean = 1, reserved = (SELECT max(newest) FROM stream)")
        .bind(epoch)
        .execute(&mut *connection)
        .await?;
    query("DELETE FROM jump")
        .execute(connection)
        .await
        .map(drop)
}

/// Whoever finds the copy is not signed in with it.
async fn remove_sessions(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'session'";
    let has_sessions: bool = query_scalar(tables).fetch_one(&mut *connection).await?;
    // Without the table, it is a store that this program has not migrated yet.
    if has_sessions {
        // Overwrites the rows.
        query("PRAGMA secure_delete = ON")
            .execute(&mut *connection)
            .await?;
        query("DELETE FROM session").execute(connection).await?;
    }
    Ok(())
}

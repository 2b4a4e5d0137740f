use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Connection, query};

use super::connect::Connect;
use super::failure::classify;
use super::inspect::{Found, inspect_open};
use crate::epoch::new_epoch;
use crate::{BackupError, Location, OpenError};

/// How long the copy waits for a lock.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Copies within one read, the only one whose duration grows with the file: meanwhile the log grows, and
/// commits go on. The copy is moved into place when it is complete.
pub(crate) async fn backup(directory: &Path, to: &Path) -> Result<(), BackupError> {
    let file = directory.join(Location::SQLITE_FILE);
    let place = file.display().to_string();
    let source = Connect::new(&file, TIMEOUT);
    if inspect_open(&place, &source).await? == Found::Nothing {
        let detail = "there is nothing to copy".to_owned();
        return Err(OpenError::Unreachable { place, detail }.into());
    }
    let copy = Copy::begin(to)?;
    let path = copy.partial.display().to_string();
    let mut connection = source.reader().await.map_err(classify)?;
    query("VACUUM INTO $1")
        .bind(path)
        .execute(&mut connection)
        .await
        .map_err(classify)?;
    connection.close().await.map_err(classify)?;
    reset_epoch(&copy.partial).await?;
    copy.finish()
}

/// Positions in the original mean nothing in the copy once messages are added to either.
async fn reset_epoch(copy: &Path) -> Result<(), BackupError> {
    let mut connection = Connect::new(copy, TIMEOUT).copy().await.map_err(classify)?;
    query("UPDATE about SET epoch = $1, clean = 1, reserved = (SELECT max(newest) FROM stream)")
        .bind(new_epoch()?)
        .execute(&mut connection)
        .await
        .map_err(classify)?;
    query("DELETE FROM jump")
        .execute(&mut connection)
        .await
        .map_err(classify)?;
    connection.close().await.map_err(classify)?;
    Ok(())
}

/// A file being written. If it is unfinished when this is dropped, it is removed.
struct Copy {
    to: PathBuf,
    partial: PathBuf,
    is_done: bool,
}

impl Copy {
    /// Reserves the name.
    fn begin(to: &Path) -> Result<Self, BackupError> {
        match OpenOptions::new().write(true).create_new(true).open(to) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(to.to_owned()));
            }
            Err(source) => {
                let path = to.to_owned();
                return Err(BackupError::File { path, source });
            }
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let copy = Self {
            to: to.to_owned(),
            partial: partial.into(),
            is_done: false,
        };
        // An earlier attempt that was killed.
        let _ = std::fs::remove_file(&copy.partial);
        Ok(copy)
    }

    fn finish(mut self) -> Result<(), BackupError> {
        let moved = File::open(&self.partial)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&self.partial, &self.to));
        moved.map_err(|source| BackupError::File {
            path: self.to.clone(),
            source,
        })?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if !self.is_done {
            let _ = std::fs::remove_file(&self.partial);
            let _ = std::fs::remove_file(&self.to);
        }
    }
}

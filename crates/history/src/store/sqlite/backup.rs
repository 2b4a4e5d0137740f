use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Connection, query};

use super::connect::Connect;
use super::failure::judge;
use super::inspect::{Found, inspect_open};
use crate::store::epoch::new_epoch;
use crate::store::{BackupError, Location, OpenError};

/// How long the copying waits for a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Copies within one read, the only one that lasts as long as the file is large: meanwhile the log
/// grows, and nobody waits. The copy is put in place when it is whole.
pub(crate) async fn backup(directory: &Path, to: &Path) -> Result<(), BackupError> {
    let file = directory.join(Location::SQLITE_FILE);
    let place = file.display().to_string();
    let source = Connect::new(&file, PATIENCE);
    if inspect_open(&place, &source).await? == Found::Nothing {
        let detail = "there is nothing to copy".to_owned();
        return Err(OpenError::Unreachable { place, detail }.into());
    }
    let copy = Copy::begin(to)?;
    let path = copy.partial.display().to_string();
    let mut connection = source.reader().await.map_err(judge)?;
    query("VACUUM INTO $1")
        .bind(path)
        .execute(&mut connection)
        .await
        .map_err(judge)?;
    connection.close().await.map_err(judge)?;
    make_its_own(&copy.partial).await?;
    copy.finish()
}

/// Positions in the original say nothing about the copy, once it lives on.
async fn make_its_own(copy: &Path) -> Result<(), BackupError> {
    let mut connection = Connect::new(copy, PATIENCE).copy().await.map_err(judge)?;
    query("UPDATE about SET epoch = $1, clean = 1, reserved = (SELECT max(newest) FROM stream)")
        .bind(new_epoch()?)
        .execute(&mut connection)
        .await
        .map_err(judge)?;
    query("DELETE FROM jump")
        .execute(&mut connection)
        .await
        .map_err(judge)?;
    connection.close().await.map_err(judge)?;
    Ok(())
}

/// A file on its way. Whatever is unfinished is removed when this is dropped.
struct Copy {
    to: PathBuf,
    partial: PathBuf,
    is_done: bool,
}

impl Copy {
    /// Takes the name, so that nobody else does.
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

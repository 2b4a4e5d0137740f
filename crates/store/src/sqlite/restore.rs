use std::io;
use std::path::{Path, PathBuf};

use super::connect::Connect;
use super::copy::{Copy, TIMEOUT};
use super::inspect::{Found, beside, inspect};
use super::lock::DirectoryLock;
use super::opening::{create_directory, refused};
use crate::{Location, OpenError, RestoreError, Restored};

/// What SQLite has beside a database: the write-ahead log and its index. The database moves first and returns last: a
/// log without it is refused when the store is opened, and it without the log would lack commits.
const ENDINGS: [&str; 3] = ["", "-wal", "-shm"];

/// The copy replaces the store when it is complete.
pub(crate) async fn restore(
    directory: &Path,
    from: &Path,
    time: &str,
) -> Result<Restored, RestoreError> {
    let file = directory.join(Location::SQLITE_FILE);
    let failed = |source: io::Error| RestoreError::File {
        path: file.clone(),
        source,
    };
    let is_itself = || Some(from.canonicalize().ok()? == file.canonicalize().ok()?);
    if is_itself() == Some(true) {
        return Err(RestoreError::Itself(from.to_owned()));
    }
    let source = Connect::new(from, TIMEOUT);
    let place = from.display().to_string();
    if inspect(from, &place, &source).await? == Found::Nothing {
        return Err(RestoreError::Nothing(from.to_owned()));
    }
    create_directory(directory).map_err(failed)?;
    let _lock = DirectoryLock::take(directory)
        .map_err(failed)?
        .ok_or_else(|| OpenError::InUse {
            place: file.display().to_string(),
        })?;
    let copy = Copy::create(beside(&file, ".partial")).map_err(failed)?;
    copy.fill(&source)
        .await
        .map_err(|error| refused(&place, error))?;
    let former = Former::set_aside(&file, time).map_err(failed)?;
    copy.move_to(&file).map_err(failed)?;
    Ok(Restored {
        kept: former.keep(),
        file,
    })
}

/// The files of the former store, under another name. They return if no copy replaces them.
struct Former {
    file: PathBuf,
    kept: Option<PathBuf>,
}

impl Former {
    fn set_aside(file: &Path, time: &str) -> io::Result<Self> {
        let exists = |file: &Path| ENDINGS.iter().any(|it| beside(file, it).exists());
        let mut former = Self {
            file: file.to_owned(),
            kept: None,
        };
        if exists(file) {
            let mut kept = beside(file, &format!(".before-restore-{time}"));
            while exists(&kept) {
                // Restored twice within a second.
                kept = beside(&kept, "-again");
            }
            let kept = former.kept.insert(kept);
            for ending in ENDINGS {
                rename(&beside(file, ending), &beside(kept, ending))?;
            }
        }
        Ok(former)
    }

    fn keep(mut self) -> Option<PathBuf> {
        self.kept.take()
    }
}

impl Drop for Former {
    fn drop(&mut self) {
        let Some(kept) = &self.kept else { return };
        for ending in ENDINGS.into_iter().rev() {
            if let Err(error) = rename(&beside(kept, ending), &beside(&self.file, ending)) {
                let kept = kept.display();
                tracing::error!(%error, %kept, "failed to put the former store back in its place");
                return;
            }
        }
    }
}

/// A file that is missing stays missing.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

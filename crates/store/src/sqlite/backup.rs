use std::io;
use std::path::{Path, PathBuf};

use super::connect::Connect;
use super::copy::{Copy, TIMEOUT};
use super::failure::classify;
use super::inspect::{Found, beside, inspect_open};
use super::private;
use crate::{BackupError, Location, OpenError};

/// The copy is moved into place when it is complete.
pub(crate) async fn backup(directory: &Path, to: &Path) -> Result<(), BackupError> {
    let file = directory.join(Location::SQLITE_FILE);
    let place = file.display().to_string();
    let source = Connect::new(&file, TIMEOUT);
    if inspect_open(&place, &source).await? == Found::Nothing {
        let detail = "there is nothing to copy".to_owned();
        return Err(OpenError::Unreachable { place, detail }.into());
    }
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
        _ => BackupError::File {
            path: to.to_owned(),
            source,
        },
    };
    let name = ReservedName::take(to).map_err(failed)?;
    let copy = Copy::create(beside(to, ".partial")).map_err(failed)?;
    copy.fill(&source).await.map_err(classify)?;
    copy.move_to(to).map_err(failed)?;
    name.keep();
    Ok(())
}

/// An empty file, so that nothing else takes the name. If no copy replaces it, it is removed.
struct ReservedName(Option<PathBuf>);

impl ReservedName {
    fn take(file: &Path) -> io::Result<Self> {
        private::create(file)?;
        Ok(Self(Some(file.to_owned())))
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for ReservedName {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}

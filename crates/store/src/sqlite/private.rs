//! Permissions: the files have password hashes and secrets of authenticators, so nobody but their owner reads them.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::inspect::{log_of, shared_memory_of};

const MODE: u32 = 0o600;

/// What everybody else may do.
const OTHERS: u32 = 0o077;

/// Creates a file that must not exist. Files that SQLite creates beside a database get its permissions.
pub(super) fn create(file: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(file)
}

/// Creates the database's file, or takes the permissions of others from one that exists. It is not opened: see
/// [`inspect`](super::inspect::inspect).
pub(super) fn create_or_restrict(file: &Path) -> io::Result<()> {
    match create(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => return created.map(drop),
    }
    for file in [file, &log_of(file), &shared_memory_of(file)] {
        if let Err(error) = restrict(file) {
            // Somebody else's file that this user may write: as safe as its owner has made it.
            let file = file.display();
            tracing::warn!(%error, %file, "failed to make a file of the store private to its owner");
        }
    }
    Ok(())
}

/// One that is missing is as private as can be.
fn restrict(file: &Path) -> io::Result<()> {
    let mode = match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.permissions().mode(),
    };
    match mode & OTHERS {
        0 => Ok(()),
        _ => std::fs::set_permissions(file, Permissions::from_mode(MODE)),
    }
}

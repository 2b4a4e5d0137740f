use std::path::PathBuf;
use std::time::Duration;

/// The database of a store.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// In the file [`Location::SQLITE_FILE`] of this directory, which is created if it is missing.
    Sqlite(PathBuf),
    /// In the schema `watchroom` of the database that this URL names (`postgres://…`).
    Postgres(String),
}

impl Location {
    /// The name of the SQLite file in its directory.
    pub const SQLITE_FILE: &str = "watchroom.db";
}

/// The URL may hold a password, so it is never shown.
impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(directory) => f.debug_tuple("Sqlite").field(directory).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Options of opening a store.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it is.
    pub location: Location,
    /// How long one statement may take, waiting for a connection included, before it fails with
    /// [`StoreError::Unreachable`](crate::StoreError). Below the second that a commit is allowed.
    pub timeout: Duration,
}

impl Config {
    /// The defaults for a location.
    pub fn of(location: Location) -> Self {
        Self {
            location,
            timeout: Duration::from_millis(800),
        }
    }
}

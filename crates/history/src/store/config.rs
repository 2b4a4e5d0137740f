use std::path::PathBuf;
use std::time::Duration;

/// Where a store is.
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

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it is.
    pub location: Location,
    /// How long one statement may take, waiting for a connection included, before it fails as
    /// [`StoreError::Unreachable`](crate::StoreError). Below the second that a commit is allowed.
    pub patience: Duration,
}

impl Config {
    /// The usual settings for a place.
    pub fn of(location: Location) -> Self {
        Self {
            location,
            patience: Duration::from_millis(800),
        }
    }
}

use std::io;
use std::path::PathBuf;

/// Why a store could not be opened. Whatever was there is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is damaged.
    #[error(
        "open `{place}`: it is damaged ({detail}); move it away to start afresh, or put a backup in \
         its place"
    )]
    Corrupt {
        /// The file, or the database without its password.
        place: String,
        /// What was found.
        detail: String,
    },
    /// It was made or updated by a newer program.
    #[error(
        "open `{place}`: its tables are of version {found} and this program knows them up to \
         {known}; use the newer program that made it"
    )]
    Newer {
        /// The file, or the database without its password.
        place: String,
        /// The version found.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Something else lies there.
    #[error("open `{place}`: it is not Watchroom's ({detail}); name another place")]
    Foreign {
        /// The file, or the database without its password.
        place: String,
        /// How it was recognised.
        detail: String,
    },
    /// Another program has it open.
    #[error("open `{place}`: another server is using it; stop that one or name another place")]
    InUse {
        /// The file, or the database without its password.
        place: String,
    },
    /// It cannot be reached: no such server, wrong password, no permission, no room.
    #[error("open `{place}`: {detail}")]
    Unreachable {
        /// The file, or the database without its password.
        place: String,
        /// What the system or the database says.
        detail: String,
    },
    /// It was reached and something in it is not as this program expects.
    #[error("open `{place}`: {detail}")]
    Faulty {
        /// The file, or the database without its password.
        place: String,
        /// What went wrong.
        detail: String,
    },
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer in time, or was closed. Trying again may help.
    #[error("reach the store: {0}")]
    Unreachable(String),
    /// There is no room. Trying again helps once there is.
    #[error("write to the store: no room is left ({0})")]
    Full(String),
    /// A fault in the data or in this program. Trying again does not help.
    #[error("use the store: {0}")]
    Faulty(String),
}

/// Why there is no backup. No file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file of that name exists.
    #[error("write `{0}`: it exists, and a backup never overwrites; name another file")]
    Exists(PathBuf),
    /// The store is PostgreSQL.
    #[error(
        "back up a PostgreSQL database from here; use PostgreSQL's own `pg_dump \
         --schema=watchroom`, which copies it consistently while the server runs"
    )]
    Elsewhere,
    /// The file cannot be written.
    #[error("write `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no store to copy, or none of ours.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copying itself failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

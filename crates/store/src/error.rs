use std::io;
use std::path::PathBuf;

/// Why a store could not be opened. It is left unchanged.
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
        /// What is damaged.
        detail: String,
    },
    /// It was created or migrated by a newer version of Watchroom.
    #[error(
        "open `{place}`: its tables are of version {found} and this program knows them up to \
         {supported}; use the newer program that made it"
    )]
    Newer {
        /// The file, or the database without its password.
        place: String,
        /// The version found.
        found: i64,
        /// The newest version supported.
        supported: i64,
    },
    /// It belongs to another application.
    #[error("open `{place}`: it is not Watchroom's ({detail}); name another place")]
    Foreign {
        /// The file, or the database without its password.
        place: String,
        /// What was found in it.
        detail: String,
    },
    /// Another process has it open.
    #[error("open `{place}`: another server is using it; stop that one or name another place")]
    InUse {
        /// The file, or the database without its password.
        place: String,
    },
    /// It cannot be reached: no such server, wrong password, no permission, no space.
    #[error("open `{place}`: {detail}")]
    Unreachable {
        /// The file, or the database without its password.
        place: String,
        /// The error of the system or the database.
        detail: String,
    },
    /// It was reached, and its contents are not as expected.
    #[error("open `{place}`: {detail}")]
    Faulty {
        /// The file, or the database without its password.
        place: String,
        /// What went wrong.
        detail: String,
    },
}

/// Why an operation of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not respond in time, or was closed. Retrying may help.
    #[error("reach the store: {0}")]
    Unreachable(String),
    /// There is no space. Retrying helps once there is.
    #[error("write to the store: no room is left ({0})")]
    Full(String),
    /// A fault in the data or in this program. Retrying does not help.
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
    Unsupported,
    /// The file cannot be written.
    #[error("write `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// There is no store to copy.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed to copy.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was restored. The store and the backup are left unchanged.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The store is PostgreSQL.
    #[error(
        "restore a PostgreSQL database from here; use PostgreSQL's own `pg_restore`, or `psql` for a \
         dump in SQL, with an empty database"
    )]
    Unsupported,
    /// There is no such file, or it is empty.
    #[error("restore `{0}`: there is no store in it; name a file that `watchroom backup` wrote")]
    Nothing(PathBuf),
    /// It is the file that it would replace.
    #[error("restore `{0}`: it is the store itself; name a file that `watchroom backup` wrote")]
    Itself(PathBuf),
    /// The file is damaged.
    #[error("restore `{path}`: it is damaged ({detail}); name another backup")]
    Damaged {
        /// The file.
        path: String,
        /// What is damaged.
        detail: String,
    },
    /// The file is foreign or newer, or another process has the store open.
    #[error(transparent)]
    Open(OpenError),
    /// The store cannot be replaced.
    #[error("write `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl From<OpenError> for RestoreError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Corrupt { place, detail } => Self::Damaged {
                path: place,
                detail,
            },
            other => Self::Open(other),
        }
    }
}

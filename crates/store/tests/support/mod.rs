//! Locations of stores: a directory, or a database of a private PostgreSQL server.

pub(crate) mod entries;
pub(crate) mod postgres;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::{Database, Server};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use store::{Config, Location, OpenError, Store};
use tempfile::TempDir;

/// Only ends statements that hang: on a busy machine each takes several times as long.
const STATEMENT_TIME_MAX: Duration = Duration::from_secs(5);

/// A location for one store. It is removed when this is dropped.
pub(crate) enum Place {
    Directory(TempDir),
    Database(Database),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Directory(TempDir::new().expect("a directory"))
    }

    pub(crate) async fn postgres() -> Self {
        Self::Database(Server::shared().await.new_database().await)
    }

    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Directory(directory) => Location::Sqlite(directory.path().to_owned()),
            Self::Database(database) => Location::Postgres(database.url()),
        }
    }

    pub(crate) async fn try_open(&self) -> Result<Arc<dyn Store>, OpenError> {
        let config = Config {
            timeout: STATEMENT_TIME_MAX,
            ..Config::of(self.location())
        };
        store::open(&config).await
    }

    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        self.try_open().await.expect("the store opens")
    }

    /// Executes SQL beside the store; `{}` before the name of a table is its schema.
    pub(crate) async fn execute(&self, sql: &str) {
        match self {
            Self::Directory(directory) => {
                let file = directory.path().join(Location::SQLITE_FILE);
                execute(&file, &sql.replace("{}", "")).await;
            }
            Self::Database(database) => database.execute(&sql.replace("{}", "watchroom.")).await,
        }
    }

    /// A store that is started, with numbers reserved.
    pub(crate) async fn begin(&self) -> Arc<dyn Store> {
        started(self.open().await).await
    }

    /// The same with the limits that it has by default.
    pub(crate) async fn begin_by_default(&self) -> Arc<dyn Store> {
        let store = store::open(&Config::of(self.location())).await;
        started(store.expect("the store opens")).await
    }
}

async fn started(store: Arc<dyn Store>) -> Arc<dyn Store> {
    store.start().await.expect("it starts");
    store.reserve(100_000).await.expect("it reserves");
    store
}

/// Executes SQL on an SQLite file, which is created if it is missing.
pub(crate) async fn execute(file: &Path, sql: &str) {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let mut connection = options.connect().await.expect("the file opens");
    sqlx::query(sql)
        .execute(&mut connection)
        .await
        .expect("the statement succeeds");
    connection.close().await.expect("it closes");
}

/// The tables have a newer version than the newest migration.
#[track_caller]
pub(crate) fn assert_newer(error: &OpenError, version: i64) {
    let expected =
        matches!(error, OpenError::Newer { found, supported: 10, .. } if *found == version);
    assert!(expected, "{error}");
}

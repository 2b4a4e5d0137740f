//! Locations of stores: a directory, or a database of a private PostgreSQL server.

pub(crate) mod entries;
pub(crate) mod postgres;

use std::sync::Arc;

use postgres::{Database, Server};
use store::{Config, Location, OpenError, Store};
use tempfile::TempDir;

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
        store::open(&Config::of(self.location())).await
    }

    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        self.try_open().await.expect("the store opens")
    }

    /// A store that is started, with numbers reserved.
    pub(crate) async fn begin(&self) -> Arc<dyn Store> {
        let store = self.open().await;
        store.start().await.expect("it starts");
        store.reserve(100_000).await.expect("it reserves");
        store
    }
}

/// The tables have a newer version than the newest migration.
#[track_caller]
pub(crate) fn assert_newer(error: &OpenError, version: i64) {
    let expected =
        matches!(error, OpenError::Newer { found, supported: 3, .. } if *found == version);
    assert!(expected, "{error}");
}

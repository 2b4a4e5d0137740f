use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use protocol::Stream;
use sqlx::{SqliteConnection, query};

use super::before_migration;
use super::checkpoints::Checkpoints;
use super::connect::Connect;
use super::failure::{classify, is_damage};
use super::inspect::{Found, inspect};
use super::lock::DirectoryLock;
use super::sql::SqlStore;
use super::{Database, Shared, private};
use crate::epoch::new_epoch;
use crate::journal::stream_code;
use crate::migrations::Migrations;
use crate::writer::Writer;
use crate::{Location, OpenError, Store, StoreError};

/// Marks a file as Watchroom's: `Wtrm` in ASCII. Never changes.
pub(super) const APPLICATION_ID: i64 = 0x5774_726d;

pub(super) const MIGRATIONS: Migrations = Migrations(&[
    (
        "store",
        include_str!("../../migrations/sqlite/0001_store.sql"),
    ),
    (
        "host name",
        include_str!("../../migrations/sqlite/0002_host_name.sql"),
    ),
    (
        "chains",
        include_str!("../../migrations/sqlite/0003_chains.sql"),
    ),
    (
        "accounts",
        include_str!("../../migrations/sqlite/0004_accounts.sql"),
    ),
    (
        "samples",
        include_str!("../../migrations/sqlite/0005_samples.sql"),
    ),
    (
        "alerts",
        include_str!("../../migrations/sqlite/0006_alerts.sql"),
    ),
    (
        "rooms",
        include_str!("../../migrations/sqlite/0007_rooms.sql"),
    ),
    (
        "room mutes",
        include_str!("../../migrations/sqlite/0009_room_mutes.sql"),
    ),
    (
        "idempotency keys",
        include_str!("../../migrations/sqlite/0010_idempotency_keys.sql"),
    ),
    (
        "boards",
        include_str!("../../migrations/sqlite/0011_boards.sql"),
    ),
]);

pub(crate) async fn open(directory: &Path, timeout: Duration) -> Result<Arc<dyn Store>, OpenError> {
    let file = directory.join(Location::SQLITE_FILE);
    let place = file.display().to_string();
    let unreachable = |error: std::io::Error| OpenError::Unreachable {
        place: place.clone(),
        detail: error.to_string(),
    };
    create_directory(directory).map_err(unreachable)?;
    let lock = DirectoryLock::take(directory).map_err(unreachable)?;
    let lock = lock.ok_or_else(|| OpenError::InUse {
        place: place.clone(),
    })?;
    let connect = Connect::new(&file, timeout);
    let found = inspect(&file, &place, &connect).await?;
    private::create_or_restrict(&file).map_err(unreachable)?;
    if found == Found::Ours {
        before_migration::copy(&file, &place, &connect).await?;
    }
    let refuse = |error| refused(&place, error);
    let mut connection = connect.writer().await.map_err(refuse)?;
    if found == Found::Nothing {
        // Before any table, so that a file with tables can always be recognised.
        set(&mut connection, "application_id", APPLICATION_ID)
            .await
            .map_err(refuse)?;
    }
    MIGRATIONS.run(&mut connection, &place).await?;
    set(&mut connection, "user_version", MIGRATIONS.newest())
        .await
        .map_err(refuse)?;
    insert_defaults(&mut connection, &place).await?;
    let shared = Arc::new(Shared {
        directory: directory.to_owned(),
        file,
        writer: Writer::new(connection),
        is_dirty: AtomicBool::new(true),
        // The log of a process that was killed may have what it overwrote.
        is_overwritten: AtomicBool::new(true),
        connect: connect.clone(),
    });
    let database = Database {
        checkpoints: Checkpoints::begin(Arc::clone(&shared)),
        shared,
        _lock: lock,
    };
    Ok(Arc::new(SqlStore::new(
        database,
        connect.readers(),
        timeout,
    )))
}

/// A new directory is private to the user; an existing one is left unchanged.
pub(super) fn create_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)
}

async fn set(
    connection: &mut SqliteConnection,
    pragma: &str,
    value: i64,
) -> Result<(), sqlx::Error> {
    let sql = format!("PRAGMA {pragma} = {value}");
    query(&sql).execute(connection).await.map(drop)
}

/// Inserts the rows that always exist.
async fn insert_defaults(connection: &mut SqliteConnection, place: &str) -> Result<(), OpenError> {
    let epoch = new_epoch().map_err(|error| OpenError::Unreachable {
        place: place.to_owned(),
        detail: error.to_string(),
    })?;
    let refuse = |error| refused(place, error);
    query("INSERT INTO about (id, epoch, reserved, clean) VALUES (1, $1, 0, 1) ON CONFLICT DO NOTHING")
        .bind(epoch)
        .execute(&mut *connection)
        .await
        .map_err(refuse)?;
    for stream in Stream::ALL {
        query("INSERT INTO stream VALUES ($1, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING")
            .bind(stream_code(stream))
            .execute(&mut *connection)
            .await
            .map_err(refuse)?;
    }
    Ok(())
}

pub(super) fn refused(place: &str, error: sqlx::Error) -> OpenError {
    let place = place.to_owned();
    if is_damage(&error) {
        let detail = error.to_string();
        return OpenError::Corrupt { place, detail };
    }
    match classify(error) {
        StoreError::Faulty(detail) => OpenError::Faulty { place, detail },
        other => OpenError::Unreachable {
            place,
            detail: other.to_string(),
        },
    }
}

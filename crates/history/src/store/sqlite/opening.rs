use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use protocol::Stream;
use sqlx::{SqliteConnection, query};

use super::checkpoints::Checkpoints;
use super::connect::Connect;
use super::failure::{is_damage, judge};
use super::inspect::{Found, inspect};
use super::lock::DirectoryLock;
use super::{Shared, SqliteStore};
use crate::store::code::code;
use crate::store::epoch::new_epoch;
use crate::store::tables::Steps;
use crate::store::writer::Writer;
use crate::store::{Location, OpenError, Store};

/// Marks a file as Watchroom's: `Wtrm` in ASCII. Never changes.
pub(super) const APPLICATION_ID: i64 = 0x5774_726d;

pub(super) const STEPS: Steps = Steps(&[
    (
        "store",
        include_str!("../../../migrations/sqlite/0001_store.sql"),
    ),
    (
        "host name",
        include_str!("../../../migrations/sqlite/0002_host_name.sql"),
    ),
]);

pub(crate) async fn open(
    directory: &Path,
    patience: Duration,
) -> Result<Arc<dyn Store>, OpenError> {
    let file = directory.join(Location::SQLITE_FILE);
    let place = file.display().to_string();
    let unreachable = |error: std::io::Error| OpenError::Unreachable {
        place: place.clone(),
        detail: error.to_string(),
    };
    create(directory).map_err(unreachable)?;
    let lock = DirectoryLock::take(directory).map_err(unreachable)?;
    let lock = lock.ok_or_else(|| OpenError::InUse {
        place: place.clone(),
    })?;
    let connect = Connect::new(&file, patience);
    let found = inspect(&file, &place, &connect).await?;
    let refuse = |error| refused(&place, error);
    let mut connection = connect.writer().await.map_err(refuse)?;
    if found == Found::Nothing {
        // Before any table: whoever finds tables must know whose they are.
        set(&mut connection, "application_id", APPLICATION_ID)
            .await
            .map_err(refuse)?;
    }
    STEPS.take(&mut connection, &place).await?;
    set(&mut connection, "user_version", STEPS.newest())
        .await
        .map_err(refuse)?;
    fill_in(&mut connection, &place).await?;
    let shared = Arc::new(Shared {
        directory: directory.to_owned(),
        file,
        writer: Writer::new(connection),
        is_dirty: AtomicBool::new(true),
        connect: connect.clone(),
    });
    Ok(Arc::new(SqliteStore {
        checkpoints: Checkpoints::begin(Arc::clone(&shared)),
        readers: connect.readers(),
        shared,
        reserved: AtomicU64::new(0),
        patience,
        _lock: lock,
    }))
}

/// What is kept is not for everybody on the machine. A directory that is there stays as it is.
fn create(directory: &Path) -> std::io::Result<()> {
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

/// The rows that are always there.
async fn fill_in(connection: &mut SqliteConnection, place: &str) -> Result<(), OpenError> {
    let epoch = new_epoch().map_err(|error| OpenError::Unreachable {
        place: place.to_owned(),
        detail: error.to_string(),
    })?;
    let refuse = |error| refused(place, error);
    query("INSERT INTO about VALUES (1, $1, 0, 1) ON CONFLICT DO NOTHING")
        .bind(epoch)
        .execute(&mut *connection)
        .await
        .map_err(refuse)?;
    for stream in Stream::ALL {
        query("INSERT INTO stream VALUES ($1, 0, 0, 0, 0) ON CONFLICT DO NOTHING")
            .bind(code(stream))
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
    match judge(error) {
        crate::StoreError::Faulty(detail) => OpenError::Faulty { place, detail },
        other => OpenError::Unreachable {
            place,
            detail: other.to_string(),
        },
    }
}

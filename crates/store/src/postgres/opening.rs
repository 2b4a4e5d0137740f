use std::sync::Arc;
use std::time::Duration;

use protocol::Stream;
use sqlx::{PgConnection, query, query_scalar};

use super::Database;
use super::connect::{Connect, SCHEMA, wait_for_lock};
use super::failure::{classify, is_refusal};
use super::sql::SqlStore;
use crate::epoch::new_epoch;
use crate::journal::stream_code;
use crate::migrations::Migrations;
use crate::writer::Writer;
use crate::{OpenError, Store, StoreError};

const MIGRATIONS: Migrations = Migrations(&[
    (
        "store",
        include_str!("../../migrations/postgres/0001_store.sql"),
    ),
    (
        "host name",
        include_str!("../../migrations/postgres/0002_host_name.sql"),
    ),
    (
        "chains",
        include_str!("../../migrations/postgres/0003_chains.sql"),
    ),
    (
        "accounts",
        include_str!("../../migrations/postgres/0004_accounts.sql"),
    ),
    (
        "samples",
        include_str!("../../migrations/postgres/0005_samples.sql"),
    ),
    (
        "alerts",
        include_str!("../../migrations/postgres/0006_alerts.sql"),
    ),
    (
        "rooms",
        include_str!("../../migrations/postgres/0007_rooms.sql"),
    ),
    (
        "room mutes",
        include_str!("../../migrations/postgres/0009_room_mutes.sql"),
    ),
    (
        "idempotency keys",
        include_str!("../../migrations/postgres/0010_idempotency_keys.sql"),
    ),
    (
        "boards",
        include_str!("../../migrations/postgres/0011_boards.sql"),
    ),
]);

/// How long a database may take to respond when the store is opened.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn open(url: &str, timeout: Duration) -> Result<Arc<dyn Store>, OpenError> {
    let connect = Connect::parse(url).map_err(|error| refused("DATABASE_URL", error))?;
    let place = connect.place();
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, connect.writer()).await;
    let connected = connecting.map_err(|_| OpenError::Unreachable {
        place: place.clone(),
        detail: format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
    })?;
    let mut connection = connected.map_err(|error| refused(&place, error))?;
    if !wait_for_lock(&mut connection)
        .await
        .map_err(|error| refused(&place, error))?
    {
        return Err(OpenError::InUse { place });
    }
    make_schema(&mut connection, &place).await?;
    let epoch = prepare(&mut connection, &place).await?;
    let readers = connect.readers();
    let database = Database {
        connect,
        epoch,
        writer: Writer::new(connection),
    };
    Ok(Arc::new(SqlStore::new(database, readers, timeout)))
}

/// Creates the schema. One of that name with tables of another application is left unchanged.
async fn make_schema(connection: &mut PgConnection, place: &str) -> Result<(), OpenError> {
    let refuse = |error| refused(place, error);
    let exists: bool = query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
        .bind(SCHEMA)
        .fetch_one(&mut *connection)
        .await
        .map_err(refuse)?;
    if !exists {
        query("CREATE SCHEMA watchroom")
            .execute(connection)
            .await
            .map_err(refuse)?;
        return Ok(());
    }
    let tables: Vec<String> =
        query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = $1")
            .bind(SCHEMA)
            .fetch_all(connection)
            .await
            .map_err(refuse)?;
    let is_ours = tables.iter().any(|table| table == "_sqlx_migrations");
    match tables.first() {
        Some(table) if !is_ours => Err(OpenError::Foreign {
            place: place.to_owned(),
            detail: format!("its schema `{SCHEMA}` has a table `{table}` of somebody else's"),
        }),
        _ => Ok(()),
    }
}

/// Runs the migrations, inserts the rows that always exist, and returns the epoch.
async fn prepare(connection: &mut PgConnection, place: &str) -> Result<String, OpenError> {
    let refuse = |error| refused(place, error);
    // A migration may take long.
    set_timeout(connection, "SET statement_timeout = 0")
        .await
        .map_err(refuse)?;
    MIGRATIONS.run(connection, place).await?;
    set_timeout(connection, "RESET statement_timeout")
        .await
        .map_err(refuse)?;
    let epoch = new_epoch().map_err(|error| OpenError::Faulty {
        place: place.to_owned(),
        detail: error.to_string(),
    })?;
    query("INSERT INTO about (id, epoch, reserved, clean) VALUES (1, $1, 0, true) ON CONFLICT DO NOTHING")
        .bind(epoch)
        .execute(&mut *connection)
        .await
        .map_err(refuse)?;
    query(
        "INSERT INTO stream SELECT unnest($1::smallint[]), 0, 0, 0, 0, 0, 0 ON CONFLICT DO NOTHING",
    )
    .bind(Stream::ALL.map(stream_code).to_vec())
    .execute(&mut *connection)
    .await
    .map_err(refuse)?;
    query_scalar("SELECT epoch FROM about")
        .fetch_one(connection)
        .await
        .map_err(refuse)
}

async fn set_timeout(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    query(sql).execute(connection).await.map(drop)
}

fn refused(place: &str, error: sqlx::Error) -> OpenError {
    let place = place.to_owned();
    if is_refusal(&error) {
        let detail = error.to_string();
        return OpenError::Unreachable { place, detail };
    }
    match classify(error) {
        StoreError::Faulty(detail) => OpenError::Faulty { place, detail },
        StoreError::Unreachable(detail) | StoreError::Full(detail) => {
            OpenError::Unreachable { place, detail }
        }
    }
}

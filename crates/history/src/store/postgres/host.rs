use sqlx::{Connection, PgConnection, PgPool, query, query_as, query_scalar};

use crate::store::Renamed;
use crate::store::host::{NAMES_MAX, conflict};
use crate::store::statements::{
    ADD_HOST_NAME, FORGET_HOST_NAMES, HOST_NAMES, RENAME_SERIES, TAKE_HOST_NAME, TAKEN_SERIES,
};

pub(super) async fn names(readers: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    query_scalar(HOST_NAMES).fetch_all(readers).await
}

pub(super) async fn rename(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Renamed, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let taken: Option<(String, String)> = query_as(TAKEN_SERIES)
        .bind(name)
        .fetch_optional(&mut *transaction)
        .await?;
    if let Some(row) = taken {
        return conflict(name, row);
    }
    for sql in [RENAME_SERIES, TAKE_HOST_NAME, ADD_HOST_NAME] {
        query(sql).bind(name).execute(&mut *transaction).await?;
    }
    query(FORGET_HOST_NAMES)
        .bind(NAMES_MAX)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Renamed::Done)
}

use async_trait::async_trait;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::{BEGIN, Connection, SqlStore, WORK_TIMEOUT};
use crate::hosts::{
    ADD_HOST_NAME, EXPIRE_HOST_NAMES, HOST_NAMES, NAMES_MAX, RENAME_SERIES, TAKE_HOST_NAME,
    TAKEN_SERIES, conflict,
};
use crate::{HostStore, Renamed, StoreError};

#[async_trait]
impl HostStore for SqlStore {
    async fn host_names(&self) -> Result<Vec<String>, StoreError> {
        self.read(query_scalar(HOST_NAMES).fetch_all(&self.readers))
            .await
    }

    async fn rename_host(&self, name: &str) -> Result<Renamed, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            rename(connection, name).await
        })
        .await
    }
}

async fn rename(connection: &mut Connection, name: &str) -> Result<Renamed, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
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
    query(EXPIRE_HOST_NAMES)
        .bind(NAMES_MAX)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Renamed::Done)
}

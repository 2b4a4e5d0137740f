use async_trait::async_trait;
use protocol::Stream;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::{BEGIN, Connection, SqlStore, WORK_TIMEOUT};
use crate::integer::{signed, unsigned};
use crate::journal::stream_code;
use crate::series_sets::{
    ADD_SET, END_SET, EXPIRE_SETS, SEALED_SEQ, SET, SET_SEALED_SEQ, SETS, SetColumns, set_of,
};
use crate::{SeriesSetRow, SeriesSetStore, StoreError};

#[async_trait]
impl SeriesSetStore for SqlStore {
    async fn series_sets(&self) -> Result<Vec<SeriesSetRow>, StoreError> {
        let rows = query_as::<_, SetColumns>(SETS).fetch_all(&self.readers);
        self.read(async { Ok(rows.await?.into_iter().map(set_of).collect()) })
            .await
    }

    async fn series_set(&self, id: &str) -> Result<Option<SeriesSetRow>, StoreError> {
        let row = query_as::<_, SetColumns>(SET)
            .bind(id)
            .fetch_optional(&self.readers);
        self.read(async { Ok(row.await?.map(set_of)) }).await
    }

    async fn end_series_sets(&self, ids: &[String], last_seq: u64) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for id in ids {
                query(END_SET)
                    .bind(id)
                    .bind(signed(last_seq))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .await
    }

    async fn expire_series_sets(&self) -> Result<u64, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let expire = query(EXPIRE_SETS).bind(stream_code(Stream::Samples));
            Ok(expire.execute(connection).await?.rows_affected())
        })
        .await
    }

    async fn sealed_seq(&self) -> Result<Option<u64>, StoreError> {
        self.read(async {
            let sealed: Option<i64> = query_scalar(SEALED_SEQ).fetch_one(&self.readers).await?;
            Ok(sealed.map(unsigned))
        })
        .await
    }

    async fn set_sealed_seq(&self, seq: u64) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let set = query(SET_SEALED_SEQ).bind(signed(seq));
            set.execute(connection).await.map(drop)
        })
        .await
    }
}

/// Adds sets to the transaction of the messages that refer to them.
pub(in super::super) async fn add_sets(
    connection: &mut Connection,
    sets: &[SeriesSetRow],
) -> Result<(), sqlx::Error> {
    for set in sets {
        query(ADD_SET)
            .bind(set.id.as_str())
            .bind(set.series.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

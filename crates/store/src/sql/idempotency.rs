use async_trait::async_trait;
use sqlx::{query, query_as};

use super::{Connection, SqlStore, WORK_TIMEOUT};
use crate::idempotency::{ADD_KEY, EXPIRE_KEYS, FORGET_KEY, KEYS, KeyColumns, key_of};
use crate::integer::{count, signed};
use crate::{CommitExtras, IdempotencyKeyRow, IdempotencyStore, StoreError};

#[async_trait]
impl IdempotencyStore for SqlStore {
    async fn idempotency_keys(&self) -> Result<Vec<IdempotencyKeyRow>, StoreError> {
        let rows: Vec<KeyColumns> = self.read(query_as(KEYS).fetch_all(&self.readers)).await?;
        Ok(rows.into_iter().map(key_of).collect())
    }

    async fn expire_idempotency_keys(
        &self,
        before_ms: i64,
        keys_max: usize,
    ) -> Result<u64, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let expire = query(EXPIRE_KEYS).bind(before_ms).bind(count(keys_max));
            Ok(expire.execute(connection).await?.rows_affected())
        })
        .await
    }
}

/// Changes keys in the transaction of the messages.
pub(in super::super) async fn change_keys(
    connection: &mut Connection,
    extras: &CommitExtras,
) -> Result<(), sqlx::Error> {
    for forgotten in &extras.forgotten {
        query(FORGET_KEY)
            .bind(forgotten.owner.as_str())
            .bind(forgotten.key.as_str())
            .bind(forgotten.at_ms)
            .execute(&mut *connection)
            .await?;
    }
    for row in &extras.keys {
        query(ADD_KEY)
            .bind(row.owner.as_str())
            .bind(row.key.as_str())
            .bind(row.digest.as_slice())
            .bind(row.at_ms)
            .bind(signed(row.accepted))
            .bind(signed(row.rejected))
            .bind(signed(row.seq))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

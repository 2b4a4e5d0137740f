use async_trait::async_trait;
use sqlx::{Connection as _, query, query_as};

use super::{BEGIN, SqlStore, WORK_TIMEOUT, bulk};
use crate::idempotency::{EXPIRE_KEYS, KEYS, KeyColumns, key_of};
use crate::integer::count;
use crate::{ForgottenKey, IdempotencyKeyRow, IdempotencyStore, StoreError};

#[async_trait]
impl IdempotencyStore for SqlStore {
    async fn idempotency_keys(&self) -> Result<Vec<IdempotencyKeyRow>, StoreError> {
        let rows: Vec<KeyColumns> = self.read(query_as(KEYS).fetch_all(&self.readers)).await?;
        Ok(rows.into_iter().map(key_of).collect())
    }

    async fn forget_idempotency_keys(&self, keys: &[ForgottenKey]) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            bulk::forget_keys(&mut transaction, keys).await?;
            transaction.commit().await
        })
        .await
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

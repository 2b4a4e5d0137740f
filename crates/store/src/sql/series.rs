use async_trait::async_trait;
use protocol::{Kind, Unit};
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::{BEGIN, Connection, Database, Pool, SqlStore, WORK_TIMEOUT, bulk};
use crate::integer::count;
use crate::series::{
    ADD_SERIES, ADD_TO_TIER, CATALOGUE, CHUNKS, CHUNKS_AT_SERIES_MAX, CHUNKS_PAGE_MAX, ChunkRow,
    DELETE_CHUNKS, DELETE_UNUSED_SERIES, EARLIEST_MS, FIND_SERIES, KeyRow, OLDEST_CHUNKS, SEALED,
    SET_UNIT, SPANS, TierChanges, chunk_of, chunks_at_sql, id_of, key_columns, number, oldest_of,
    row_of, sealed_of, spans_of,
};
use crate::{Series, SeriesId, SeriesRow, SeriesStore, Span, StoreError, StoredChunk};

#[async_trait]
impl SeriesStore for SqlStore {
    async fn series(&self, series: &[Series]) -> Result<Vec<SeriesId>, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            ids(connection, series).await
        })
        .await
    }

    async fn forget_series(&self, series: &[SeriesId]) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            for &series in series {
                delete_unused(&mut transaction, series).await?;
            }
            transaction.commit().await
        })
        .await
    }

    async fn remove_series(&self, series: SeriesId) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            remove(connection, series).await?;
            Database::release_space(connection).await
        })
        .await
    }

    async fn catalogue(&self) -> Result<Vec<SeriesRow>, StoreError> {
        let rows = query_as::<_, KeyRow>(CATALOGUE).fetch_all(&self.readers);
        self.read(async { rows.await?.into_iter().map(row_of).collect() })
            .await
    }

    async fn put_chunks(&self, chunks: &[StoredChunk]) -> Result<(), StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let mut transaction = connection.begin_with(BEGIN).await?;
            let changes = bulk::put_chunks(&mut transaction, chunks).await?;
            apply(&mut transaction, &changes).await?;
            transaction.commit().await
        })
        .await
    }

    async fn chunks(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let chunks = chunks(&self.readers, series, resolution_ms, from_ms, to_ms);
        self.read(chunks).await
    }

    async fn chunks_at(
        &self,
        series: &[SeriesId],
        resolution_ms: u32,
        start_ms: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        self.read(chunks_at(&self.readers, series, resolution_ms, start_ms))
            .await
    }

    async fn sealed(&self, resolution_ms: u32) -> Result<Vec<(SeriesId, i64)>, StoreError> {
        let sealed = query_as(SEALED).bind(i64::from(resolution_ms));
        self.read(async { Ok(sealed_of(sealed.fetch_all(&self.readers).await?)) })
            .await
    }

    async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        let spans = query_as(SPANS).fetch_all(&self.readers);
        self.read(async { Ok(spans_of(spans.await?)) }).await
    }

    async fn oldest_chunks(&self, from_ms: i64) -> Result<Vec<(u32, i64)>, StoreError> {
        let oldest = query_as(OLDEST_CHUNKS).bind(from_ms);
        self.read(async { Ok(oldest_of(oldest.fetch_all(&self.readers).await?)) })
            .await
    }

    async fn expire_chunks(
        &self,
        resolution_ms: u32,
        before_ms: i64,
        chunks_max: usize,
    ) -> Result<u64, StoreError> {
        self.write(WORK_TIMEOUT, async |connection| {
            let deleted = expire(connection, resolution_ms, before_ms, chunks_max).await?;
            Database::release_space(connection).await?;
            Ok(deleted)
        })
        .await
    }
}

async fn ids(connection: &mut Connection, series: &[Series]) -> Result<Vec<SeriesId>, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let mut ids = Vec::with_capacity(series.len());
    for Series { key, unit, kind } in series {
        let is_counter = *kind == Kind::Counter;
        let [host, name, labels] = key_columns(key)?;
        let unit = unit.as_ref().map(Unit::as_str);
        let found: Option<(i32, Option<String>, bool)> = query_as(FIND_SERIES)
            .bind(host.as_str())
            .bind(name.as_str())
            .bind(labels.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        let id = match found {
            Some((id, stored, was_counter)) => {
                let is_new_unit = unit.is_some() && stored.as_deref() != unit;
                if is_new_unit || is_counter != was_counter {
                    query(SET_UNIT)
                        .bind(id)
                        .bind(unit)
                        .bind(is_counter)
                        .execute(&mut *transaction)
                        .await?;
                }
                id
            }
            None => {
                query_scalar(ADD_SERIES)
                    .bind(host)
                    .bind(name)
                    .bind(labels)
                    .bind(unit)
                    .bind(is_counter)
                    .fetch_one(&mut *transaction)
                    .await?
            }
        };
        ids.push(id_of(id));
    }
    transaction.commit().await?;
    Ok(ids)
}

async fn delete_unused(connection: &mut Connection, series: SeriesId) -> Result<(), sqlx::Error> {
    let delete = query(DELETE_UNUSED_SERIES).bind(number(series));
    delete.execute(connection).await.map(drop)
}

async fn remove(connection: &mut Connection, series: SeriesId) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let deleted: Vec<(i64, i64)> = query_as(DELETE_CHUNKS)
        .bind(number(series))
        .fetch_all(&mut *transaction)
        .await?;
    let mut changes = TierChanges::default();
    for (resolution_ms, bytes) in deleted {
        changes.remove(resolution_ms, bytes);
    }
    apply(&mut transaction, &changes).await?;
    delete_unused(&mut transaction, series).await?;
    transaction.commit().await
}

async fn apply(connection: &mut Connection, changes: &TierChanges) -> Result<(), sqlx::Error> {
    for (resolution_ms, change) in changes.iter() {
        query(ADD_TO_TIER)
            .bind(resolution_ms)
            .bind(change.chunks)
            .bind(change.bytes)
            .bind(change.span_ms)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn chunks(
    readers: &Pool,
    series: &[SeriesId],
    resolution_ms: u32,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<StoredChunk>, sqlx::Error> {
    let mut chunks = Vec::new();
    for &series in series {
        let mut after_ms = i64::MIN;
        loop {
            let page: Vec<ChunkRow> = query_as(CHUNKS)
                .bind(number(series))
                .bind(i64::from(resolution_ms))
                .bind(from_ms.max(EARLIEST_MS))
                .bind(to_ms)
                .bind(after_ms)
                .bind(count(CHUNKS_PAGE_MAX))
                .fetch_all(readers)
                .await?;
            let is_last = page.len() < CHUNKS_PAGE_MAX;
            let rows = page.into_iter();
            chunks.extend(rows.map(|row| chunk_of(series, resolution_ms, row)));
            match chunks.last() {
                Some(last) if !is_last => after_ms = last.start_ms,
                _ => break,
            }
        }
    }
    Ok(chunks)
}

async fn chunks_at(
    readers: &Pool,
    series: &[SeriesId],
    resolution_ms: u32,
    start_ms: i64,
) -> Result<Vec<StoredChunk>, sqlx::Error> {
    let mut chunks = Vec::new();
    let sql = chunks_at_sql(CHUNKS_AT_SERIES_MAX);
    for some in series.chunks(CHUNKS_AT_SERIES_MAX) {
        let mut page = query_as(&sql).bind(i64::from(resolution_ms)).bind(start_ms);
        // Repeated, so that there is one statement to prepare.
        let repeated = some.iter().chain(std::iter::repeat(&some[0]));
        for series in repeated.take(CHUNKS_AT_SERIES_MAX) {
            page = page.bind(number(*series));
        }
        let rows: Vec<(i32, i64, i64, i64, Vec<u8>)> = page.fetch_all(readers).await?;
        chunks.extend(rows.into_iter().map(|(series, start, end, samples, data)| {
            chunk_of(id_of(series), resolution_ms, (start, end, samples, data))
        }));
    }
    Ok(chunks)
}

async fn expire(
    connection: &mut Connection,
    resolution_ms: u32,
    before_ms: i64,
    chunks_max: usize,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let deleted: Vec<i64> = query_scalar(bulk::DELETE_OLDEST_CHUNKS)
        .bind(i64::from(resolution_ms))
        .bind(before_ms)
        .bind(count(chunks_max))
        .fetch_all(&mut *transaction)
        .await?;
    let mut changes = TierChanges::default();
    for bytes in &deleted {
        changes.remove(i64::from(resolution_ms), *bytes);
    }
    apply(&mut transaction, &changes).await?;
    transaction.commit().await?;
    Ok(deleted.len() as u64)
}

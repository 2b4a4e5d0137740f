use protocol::Unit;
use sqlx::{Connection, SqliteConnection, SqlitePool, query, query_as, query_scalar};

use crate::store::code::{count, unsigned};
use crate::store::series::{
    CHUNKS_PAGE_MAX, ChunkRow, ChunkTally, EARLIEST_MS, NameRow, chunk_of, id_of, labels_of,
    number, oldest_of, row_of, sealed_of, spans_of, text,
};
use crate::store::statements::{
    ADD_CHUNK, ADD_SERIES, CATALOGUE, CHUNKS, COUNTED_CHUNKS, FIND_SERIES, FORGET_SERIES,
    OLDEST_CHUNKS, REMOVE_CHUNKS, SEALED, SET_UNIT, SPANS, TAKE_CHUNK,
};
use crate::store::{Series, SeriesId, SeriesRow, Span, StoredChunk};

pub(super) async fn ids(
    connection: &mut SqliteConnection,
    series: &[Series],
) -> Result<Vec<SeriesId>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut ids = Vec::with_capacity(series.len());
    for Series { key, unit } in series {
        let (host, name, labels) = (text(&key.host), text(&key.name), labels_of(key)?);
        let unit = unit.as_ref().map(Unit::as_str);
        let found: Option<(i32, Option<String>)> = query_as(FIND_SERIES)
            .bind(host.as_str())
            .bind(name.as_str())
            .bind(labels.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        let id = match found {
            Some((id, known)) => {
                if unit.is_some() && known.as_deref() != unit {
                    query(SET_UNIT)
                        .bind(id)
                        .bind(unit)
                        .execute(&mut *transaction)
                        .await?;
                }
                id
            }
            None => {
                query_scalar(ADD_SERIES)
                    .bind(host.as_str())
                    .bind(name.as_str())
                    .bind(labels)
                    .bind(unit)
                    .fetch_one(&mut *transaction)
                    .await?
            }
        };
        ids.push(id_of(id));
    }
    transaction.commit().await?;
    Ok(ids)
}

pub(super) async fn forget(
    connection: &mut SqliteConnection,
    series: &[SeriesId],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for &series in series {
        query(FORGET_SERIES)
            .bind(number(series))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    series: SeriesId,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let removed: Vec<(i64, i64)> = query_as(REMOVE_CHUNKS)
        .bind(number(series))
        .fetch_all(&mut *transaction)
        .await?;
    let mut tally = ChunkTally::default();
    for (resolution_ms, bytes) in removed {
        tally.removed(resolution_ms, bytes);
    }
    for (resolution_ms, change) in tally.changes() {
        query(COUNTED_CHUNKS)
            .bind(resolution_ms)
            .bind(change.chunks)
            .bind(change.bytes)
            .bind(change.span_ms)
            .execute(&mut *transaction)
            .await?;
    }
    query(FORGET_SERIES)
        .bind(number(series))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

pub(super) async fn catalogue(readers: &SqlitePool) -> Result<Vec<SeriesRow>, sqlx::Error> {
    let rows: Vec<NameRow> = query_as(CATALOGUE).fetch_all(readers).await?;
    rows.into_iter().map(row_of).collect()
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    chunks: &[StoredChunk],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut tally = ChunkTally::default();
    for chunk in chunks {
        let replaced: Option<i64> = query_scalar(TAKE_CHUNK)
            .bind(number(chunk.series))
            .bind(chunk.resolution_ms)
            .bind(chunk.start_ms)
            .fetch_optional(&mut *transaction)
            .await?;
        tally.put(chunk, replaced);
        query(ADD_CHUNK)
            .bind(number(chunk.series))
            .bind(chunk.resolution_ms)
            .bind(chunk.start_ms)
            .bind(chunk.end_ms)
            .bind(chunk.count)
            .bind(chunk.data.as_slice())
            .execute(&mut *transaction)
            .await?;
    }
    for (resolution_ms, change) in tally.changes() {
        query(COUNTED_CHUNKS)
            .bind(resolution_ms)
            .bind(change.chunks)
            .bind(change.bytes)
            .bind(change.span_ms)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

pub(super) async fn chunks(
    readers: &SqlitePool,
    series: &[SeriesId],
    resolution_ms: u32,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<StoredChunk>, sqlx::Error> {
    let mut chunks = Vec::new();
    for &series in series {
        let mut behind = i64::MIN;
        loop {
            let page: Vec<ChunkRow> = query_as(CHUNKS)
                .bind(number(series))
                .bind(resolution_ms)
                .bind(from_ms.max(EARLIEST_MS))
                .bind(to_ms)
                .bind(behind)
                .bind(count(CHUNKS_PAGE_MAX))
                .fetch_all(readers)
                .await?;
            let is_last = page.len() < CHUNKS_PAGE_MAX;
            chunks.extend(
                page.into_iter()
                    .map(|row| chunk_of(series, resolution_ms, row)),
            );
            match chunks.last() {
                Some(last) if !is_last => behind = last.start_ms,
                _ => break,
            }
        }
    }
    Ok(chunks)
}

pub(super) async fn sealed(
    readers: &SqlitePool,
    resolution_ms: u32,
) -> Result<Vec<(SeriesId, i64)>, sqlx::Error> {
    let rows: Vec<(i32, Option<i64>)> = query_as(SEALED)
        .bind(resolution_ms)
        .fetch_all(readers)
        .await?;
    Ok(sealed_of(rows))
}

pub(super) async fn spans(readers: &SqlitePool) -> Result<Vec<Span>, sqlx::Error> {
    Ok(spans_of(query_as(SPANS).fetch_all(readers).await?))
}

pub(super) async fn oldest(
    readers: &SqlitePool,
    from_ms: i64,
) -> Result<Vec<(u32, i64)>, sqlx::Error> {
    let rows = query_as(OLDEST_CHUNKS)
        .bind(from_ms)
        .fetch_all(readers)
        .await?;
    Ok(oldest_of(rows))
}

pub(super) async fn expire(
    connection: &mut SqliteConnection,
    resolution_ms: u32,
    before_ms: i64,
    chunks_max: usize,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let removed: Vec<i64> = query_scalar(
        "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE resolution = $1 \
         AND end_at < $2 ORDER BY end_at LIMIT $3) RETURNING octet_length(data)",
    )
    .bind(resolution_ms)
    .bind(before_ms)
    .bind(count(chunks_max))
    .fetch_all(&mut *transaction)
    .await?;
    let chunks = count(removed.len());
    query(COUNTED_CHUNKS)
        .bind(resolution_ms)
        .bind(-chunks)
        .bind(-removed.iter().sum::<i64>())
        .bind(0)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(unsigned(chunks))
}

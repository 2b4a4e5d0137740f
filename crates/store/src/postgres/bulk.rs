use std::collections::BTreeMap;

use sqlx::{Connection as _, query, query_as};

use super::Connection;
use super::sql::add_sets;
use crate::integer::signed;
use crate::journal::stream_code;
use crate::series::{TierChanges, number};
use crate::{CommitExtras, Entry, ForgottenKey, IdempotencyKeyRow, StoredChunk};

/// One statement and so one transaction, in one round trip.
const COMMIT: &str = "WITH put AS (INSERT INTO journal SELECT * FROM \
     unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], \
     $6::text[], $7::text[]) \
     ON CONFLICT DO NOTHING RETURNING stream, seq, octet_length(body) AS length, host, channel), \
     chained AS (INSERT INTO chain SELECT stream, coalesce(channel, ''), coalesce(host, ''), \
     max(seq), 0 FROM put GROUP BY 1, 2, 3 ON CONFLICT (stream, channel, host) \
     DO UPDATE SET newest = greatest(chain.newest, excluded.newest)), \
     added AS (SELECT stream AS code, count(*) AS messages, sum(length) AS bytes, \
     max(seq) AS newest FROM put GROUP BY stream) \
     UPDATE stream SET newest = greatest(stream.newest, added.newest), \
     messages = stream.messages + added.messages, bytes = stream.bytes + added.bytes \
     FROM added WHERE stream.code = added.code";

const DELETE_CHUNKS: &str = "DELETE FROM chunk USING \
     unnest($1::integer[], $2::bigint[], $3::bigint[]) AS new (series, resolution, start_at) \
     WHERE chunk.series = new.series AND chunk.resolution = new.resolution \
     AND chunk.start_at = new.start_at \
     RETURNING chunk.series, chunk.resolution, chunk.start_at, octet_length(data)::bigint";

const ADD_CHUNKS: &str = "INSERT INTO chunk SELECT * FROM unnest($1::integer[], $2::bigint[], \
     $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])";

pub(super) const DELETE_OLDEST_CHUNKS: &str = "DELETE FROM chunk WHERE ctid = ANY(ARRAY(\
     SELECT ctid FROM chunk WHERE resolution = $1 AND end_at < $2 ORDER BY end_at LIMIT $3)) \
     RETURNING octet_length(data)::bigint";

const FORGET_KEYS: &str = "DELETE FROM idempotency_key USING \
     unnest($1::text[], $2::text[], $3::bigint[]) AS forgotten (owner, key, at) \
     WHERE idempotency_key.owner = forgotten.owner AND idempotency_key.key = forgotten.key \
     AND idempotency_key.at = forgotten.at";

const ADD_KEYS: &str = "INSERT INTO idempotency_key \
     (owner, key, digest, at, accepted, rejected, seq) \
     SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[], \
     $6::bigint[], $7::bigint[]) \
     ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, at = excluded.at, \
     accepted = excluded.accepted, rejected = excluded.rejected, seq = excluded.seq";

/// The values of one column, for a parameter that is an array.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

pub(super) async fn commit(
    connection: &mut Connection,
    entries: &[Entry],
    extras: &CommitExtras,
) -> Result<(), sqlx::Error> {
    if extras.is_empty() {
        return commit_entries(connection, entries).await;
    }
    let mut transaction = connection.begin().await?;
    add_sets(&mut transaction, &extras.sets).await?;
    forget_keys(&mut transaction, &extras.forgotten).await?;
    add_keys(&mut transaction, &extras.keys).await?;
    commit_entries(&mut transaction, entries).await?;
    transaction.commit().await
}

async fn commit_entries(connection: &mut Connection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    query(COMMIT)
        .bind(column(entries, |entry| signed(entry.seq)))
        .bind(column(entries, |entry| signed(entry.prev)))
        .bind(column(entries, |entry| stream_code(entry.stream)))
        .bind(column(entries, |entry| entry.at_ms))
        .bind(column(entries, |entry| entry.body.as_str()))
        .bind(column(entries, |entry| entry.chain.host.as_deref()))
        .bind(column(entries, |entry| entry.chain.channel.as_deref()))
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes keys of requests: a database may be far away, so in one statement.
pub(super) async fn forget_keys(
    connection: &mut Connection,
    keys: &[ForgottenKey],
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    query(FORGET_KEYS)
        .bind(column(keys, |key| key.owner.as_str()))
        .bind(column(keys, |key| key.key.as_str()))
        .bind(column(keys, |key| key.at_ms))
        .execute(connection)
        .await
        .map(drop)
}

/// Adds keys of requests, none of them twice.
async fn add_keys(
    connection: &mut Connection,
    keys: &[IdempotencyKeyRow],
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    query(ADD_KEYS)
        .bind(column(keys, |row| row.owner.as_str()))
        .bind(column(keys, |row| row.key.as_str()))
        .bind(column(keys, |row| row.digest.as_slice()))
        .bind(column(keys, |row| row.at_ms))
        .bind(column(keys, |row| signed(row.accepted)))
        .bind(column(keys, |row| signed(row.rejected)))
        .bind(column(keys, |row| signed(row.seq)))
        .execute(connection)
        .await
        .map(drop)
}

/// Replaces the body of a message.
pub(super) async fn replace(
    connection: &mut Connection,
    seq: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    let update = query("UPDATE journal SET body = $2 WHERE seq = $1");
    let update = update.bind(seq).bind(body);
    update.execute(connection).await.map(drop)
}

type Key = (i32, i64, i64);

fn key(chunk: &StoredChunk) -> Key {
    let resolution_ms = i64::from(chunk.resolution_ms);
    (number(chunk.series), resolution_ms, chunk.start_ms)
}

pub(super) async fn put_chunks(
    connection: &mut Connection,
    chunks: &[StoredChunk],
) -> Result<TierChanges, sqlx::Error> {
    // Of two with the same key the later one stays, as if they were written one after the other.
    let chunks: BTreeMap<Key, _> = chunks.iter().map(|chunk| (key(chunk), chunk)).collect();
    let chunks: Vec<&StoredChunk> = chunks.into_values().collect();
    let series = column(&chunks, |chunk| number(chunk.series));
    let resolutions = column(&chunks, |chunk| i64::from(chunk.resolution_ms));
    let starts = column(&chunks, |chunk| chunk.start_ms);
    let replaced: Vec<(i32, i64, i64, i64)> = query_as(DELETE_CHUNKS)
        .bind(&series)
        .bind(&resolutions)
        .bind(&starts)
        .fetch_all(&mut *connection)
        .await?;
    let replaced: BTreeMap<Key, i64> = replaced
        .into_iter()
        .map(|(series, resolution, start, bytes)| ((series, resolution, start), bytes))
        .collect();
    let mut changes = TierChanges::default();
    for chunk in &chunks {
        changes.put(chunk, replaced.get(&key(chunk)).copied());
    }
    query(ADD_CHUNKS)
        .bind(&series)
        .bind(&resolutions)
        .bind(&starts)
        .bind(column(&chunks, |chunk| chunk.end_ms))
        .bind(column(&chunks, |chunk| i64::from(chunk.count)))
        .bind(column(&chunks, |chunk| chunk.data.as_slice()))
        .execute(connection)
        .await?;
    Ok(changes)
}

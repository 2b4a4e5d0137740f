use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::Stream;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::sql::add_sets;
use super::{BEGIN, Connection};
use crate::integer::signed;
use crate::journal::{ADD_TO_STREAM, RAISE_NEWEST, StreamChanges, stream_code};
use crate::series::{TierChanges, number};
use crate::{ChainName, CommitExtras, Entry, ForgottenKey, IdempotencyKeyRow, StoredChunk};

/// Each statement is a round trip to the thread that has the connection, so messages are inserted
/// together; and so few that the statements of all lengths fit into the connection's cache.
const ROWS_PER_INSERT: usize = 64;

/// Chunks of one statement, for the same reasons.
const CHUNKS_PER_INSERT: usize = 25;
/// The same for deletions.
const CHUNKS_PER_DELETE: usize = 50;

const RAISE_CHAIN_NEWEST: &str = "INSERT INTO chain VALUES ($1, $2, $3, $4, 0) \
     ON CONFLICT (stream, channel, host) DO UPDATE SET newest = max(newest, excluded.newest)";

const FORGET_KEY: &str = "DELETE FROM idempotency_key WHERE owner = $1 AND key = $2 AND at = $3";

const ADD_KEY: &str = "INSERT INTO idempotency_key \
     (owner, key, digest, at, accepted, rejected, seq) VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, at = excluded.at, \
     accepted = excluded.accepted, rejected = excluded.rejected, seq = excluded.seq";

pub(super) const DELETE_OLDEST_CHUNKS: &str = "DELETE FROM chunk WHERE id IN \
     (SELECT id FROM chunk WHERE resolution = $1 AND end_at < $2 ORDER BY end_at LIMIT $3) \
     RETURNING octet_length(data)";

pub(super) async fn commit(
    connection: &mut Connection,
    entries: &[Entry],
    extras: &CommitExtras,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    add_sets(&mut transaction, &extras.sets).await?;
    forget_keys(&mut transaction, &extras.forgotten).await?;
    add_keys(&mut transaction, &extras.keys).await?;
    let stored = stored(&mut transaction, entries).await?;
    let is_new = |entry: &&Entry| !stored.contains(&signed(entry.seq));
    let new: Vec<_> = entries.iter().filter(is_new).collect();
    let mut changes = StreamChanges::default();
    for rows in new.chunks(ROWS_PER_INSERT) {
        let sql = insert(rows.len());
        let mut insert = query(&sql);
        for entry in rows {
            changes.add(entry);
            insert = insert
                .bind(signed(entry.seq))
                .bind(signed(entry.prev))
                .bind(stream_code(entry.stream))
                .bind(entry.at_ms)
                .bind(match entry.stream {
                    // In a table of its own, see `replace`.
                    Stream::Rooms => "",
                    _ => entry.body.as_str(),
                })
                .bind(entry.chain.host.as_deref())
                .bind(entry.chain.channel.as_deref());
        }
        insert.execute(&mut *transaction).await?;
    }
    for entry in new.iter().filter(|entry| entry.stream == Stream::Rooms) {
        add_room_body(&mut transaction, signed(entry.seq), &entry.body).await?;
    }
    for (stream, change) in changes.iter() {
        query(ADD_TO_STREAM)
            .bind(stream_code(stream))
            .bind(change.messages)
            .bind(change.bytes)
            .execute(&mut *transaction)
            .await?;
        query(RAISE_NEWEST)
            .bind(stream_code(stream))
            .bind(signed(change.newest_seq))
            .execute(&mut *transaction)
            .await?;
    }
    for ((stream, chain), newest) in newest_of_chains(&new) {
        query(RAISE_CHAIN_NEWEST)
            .bind(stream_code(stream))
            .bind(chain.channel.as_deref().unwrap_or_default())
            .bind(chain.host.as_deref().unwrap_or_default())
            .bind(signed(newest))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// Deletes keys of requests.
pub(super) async fn forget_keys(
    connection: &mut Connection,
    keys: &[ForgottenKey],
) -> Result<(), sqlx::Error> {
    for key in keys {
        query(FORGET_KEY)
            .bind(key.owner.as_str())
            .bind(key.key.as_str())
            .bind(key.at_ms)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Adds keys of requests.
async fn add_keys(
    connection: &mut Connection,
    keys: &[IdempotencyKeyRow],
) -> Result<(), sqlx::Error> {
    for row in keys {
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

async fn add_room_body(
    connection: &mut Connection,
    seq: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO room_body (seq, body) VALUES ($1, $2)";
    let insert = query(sql).bind(seq).bind(body);
    insert.execute(connection).await.map(drop)
}

/// Replaces the body of a message of the stream `rooms`. One of the same length is written in its place, and the new
/// one is added at the end: if the row grew, SQLite would move those beside it, and leave copies of them in free space.
pub(super) async fn replace(
    connection: &mut Connection,
    seq: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    let newest: Option<(i64, i64)> = query_as(
        "SELECT id, octet_length(body) FROM room_body WHERE seq = $1 ORDER BY id DESC LIMIT 1",
    )
    .bind(seq)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some((id, length)) = newest {
        let blank = " ".repeat(usize::try_from(length).unwrap_or(0));
        query("UPDATE room_body SET body = $2 WHERE id = $1")
            .bind(id)
            .bind(blank)
            .execute(&mut *connection)
            .await?;
    }
    add_room_body(connection, seq, body).await
}

/// The newest number that each chain gets.
fn newest_of_chains<'a>(new: &[&'a Entry]) -> HashMap<(Stream, &'a ChainName), u64> {
    let mut newest = HashMap::new();
    for entry in new {
        let seq: &mut u64 = newest.entry((entry.stream, &entry.chain)).or_default();
        *seq = entry.seq.max(*seq);
    }
    newest
}

/// Those of the numbers that are stored already: none, unless a commit is repeated.
async fn stored(
    connection: &mut Connection,
    entries: &[Entry],
) -> Result<HashSet<i64>, sqlx::Error> {
    let seqs = entries.iter().map(|entry| signed(entry.seq));
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(HashSet::new());
    };
    let stored = query_scalar("SELECT seq FROM journal WHERE seq BETWEEN $1 AND $2")
        .bind(first)
        .bind(last)
        .fetch_all(connection)
        .await?;
    Ok(stored.into_iter().collect())
}

/// The statement for so many messages. Each length is prepared once.
fn insert(rows: usize) -> String {
    let mut sql = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)".to_owned();
    for _ in 1..rows {
        sql.push_str(", (?, ?, ?, ?, ?, ?, ?)");
    }
    sql
}

pub(super) async fn put_chunks(
    connection: &mut Connection,
    chunks: &[StoredChunk],
) -> Result<TierChanges, sqlx::Error> {
    // Of two with the same key the later one stays.
    let chunks: BTreeMap<_, _> = chunks.iter().map(|chunk| (key(chunk), chunk)).collect();
    let chunks: Vec<&StoredChunk> = chunks.into_values().collect();
    let mut replaced: HashMap<(u32, i64, i32), i64> = HashMap::new();
    for same in chunks.chunk_by(|a, b| key(a).0 == key(b).0 && key(a).1 == key(b).1) {
        for some in same.chunks(CHUNKS_PER_DELETE) {
            delete(connection, some, &mut replaced).await?;
        }
    }
    let mut changes = TierChanges::default();
    for rows in chunks.chunks(CHUNKS_PER_INSERT) {
        let sql = insert_chunks(rows.len());
        let mut insert = query(&sql);
        for chunk in rows {
            changes.put(chunk, replaced.get(&key(chunk)).copied());
            insert = insert
                .bind(number(chunk.series))
                .bind(chunk.resolution_ms)
                .bind(chunk.start_ms)
                .bind(chunk.end_ms)
                .bind(chunk.count)
                .bind(chunk.data.as_slice());
        }
        insert.execute(&mut *connection).await?;
    }
    Ok(changes)
}

fn key(chunk: &StoredChunk) -> (u32, i64, i32) {
    (chunk.resolution_ms, chunk.start_ms, number(chunk.series))
}

/// Deletes chunks of one resolution and start, and adds the length of each to `replaced`.
async fn delete(
    connection: &mut Connection,
    chunks: &[&StoredChunk],
    replaced: &mut HashMap<(u32, i64, i32), i64>,
) -> Result<(), sqlx::Error> {
    let Some(first) = chunks.first() else {
        return Ok(());
    };
    let count = match chunks.len() {
        1 => 1,
        _ => CHUNKS_PER_DELETE,
    };
    let sql = delete_chunks(count);
    let mut delete = query_as(&sql)
        .bind(first.resolution_ms)
        .bind(first.start_ms);
    // Repeated, so that there are few statements to prepare.
    let repeated = chunks.iter().chain(std::iter::repeat(first)).take(count);
    for chunk in repeated {
        delete = delete.bind(number(chunk.series));
    }
    let deleted: Vec<(i32, i64)> = delete.fetch_all(connection).await?;
    let (resolution_ms, start_ms, _) = key(first);
    let deleted = deleted.into_iter();
    replaced.extend(deleted.map(|(series, bytes)| ((resolution_ms, start_ms, series), bytes)));
    Ok(())
}

/// The statement that deletes the chunks of so many series at a resolution and start.
fn delete_chunks(series: usize) -> String {
    format!(
        "DELETE FROM chunk WHERE resolution = ? AND start_at = ? AND series IN (?{}) \
         RETURNING series, octet_length(data)",
        ", ?".repeat(series - 1)
    )
}

/// The statement for so many chunks.
fn insert_chunks(rows: usize) -> String {
    let mut sql = "INSERT INTO chunk (series, resolution, start_at, end_at, samples, data) \
                   VALUES (?, ?, ?, ?, ?, ?)"
        .to_owned();
    for _ in 1..rows {
        sql.push_str(", (?, ?, ?, ?, ?, ?)");
    }
    sql
}

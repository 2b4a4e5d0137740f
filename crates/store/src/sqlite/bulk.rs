use std::collections::{HashMap, HashSet};

use protocol::Stream;
use sqlx::{Connection as _, query, query_scalar};

use super::{BEGIN, Connection};
use crate::integer::signed;
use crate::journal::{ADD_TO_STREAM, RAISE_NEWEST, StreamChanges, stream_code};
use crate::series::{TierChanges, number};
use crate::{ChainName, Entry, StoredChunk};

/// Each statement is a round trip to the thread that has the connection, so messages are inserted
/// together; and so few that the statements of all lengths fit into the connection's cache.
const ROWS_PER_INSERT: usize = 64;

const RAISE_CHAIN_NEWEST: &str = "INSERT INTO chain VALUES ($1, $2, $3, $4, 0) \
     ON CONFLICT (stream, channel, host) DO UPDATE SET newest = max(newest, excluded.newest)";

const DELETE_CHUNK: &str = "DELETE FROM chunk WHERE series = $1 AND resolution = $2 \
     AND start_at = $3 RETURNING octet_length(data)";

const ADD_CHUNK: &str = "INSERT INTO chunk \
     (series, resolution, start_at, end_at, samples, data) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const DELETE_OLDEST_CHUNKS: &str = "DELETE FROM chunk WHERE id IN \
     (SELECT id FROM chunk WHERE resolution = $1 AND end_at < $2 ORDER BY end_at LIMIT $3) \
     RETURNING octet_length(data)";

pub(super) async fn commit(
    connection: &mut Connection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
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
                .bind(entry.body.as_str())
                .bind(entry.chain.host.as_deref())
                .bind(entry.chain.channel.as_deref());
        }
        insert.execute(&mut *transaction).await?;
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
    let mut changes = TierChanges::default();
    for chunk in chunks {
        let replaced_bytes: Option<i64> = query_scalar(DELETE_CHUNK)
            .bind(number(chunk.series))
            .bind(chunk.resolution_ms)
            .bind(chunk.start_ms)
            .fetch_optional(&mut *connection)
            .await?;
        changes.put(chunk, replaced_bytes);
        query(ADD_CHUNK)
            .bind(number(chunk.series))
            .bind(chunk.resolution_ms)
            .bind(chunk.start_ms)
            .bind(chunk.end_ms)
            .bind(chunk.count)
            .bind(chunk.data.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(changes)
}

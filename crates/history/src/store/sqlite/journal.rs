use std::collections::HashSet;

use protocol::Stream;
use sqlx::{Connection, SqliteConnection, query, query_as, query_scalar};

use super::reading;
use crate::store::code::{code, count, signed, unsigned};
use crate::store::expiry::{Candidate, cut, further};
use crate::store::state::jump;
use crate::store::statements::{
    ABOUT, ADD_JUMP, COUNTED, EARLIEST, OLDEST, RAISE_HORIZON, RAISE_NEWEST, REMOVE,
};
use crate::store::tally::Tally;
use crate::store::{Entry, Start};

/// Takes the lock at once: one that is taken with the first write can fail half-way.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Each statement is a journey to the thread that has the connection and back, so messages go
/// together; and few enough that the statements of all lengths fit into the connection's cache.
const ROWS_AT_ONCE: usize = 64;

pub(super) async fn start(connection: &mut SqliteConnection) -> Result<Start, sqlx::Error> {
    let (epoch, reserved, clean): (String, i64, bool) =
        query_as(ABOUT).fetch_one(&mut *connection).await?;
    let newest = reading::kept(&mut *connection).await?.newest_seq();
    let jumped = jump(newest, unsigned(reserved));
    if let Some(jump) = jumped {
        query(ADD_JUMP)
            .bind(signed(jump.after))
            .bind(signed(jump.up_to))
            .execute(&mut *connection)
            .await?;
    }
    Ok(Start {
        epoch,
        next_seq: newest.max(unsigned(reserved)) + 1,
        was_clean: clean,
        jumped,
        kept: reading::kept(connection).await?,
    })
}

pub(super) async fn reserve(
    connection: &mut SqliteConnection,
    up_to: u64,
) -> Result<(), sqlx::Error> {
    let sql = "UPDATE about SET reserved = max(reserved, $1), clean = 0";
    synced(connection, sql, up_to).await
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    head: u64,
) -> Result<(), sqlx::Error> {
    synced(
        connection,
        "UPDATE about SET reserved = $1, clean = 1",
        head,
    )
    .await
}

/// One write that is on the disk, and with it all before it, when this returns. Should it be
/// dropped half-way, the connection goes and the setting with it.
async fn synced(
    connection: &mut SqliteConnection,
    sql: &str,
    number: u64,
) -> Result<(), sqlx::Error> {
    query("PRAGMA synchronous = FULL")
        .execute(&mut *connection)
        .await?;
    query(sql)
        .bind(signed(number))
        .execute(&mut *connection)
        .await?;
    query("PRAGMA synchronous = NORMAL")
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let known = known(&mut transaction, entries).await?;
    let is_new = |entry: &&Entry| !known.contains(&signed(entry.seq));
    let new: Vec<_> = entries.iter().filter(is_new).collect();
    let mut tally = Tally::default();
    for rows in new.chunks(ROWS_AT_ONCE) {
        let sql = insert(rows.len());
        let mut insert = query(&sql);
        for entry in rows {
            tally.add(entry);
            insert = insert
                .bind(signed(entry.seq))
                .bind(signed(entry.prev))
                .bind(code(entry.stream))
                .bind(entry.at_ms)
                .bind(entry.body.as_str());
        }
        insert.execute(&mut *transaction).await?;
    }
    for (stream, added) in tally.added() {
        query(COUNTED)
            .bind(code(stream))
            .bind(added.messages)
            .bind(added.bytes)
            .execute(&mut *transaction)
            .await?;
        query(RAISE_NEWEST)
            .bind(code(stream))
            .bind(signed(added.newest_seq))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// Those of the numbers that are kept already: none, unless a commit is repeated.
async fn known(
    connection: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashSet<i64>, sqlx::Error> {
    let seqs = entries.iter().map(|entry| signed(entry.seq));
    let (Some(first), Some(last)) = (seqs.clone().min(), seqs.max()) else {
        return Ok(HashSet::new());
    };
    let known = query_scalar("SELECT seq FROM journal WHERE seq BETWEEN $1 AND $2")
        .bind(first)
        .bind(last)
        .fetch_all(connection)
        .await?;
    Ok(known.into_iter().collect())
}

/// The statement for so many messages. Each length is prepared once.
fn insert(rows: usize) -> String {
    let mut sql = "INSERT INTO journal VALUES (?, ?, ?, ?, ?)".to_owned();
    for _ in 1..rows {
        sql.push_str(", (?, ?, ?, ?, ?)");
    }
    sql
}

pub(super) async fn forgo(
    connection: &mut SqliteConnection,
    streams: &[(Stream, u64)],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    for &(stream, seq) in streams {
        for raise in [RAISE_NEWEST, RAISE_HORIZON] {
            query(raise)
                .bind(code(stream))
                .bind(signed(seq))
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await
}

pub(super) async fn expire(
    connection: &mut SqliteConnection,
    stream: Stream,
    before_ms: i64,
    messages_max: usize,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let earliest: Option<i64> = query_scalar(EARLIEST)
        .bind(code(stream))
        .fetch_one(&mut *transaction)
        .await?;
    if earliest.is_none_or(|at_ms| at_ms >= before_ms) {
        return Ok(0);
    }
    let mut looked = messages_max;
    let cut = loop {
        let oldest: Vec<Candidate> = query_as(OLDEST)
            .bind(code(stream))
            .bind(count(looked))
            .fetch_all(&mut *transaction)
            .await?;
        if let Some(cut) = cut(&oldest, before_ms, messages_max) {
            break cut;
        }
        match further(looked, messages_max) {
            Some(next) if oldest.len() == looked => looked = next,
            _ => return Ok(0),
        }
    };
    for sql in [REMOVE, RAISE_HORIZON] {
        query(sql)
            .bind(code(stream))
            .bind(cut.up_to)
            .execute(&mut *transaction)
            .await?;
    }
    query(COUNTED)
        .bind(code(stream))
        .bind(-cut.messages)
        .bind(-cut.bytes)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(unsigned(cut.messages))
}

/// Writes what is there already: it takes the lock and the log's room, and changes nothing.
pub(super) async fn try_to_write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    query("UPDATE about SET clean = clean")
        .execute(connection)
        .await?;
    Ok(())
}

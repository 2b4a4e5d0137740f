use protocol::Stream;
use sqlx::{Connection, PgConnection, query, query_as, query_scalar};

use super::reading;
use crate::store::code::{code, count, signed, unsigned};
use crate::store::expiry::{Candidate, cut, further};
use crate::store::state::jump;
use crate::store::statements::{
    ABOUT, ADD_JUMP, COUNTED, EARLIEST, OLDEST, RAISE_HORIZON, RAISE_NEWEST, REMOVE,
};
use crate::store::{Entry, Start};

pub(super) async fn start(connection: &mut PgConnection) -> Result<Start, sqlx::Error> {
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

pub(super) async fn reserve(connection: &mut PgConnection, up_to: u64) -> Result<(), sqlx::Error> {
    query("UPDATE about SET reserved = greatest(reserved, $1), clean = false")
        .bind(signed(up_to))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn finish(connection: &mut PgConnection, head: u64) -> Result<(), sqlx::Error> {
    query("UPDATE about SET reserved = $1, clean = true")
        .bind(signed(head))
        .execute(connection)
        .await?;
    Ok(())
}

/// One statement and so one transaction, in one journey to the database and back.
const COMMIT: &str = "WITH put AS (INSERT INTO journal SELECT * FROM \
     unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[]) \
     ON CONFLICT DO NOTHING RETURNING stream, seq, octet_length(body) AS length), \
     added AS (SELECT stream AS code, count(*) AS messages, sum(length) AS bytes, \
     max(seq) AS newest FROM put GROUP BY stream) \
     UPDATE stream SET newest = greatest(stream.newest, added.newest), \
     messages = stream.messages + added.messages, bytes = stream.bytes + added.bytes \
     FROM added WHERE stream.code = added.code";

pub(super) async fn commit(
    connection: &mut PgConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let entries = entries.iter();
    query(COMMIT)
        .bind(
            entries
                .clone()
                .map(|entry| signed(entry.seq))
                .collect::<Vec<_>>(),
        )
        .bind(
            entries
                .clone()
                .map(|entry| signed(entry.prev))
                .collect::<Vec<_>>(),
        )
        .bind(
            entries
                .clone()
                .map(|entry| code(entry.stream))
                .collect::<Vec<_>>(),
        )
        .bind(entries.clone().map(|entry| entry.at_ms).collect::<Vec<_>>())
        .bind(entries.map(|entry| entry.body.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn forgo(
    connection: &mut PgConnection,
    streams: &[(Stream, u64)],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
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
    connection: &mut PgConnection,
    stream: Stream,
    before_ms: i64,
    messages_max: usize,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
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

/// Writes what is there already: it takes the row's lock, and changes nothing.
pub(super) async fn try_to_write(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    query("UPDATE about SET clean = clean")
        .execute(connection)
        .await?;
    Ok(())
}

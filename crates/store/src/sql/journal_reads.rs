use protocol::Stream;
use sqlx::query_as;

use super::{Connection, Pool};
use crate::integer::{count, signed};
use crate::journal::{
    Budget, JUMPS, STREAMS, StreamRow, Visible, after_sql, at_sql, bind_visible, entries_of,
    log_state_of, page_sql, range_sql, stream_code, tail_sql,
};
use crate::{Entry, LogState, PAGE_MESSAGES_MAX, RangePage};
use access::Access;

pub(super) async fn after(
    readers: &Pool,
    access: &Access,
    seq: u64,
    streams: &[Stream],
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let streams = visible_of(access, streams);
    let budget = Budget::new(messages_max, bytes_max);
    merged(readers, &streams, after_sql(&streams), seq, budget).await
}

pub(super) async fn tail(
    readers: &Pool,
    access: &Access,
    streams: &[Stream],
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let streams = visible_of(access, streams);
    let budget = Budget::new(messages_max, bytes_max);
    let mut entries = merged(readers, &streams, tail_sql(&streams), u64::MAX, budget).await?;
    entries.reverse();
    Ok(entries)
}

/// What may be seen of each stream of which anything may be seen.
fn visible_of(access: &Access, streams: &[Stream]) -> Vec<(Stream, Visible)> {
    let streams = streams
        .iter()
        .map(|&stream| (stream, Visible::of(access, stream)));
    streams
        .filter(|(_, visible)| !visible.is_nothing())
        .collect()
}

/// Reads from a position on, in pages, so that no read lasts long.
async fn merged(
    readers: &Pool,
    streams: &[(Stream, Visible)],
    sql: String,
    from_seq: u64,
    mut budget: Budget,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut seq = from_seq;
    while budget.messages() > 0 && !streams.is_empty() {
        let limit = budget.messages().min(PAGE_MESSAGES_MAX);
        let mut page = query_as(&sql).bind(signed(seq)).bind(count(limit));
        for (stream, visible) in streams {
            page = bind_visible!(page.bind(stream_code(*stream)), visible);
        }
        if budget.read(page.fetch(readers)).await? < limit {
            break;
        }
        seq = budget.entries.last().map_or(seq, |last| last.seq);
    }
    Ok(budget.entries)
}

pub(super) async fn page(
    readers: &Pool,
    access: &Access,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let visible = Visible::of(access, stream);
    if visible.is_nothing() {
        return Ok(Vec::new());
    }
    let sql = page_sql(&visible);
    let rows = query_as(&sql)
        .bind(stream_code(stream))
        .bind(signed(before_seq))
        .bind(count(messages_max.min(PAGE_MESSAGES_MAX)));
    let rows = bind_visible!(rows, visible).fetch_all(readers).await?;
    entries_of(rows)
}

pub(super) async fn at(
    readers: &Pool,
    access: &Access,
    stream: Stream,
    at_ms: i64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let visible = Visible::of(access, stream);
    if visible.is_nothing() {
        return Ok(Vec::new());
    }
    let sql = at_sql(&visible);
    let rows = query_as(&sql)
        .bind(stream_code(stream))
        .bind(at_ms)
        .bind(count(messages_max.min(PAGE_MESSAGES_MAX)));
    let rows = bind_visible!(rows, visible).fetch_all(readers).await?;
    entries_of(rows)
}

pub(super) async fn range(
    readers: &Pool,
    access: &Access,
    page: &RangePage,
) -> Result<Vec<Entry>, sqlx::Error> {
    let (at_ms, seq) = page.position();
    let visible = Visible::of(access, page.stream);
    if visible.is_nothing() {
        return Ok(Vec::new());
    }
    let sql = range_sql(&visible);
    let rows = query_as(&sql)
        .bind(stream_code(page.stream))
        .bind(page.to_ms)
        .bind(at_ms)
        .bind(seq)
        .bind(count(page.messages_max.min(PAGE_MESSAGES_MAX)));
    let rows = bind_visible!(rows, visible).fetch_all(readers).await?;
    entries_of(rows)
}

pub(super) async fn log_state(connection: &mut Connection) -> Result<LogState, sqlx::Error> {
    let streams: Vec<StreamRow> = query_as(STREAMS).fetch_all(&mut *connection).await?;
    let jumps: Vec<(i64, i64)> = query_as(JUMPS)
        .bind(count(LogState::JUMPS_MAX))
        .fetch_all(connection)
        .await?;
    Ok(log_state_of(streams, jumps))
}

use protocol::Stream;
use sqlx::query_as;

use super::{Connection, Pool};
use crate::integer::{count, signed};
use crate::journal::{
    AT, Budget, JUMPS, PAGE, RANGE, STREAMS, StreamRow, TAIL, after_sql, entries_of, log_state_of,
    stream_code,
};
use crate::{Entry, LogState, PAGE_MESSAGES_MAX, RangePage};

pub(super) async fn after(
    readers: &Pool,
    seq: u64,
    streams: &[Stream],
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut budget = Budget::new(messages_max, bytes_max);
    if streams.is_empty() {
        return Ok(budget.entries);
    }
    let sql = after_sql(streams.len());
    let mut seq = seq;
    // In pages, so that no read lasts long.
    while budget.messages() > 0 {
        let limit = budget.messages().min(PAGE_MESSAGES_MAX);
        let mut page = query_as(&sql).bind(signed(seq)).bind(count(limit));
        for &stream in streams {
            page = page.bind(stream_code(stream));
        }
        if budget.read(page.fetch(readers)).await? < limit {
            break;
        }
        seq = budget.entries.last().map_or(seq, |last| last.seq);
    }
    Ok(budget.entries)
}

pub(super) async fn tail(
    readers: &Pool,
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut budget = Budget::new(messages_max, bytes_max);
    let mut before = u64::MAX;
    while budget.messages() > 0 {
        let limit = budget.messages().min(PAGE_MESSAGES_MAX);
        let page = query_as(TAIL).bind(signed(before)).bind(count(limit));
        if budget.read(page.fetch(readers)).await? < limit {
            break;
        }
        before = budget.entries.last().map_or(before, |last| last.seq);
    }
    budget.entries.reverse();
    Ok(budget.entries)
}

pub(super) async fn page(
    readers: &Pool,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query_as(PAGE)
        .bind(stream_code(stream))
        .bind(signed(before_seq))
        .bind(count(messages_max.min(PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
    entries_of(rows)
}

pub(super) async fn at(
    readers: &Pool,
    stream: Stream,
    at_ms: i64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query_as(AT)
        .bind(stream_code(stream))
        .bind(at_ms)
        .bind(count(messages_max.min(PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
    entries_of(rows)
}

pub(super) async fn range(readers: &Pool, page: &RangePage) -> Result<Vec<Entry>, sqlx::Error> {
    let (at_ms, seq) = page.position();
    let rows = query_as(RANGE)
        .bind(stream_code(page.stream))
        .bind(page.to_ms)
        .bind(at_ms)
        .bind(seq)
        .bind(count(page.messages_max.min(PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
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

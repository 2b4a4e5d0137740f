use protocol::Stream;
use sqlx::{SqliteConnection, SqlitePool, query_as, query_scalar};

use crate::store::code::{Budget, code, count, entries, signed};
use crate::store::state::{StreamRow, kept_of};
use crate::store::statements::{self, AT, JUMPS, OLDEST_MOMENT, PAGE, RANGE, STREAMS, TAIL};
use crate::store::{Entry, Kept, RangePage};

pub(super) async fn after(
    readers: &SqlitePool,
    seq: u64,
    streams: &[Stream],
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut budget = Budget::new(messages_max, bytes_max);
    if streams.is_empty() {
        return Ok(budget.read);
    }
    let sql = statements::after(streams.len());
    let mut seq = seq;
    // In pages, so that no read lasts long.
    while budget.messages() > 0 {
        let wanted = budget.messages().min(Kept::PAGE_MESSAGES_MAX);
        let mut page = query_as(&sql).bind(signed(seq)).bind(count(wanted));
        for &stream in streams {
            page = page.bind(code(stream));
        }
        if budget.take(page.fetch(readers)).await? < wanted {
            break;
        }
        seq = budget.read.last().map_or(seq, |last| last.seq);
    }
    Ok(budget.read)
}

pub(super) async fn tail(
    readers: &SqlitePool,
    messages_max: usize,
    bytes_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut budget = Budget::new(messages_max, bytes_max);
    let mut before = u64::MAX;
    while budget.messages() > 0 {
        let wanted = budget.messages().min(Kept::PAGE_MESSAGES_MAX);
        let page = query_as(TAIL).bind(signed(before)).bind(count(wanted));
        if budget.take(page.fetch(readers)).await? < wanted {
            break;
        }
        before = budget.read.last().map_or(before, |last| last.seq);
    }
    budget.read.reverse();
    Ok(budget.read)
}

pub(super) async fn page(
    readers: &SqlitePool,
    stream: Stream,
    before_seq: u64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query_as(PAGE)
        .bind(code(stream))
        .bind(signed(before_seq))
        .bind(count(messages_max.min(Kept::PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
    entries(rows)
}

pub(super) async fn at(
    readers: &SqlitePool,
    stream: Stream,
    at_ms: i64,
    messages_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query_as(AT)
        .bind(code(stream))
        .bind(at_ms)
        .bind(count(messages_max.min(Kept::PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
    entries(rows)
}

pub(super) async fn range(
    readers: &SqlitePool,
    page: &RangePage,
) -> Result<Vec<Entry>, sqlx::Error> {
    let (at_ms, seq) = page.behind_what();
    let rows = query_as(RANGE)
        .bind(code(page.stream))
        .bind(page.to_ms)
        .bind(at_ms)
        .bind(seq)
        .bind(count(page.messages_max.min(Kept::PAGE_MESSAGES_MAX)))
        .fetch_all(readers)
        .await?;
    entries(rows)
}

pub(super) async fn oldest(readers: &SqlitePool) -> Result<Option<i64>, sqlx::Error> {
    query_scalar(OLDEST_MOMENT).fetch_one(readers).await
}

pub(super) async fn kept(connection: &mut SqliteConnection) -> Result<Kept, sqlx::Error> {
    let streams: Vec<StreamRow> = query_as(STREAMS).fetch_all(&mut *connection).await?;
    let jumps: Vec<(i64, i64)> = query_as(JUMPS)
        .bind(count(Kept::JUMPS_MAX))
        .fetch_all(connection)
        .await?;
    Ok(kept_of(streams, jumps))
}

use std::path::Path;

use sqlx::{SqliteConnection, query, query_as, query_scalar};

use super::inspect::{length, log_of};
use crate::store::Fill;
use crate::store::code::unsigned;
use crate::store::fill::{ShareRow, TierRow, shares_of, tiers_of};
use crate::store::statements::{SHARES, TIERS};

/// So many free pages are kept for what comes next; beyond it the disk gets them back.
const FREE_PAGES_MAX: i64 = 4096;

/// Given back at a time, so that a commit does not wait long: 1 MiB.
const GIVEN_BACK_PAGES: i64 = 256;

pub(super) async fn give_back(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let free: i64 = query_scalar("PRAGMA freelist_count")
        .fetch_one(&mut *connection)
        .await?;
    if free > FREE_PAGES_MAX {
        let sql = format!("PRAGMA incremental_vacuum({GIVEN_BACK_PAGES})");
        query(&sql).execute(connection).await?;
    }
    Ok(())
}

pub(super) async fn fill(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<Fill, sqlx::Error> {
    let mut numbers = [0; 3];
    for (number, pragma) in numbers
        .iter_mut()
        .zip(["page_size", "page_count", "freelist_count"])
    {
        let sql = format!("PRAGMA {pragma}");
        let said: i64 = query_scalar(&sql).fetch_one(&mut *connection).await?;
        *number = unsigned(said);
    }
    let [page_bytes, pages, free] = numbers;
    let shares: Vec<ShareRow> = query_as(SHARES).fetch_all(&mut *connection).await?;
    let tiers: Vec<TierRow> = query_as(TIERS).fetch_all(connection).await?;
    let log_bytes = length(&log_of(file));
    Ok(Fill {
        used_bytes: pages.saturating_sub(free) * page_bytes,
        disk_bytes: pages * page_bytes + log_bytes,
        streams: shares_of(shares),
        tiers: tiers_of(tiers),
    })
}

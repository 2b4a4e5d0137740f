use protocol::Stream;
use sqlx::{PgConnection, query_as, query_scalar};

use super::connect::SCHEMA;
use crate::store::Fill;
use crate::store::code::unsigned;
use crate::store::fill::{Share, ShareRow, TierRow, shares_of, tiers_of};
use crate::store::statements::{SHARES, TIERS};

/// What a row takes beyond its body or data: its header, its numbers and its place in the indices.
const ROW_BYTES: u64 = 140;

pub(super) async fn fill(connection: &mut PgConnection) -> Result<Fill, sqlx::Error> {
    let shares: Vec<ShareRow> = query_as(SHARES).fetch_all(&mut *connection).await?;
    let tiers: Vec<TierRow> = query_as(TIERS).fetch_all(&mut *connection).await?;
    let disk_bytes: i64 = query_scalar(
        "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class \
         JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind = 'r'",
    )
    .bind(SCHEMA)
    .fetch_one(connection)
    .await?;
    let streams: [Share; Stream::COUNT] = shares_of(shares);
    let tiers = tiers_of(tiers);
    let parts = streams.iter().chain(tiers.iter().map(|tier| &tier.share));
    Ok(Fill {
        used_bytes: parts.map(|part| part.bytes + part.rows * ROW_BYTES).sum(),
        disk_bytes: unsigned(disk_bytes),
        streams,
        tiers,
    })
}

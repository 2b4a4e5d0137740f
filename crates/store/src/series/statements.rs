//! SQL that both databases understand.

pub(crate) const FIND_SERIES: &str =
    "SELECT id, unit, is_counter FROM series WHERE host = $1 AND name = $2 AND labels = $3";

pub(crate) const ADD_SERIES: &str = "INSERT INTO series (host, name, labels, unit, is_counter) VALUES ($1, $2, $3, $4, $5) RETURNING id";

pub(crate) const SET_UNIT: &str =
    "UPDATE series SET unit = coalesce($2, unit), is_counter = $3 WHERE id = $1";

pub(crate) const DELETE_UNUSED_SERIES: &str = "DELETE FROM series WHERE id = $1 \
     AND NOT EXISTS (SELECT 1 FROM chunk WHERE series = $1)";

/// Deletes the chunks of a series; returns the resolution and the length of each.
pub(crate) const DELETE_CHUNKS: &str =
    "DELETE FROM chunk WHERE series = $1 RETURNING resolution, CAST(octet_length(data) AS bigint)";

pub(crate) const CATALOGUE: &str =
    "SELECT id, host, name, labels, unit, is_counter FROM series ORDER BY id";

/// By series, resolution, start and end of the range, start of the last chunk of the page before, and limit.
pub(crate) const CHUNKS: &str = "SELECT start_at, end_at, samples, data FROM chunk \
     WHERE series = $1 AND resolution = $2 AND start_at <= $4 AND end_at >= $3 \
     AND start_at >= $3 - (SELECT span FROM tier WHERE resolution = $2) AND start_at > $5 \
     ORDER BY start_at LIMIT $6";

/// By resolution, start and so many series.
pub(crate) fn chunks_at_sql(series: usize) -> String {
    let series: Vec<_> = (3..).take(series).map(|n| format!("${n}")).collect();
    format!(
        "SELECT series, start_at, end_at, samples, data FROM chunk \
         WHERE resolution = $1 AND start_at = $2 AND series IN ({})",
        series.join(", ")
    )
}

pub(crate) const SEALED: &str = "SELECT id, (SELECT end_at FROM chunk WHERE series = series.id \
     AND resolution = $1 ORDER BY start_at DESC LIMIT 1) FROM series ORDER BY id";

/// The first moment of each series at each resolution, the end of the chunk that it is in, and the last
/// moment; finest first.
pub(crate) const SPANS: &str = "SELECT id, \
     (SELECT start_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at LIMIT 1), \
     (SELECT end_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at LIMIT 1), \
     (SELECT end_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at DESC LIMIT 1) FROM series, tier ORDER BY id, resolution";

pub(crate) const OLDEST_CHUNKS: &str = "SELECT resolution, (SELECT start_at FROM chunk \
     WHERE resolution = tier.resolution AND end_at >= $1 ORDER BY end_at LIMIT 1) FROM tier";

pub(crate) const ADD_TO_TIER: &str = "INSERT INTO tier (resolution, chunks, bytes, span) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (resolution) DO UPDATE SET \
     chunks = tier.chunks + excluded.chunks, bytes = tier.bytes + excluded.bytes, \
     span = CASE WHEN tier.span < excluded.span THEN excluded.span ELSE tier.span END";

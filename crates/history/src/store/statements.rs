//! What both databases are asked in the same words.

use super::code::entry_columns;

pub(super) const ABOUT: &str = "SELECT epoch, reserved, clean FROM about";

pub(super) const TAIL: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE seq < $1 ORDER BY seq DESC LIMIT $2"
);

pub(super) const PAGE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
);

pub(super) const AT: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND at <= $2 ORDER BY at DESC, seq DESC LIMIT $3"
);

pub(super) const RANGE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND at <= $2 AND (at, seq) > ($3, $4) \
     ORDER BY at, seq LIMIT $5"
);

pub(super) const EARLIEST: &str = "SELECT min(at) FROM journal WHERE stream = $1";

/// The oldest of a stream, as [`super::expiry::Candidate`].
pub(super) const OLDEST: &str = "SELECT seq, at, CAST(octet_length(body) AS bigint) FROM journal \
     WHERE stream = $1 ORDER BY seq LIMIT $2";

pub(super) const REMOVE: &str = "DELETE FROM journal WHERE stream = $1 AND seq <= $2";

/// For each stream: code, newest, horizon, oldest number, earliest and latest time.
pub(super) const STREAMS: &str = "SELECT code, newest, horizon, \
     (SELECT min(seq) FROM journal WHERE stream = code), \
     (SELECT min(at) FROM journal WHERE stream = code), \
     (SELECT max(at) FROM journal WHERE stream = code) FROM stream";

pub(super) const JUMPS: &str = "SELECT after, up_to FROM jump ORDER BY after DESC LIMIT $1";

pub(super) const ADD_JUMP: &str = "INSERT INTO jump (after, up_to) VALUES ($1, $2) \
     ON CONFLICT (after) DO UPDATE SET up_to = excluded.up_to";

pub(super) const COUNTED: &str = "UPDATE stream SET messages = messages + $2, \
     bytes = bytes + $3 WHERE code = $1";

pub(super) const RAISE_NEWEST: &str =
    "UPDATE stream SET newest = $2 WHERE code = $1 AND newest < $2";

pub(super) const RAISE_HORIZON: &str =
    "UPDATE stream SET horizon = $2 WHERE code = $1 AND horizon < $2";

pub(super) const FIND_SERIES: &str =
    "SELECT id, unit FROM series WHERE host = $1 AND name = $2 AND labels = $3";

pub(super) const ADD_SERIES: &str =
    "INSERT INTO series (host, name, labels, unit) VALUES ($1, $2, $3, $4) RETURNING id";

pub(super) const SET_UNIT: &str = "UPDATE series SET unit = $2 WHERE id = $1";

pub(super) const FORGET_SERIES: &str = "DELETE FROM series WHERE id = $1 \
     AND NOT EXISTS (SELECT 1 FROM chunk WHERE series = $1)";

pub(super) const HOST_NAMES: &str = "SELECT name FROM host_name ORDER BY id";

/// The series that a host of another name has together with the own host, of which it has one at most:
/// `local` is what the own host's series were called before it had a name.
pub(super) const TAKEN_SERIES: &str = "SELECT name, labels FROM series AS other WHERE host = $1 \
     AND EXISTS (SELECT 1 FROM series AS own WHERE own.name = other.name \
     AND own.labels = other.labels AND own.host <> $1 \
     AND (own.host = 'local' OR own.host IN (SELECT name FROM host_name))) LIMIT 1";

/// Gives the own host's series its new name.
pub(super) const RENAME_SERIES: &str = "UPDATE series SET host = $1 WHERE host <> $1 \
     AND (host = 'local' OR host IN (SELECT name FROM host_name))";

pub(super) const TAKE_HOST_NAME: &str = "DELETE FROM host_name WHERE name = $1";

pub(super) const ADD_HOST_NAME: &str = "INSERT INTO host_name (id, name) \
     SELECT coalesce(max(id), 0) + 1, CAST($1 AS text) FROM host_name";

/// Keeps so many of the newest.
pub(super) const FORGET_HOST_NAMES: &str =
    "DELETE FROM host_name WHERE id <= (SELECT max(id) FROM host_name) - $1";

/// Removes the chunks of a series and tells of each its resolution and how long it was.
pub(super) const REMOVE_CHUNKS: &str =
    "DELETE FROM chunk WHERE series = $1 RETURNING resolution, CAST(octet_length(data) AS bigint)";

pub(super) const CATALOGUE: &str = "SELECT id, host, name, labels, unit FROM series ORDER BY id";

/// Removes a chunk that is to be replaced and tells how long it was.
pub(super) const TAKE_CHUNK: &str = "DELETE FROM chunk WHERE series = $1 AND resolution = $2 \
     AND start_at = $3 RETURNING CAST(octet_length(data) AS bigint)";

pub(super) const ADD_CHUNK: &str = "INSERT INTO chunk \
     (series, resolution, start_at, end_at, samples, data) VALUES ($1, $2, $3, $4, $5, $6)";

/// Series, resolution, first and last moment, where to go on, how many.
pub(super) const CHUNKS: &str = "SELECT start_at, end_at, samples, data FROM chunk \
     WHERE series = $1 AND resolution = $2 AND start_at <= $4 AND end_at >= $3 \
     AND start_at >= $3 - (SELECT span FROM tier WHERE resolution = $2) AND start_at > $5 \
     ORDER BY start_at LIMIT $6";

pub(super) const SEALED: &str = "SELECT id, (SELECT end_at FROM chunk WHERE series = series.id \
     AND resolution = $1 ORDER BY start_at DESC LIMIT 1) FROM series ORDER BY id";

/// The first moment of each series at each resolution, the end of the chunk that it is in, and the last
/// moment; finest first.
pub(super) const SPANS: &str = "SELECT id, \
     (SELECT start_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at LIMIT 1), \
     (SELECT end_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at LIMIT 1), \
     (SELECT end_at FROM chunk WHERE series = series.id AND resolution = tier.resolution \
     ORDER BY start_at DESC LIMIT 1) FROM series, tier ORDER BY id, resolution";

pub(super) const OLDEST_CHUNKS: &str = "SELECT resolution, (SELECT start_at FROM chunk \
     WHERE resolution = tier.resolution AND end_at >= $1 ORDER BY end_at LIMIT 1) FROM tier";

/// The earliest moment of all, each part of it from an index. A coarse chunk begins where its window
/// does, which may be days before its first sample: while single samples (1000 is their resolution)
/// reach back into it, they know better.
pub(super) const OLDEST_MOMENT: &str = "SELECT min(at) FROM \
     (SELECT (SELECT min(at) FROM journal WHERE stream = code) AS at FROM stream \
     UNION ALL SELECT (SELECT start_at FROM chunk WHERE resolution = tier.resolution \
     AND (resolution = 1000 OR end_at < coalesce((SELECT start_at FROM chunk WHERE resolution = 1000 \
     ORDER BY end_at LIMIT 1), end_at + 1)) ORDER BY end_at LIMIT 1) FROM tier) AS moments";

pub(super) const COUNTED_CHUNKS: &str = "INSERT INTO tier (resolution, chunks, bytes, span) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (resolution) DO UPDATE SET \
     chunks = tier.chunks + excluded.chunks, bytes = tier.bytes + excluded.bytes, \
     span = CASE WHEN tier.span < excluded.span THEN excluded.span ELSE tier.span END";

pub(super) const SHARES: &str = "SELECT code, messages, bytes FROM stream";

pub(super) const TIERS: &str = "SELECT resolution, chunks, bytes FROM tier ORDER BY resolution";

/// The messages of so many streams behind a position, merged: `$1` the position, `$2` how many,
/// `$3` and on the streams. Either database merges the branches by their index and stops early.
pub(super) fn after(streams: usize) -> String {
    let columns = entry_columns!();
    let branches: Vec<_> = (3..)
        .take(streams)
        .map(|n| format!("SELECT {columns} FROM journal WHERE stream = ${n} AND seq > $1"))
        .collect();
    format!("{} ORDER BY seq LIMIT $2", branches.join(" UNION ALL "))
}

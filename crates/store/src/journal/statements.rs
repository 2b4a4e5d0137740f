//! SQL that both databases understand. The column `horizon` is the retention floor.

use super::row::entry_columns;

pub(crate) const METADATA: &str = "SELECT epoch, reserved, clean FROM about";

pub(crate) const RESERVE: &str = "UPDATE about SET \
     reserved = CASE WHEN reserved < $1 THEN $1 ELSE reserved END, clean = false";

pub(crate) const FINISH: &str = "UPDATE about SET reserved = $1, clean = true";

pub(crate) const TAIL: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE seq < $1 ORDER BY seq DESC LIMIT $2"
);

pub(crate) const PAGE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
);

pub(crate) const AT: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND at <= $2 ORDER BY at DESC, seq DESC LIMIT $3"
);

pub(crate) const RANGE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM journal WHERE stream = $1 AND at <= $2 AND (at, seq) > ($3, $4) \
     ORDER BY at, seq LIMIT $5"
);

pub(crate) const EARLIEST: &str = "SELECT min(at) FROM journal WHERE stream = $1";

/// The oldest of a stream, as [`Candidate`](super::Candidate).
pub(crate) const OLDEST: &str = "SELECT seq, at, CAST(octet_length(body) AS bigint) FROM journal \
     WHERE stream = $1 ORDER BY seq LIMIT $2";

pub(crate) const DELETE_UP_TO: &str = "DELETE FROM journal WHERE stream = $1 AND seq <= $2";

/// For each message the code of its stream and its length.
pub(crate) const WITHDRAW: &str = "DELETE FROM journal WHERE seq BETWEEN $1 AND $2 \
     RETURNING stream, CAST(octet_length(body) AS bigint)";

/// Lowers a stream's newest number, if it was withdrawn, to that of the newest message that is or was stored.
pub(crate) const LOWER_NEWEST: &str = "UPDATE stream SET newest = CASE \
     WHEN horizon > (SELECT coalesce(max(seq), 0) FROM journal WHERE stream = code) THEN horizon \
     ELSE (SELECT coalesce(max(seq), 0) FROM journal WHERE stream = code) END \
     WHERE code = $1 AND newest BETWEEN $2 AND $3";

/// For each stream a [`StreamRow`](super::StreamRow).
pub(crate) const STREAMS: &str = "SELECT code, newest, horizon, \
     (SELECT min(seq) FROM journal WHERE stream = code), \
     (SELECT min(at) FROM journal WHERE stream = code), \
     (SELECT max(at) FROM journal WHERE stream = code) FROM stream";

pub(crate) const JUMPS: &str = "SELECT after, up_to FROM jump ORDER BY after DESC LIMIT $1";

pub(crate) const ADD_JUMP: &str = "INSERT INTO jump (after, up_to) VALUES ($1, $2) \
     ON CONFLICT (after) DO UPDATE SET up_to = excluded.up_to";

pub(crate) const ADD_TO_STREAM: &str = "UPDATE stream SET messages = messages + $2, \
     bytes = bytes + $3 WHERE code = $1";

pub(crate) const RAISE_NEWEST: &str =
    "UPDATE stream SET newest = $2 WHERE code = $1 AND newest < $2";

pub(crate) const RAISE_FLOOR: &str =
    "UPDATE stream SET horizon = $2 WHERE code = $1 AND horizon < $2";

/// The messages of so many streams after a position, merged: `$1` the position, `$2` how many,
/// `$3` and on the streams. Either database merges the branches by their index and stops early.
pub(crate) fn after_sql(streams: usize) -> String {
    let columns = entry_columns!();
    let branches: Vec<_> = (3..)
        .take(streams)
        .map(|n| format!("SELECT {columns} FROM journal WHERE stream = ${n} AND seq > $1"))
        .collect();
    format!("{} ORDER BY seq LIMIT $2", branches.join(" UNION ALL "))
}

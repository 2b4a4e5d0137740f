//! SQL that both databases understand. The column `horizon` is the retention floor.

use super::Visible;
use super::row::{entry_columns, stored_bytes};
use protocol::Stream;

pub(crate) const METADATA: &str = "SELECT epoch, reserved, clean FROM about";

pub(crate) const RESERVE: &str = "UPDATE about SET \
     reserved = CASE WHEN reserved < $1 THEN $1 ELSE reserved END, clean = false";

pub(crate) const FINISH: &str = "UPDATE about SET reserved = $1, clean = true";

/// Messages of the stream `$1` before `$2`, newest first, at most `$3`.
pub(crate) fn page_sql(visible: &Visible) -> String {
    let (columns, visible) = (entry_columns!(), visible.sql(4));
    format!(
        "SELECT {columns} FROM journal WHERE stream = $1 AND seq < $2{visible} \
         ORDER BY seq DESC LIMIT $3"
    )
}

/// Messages of the stream `$1` until the time `$2`, newest first, at most `$3`.
pub(crate) fn at_sql(visible: &Visible) -> String {
    let (columns, visible) = (entry_columns!(), visible.sql(4));
    format!(
        "SELECT {columns} FROM journal WHERE stream = $1 AND at <= $2{visible} \
         ORDER BY at DESC, seq DESC LIMIT $3"
    )
}

/// Messages of the stream `$1` until the time `$2`, after the time `$3` and number `$4`, at most `$5`.
pub(crate) fn range_sql(visible: &Visible) -> String {
    let (columns, visible) = (entry_columns!(), visible.sql(6));
    format!(
        "SELECT {columns} FROM journal WHERE stream = $1 AND at <= $2 AND (at, seq) > ($3, $4)\
         {visible} ORDER BY at, seq LIMIT $5"
    )
}

pub(crate) const EARLIEST: &str = "SELECT min(at) FROM journal WHERE stream = $1";

/// The oldest of a stream, as [`Candidate`](super::Candidate).
pub(crate) const OLDEST: &str = concat!(
    "SELECT seq, at, ",
    stored_bytes!(),
    " FROM journal WHERE stream = $1 ORDER BY seq LIMIT $2"
);

pub(crate) const DELETE_UP_TO: &str = "DELETE FROM journal WHERE stream = $1 AND seq <= $2";

/// What is stored of a message, in bytes.
pub(crate) const STORED_BYTES: &str = concat!(
    "SELECT ",
    stored_bytes!(),
    " FROM journal WHERE stream = $1 AND seq = $2"
);

pub(crate) const DELETE_ROOM_BODIES: &str = "DELETE FROM room_body WHERE seq BETWEEN $1 AND $2";

/// For each message the code of its stream and its length.
pub(crate) const WITHDRAW: &str = concat!(
    "DELETE FROM journal WHERE seq BETWEEN $1 AND $2 \
     RETURNING stream, coalesce(channel, ''), coalesce(host, ''), prev, ",
    stored_bytes!(),
);

/// Lowers the newest number of a chain of the stream `$1`, if it was withdrawn, to `$6`, which the first withdrawn
/// message of the chain follows.
pub(crate) const LOWER_CHAIN: &str = "UPDATE chain SET newest = $6 \
     WHERE stream = $1 AND channel = $2 AND host = $3 AND newest BETWEEN $4 AND $5";

/// Lowers a stream's newest number, if it was withdrawn, to that of the newest message that is or was stored.
pub(crate) const LOWER_NEWEST: &str = "UPDATE stream SET newest = CASE \
     WHEN horizon > (SELECT coalesce(max(seq), 0) FROM journal WHERE stream = code) THEN horizon \
     ELSE (SELECT coalesce(max(seq), 0) FROM journal WHERE stream = code) END \
     WHERE code = $1 AND newest BETWEEN $2 AND $3";

/// For each stream a [`StreamRow`](super::StreamRow).
pub(crate) const STREAMS: &str = "SELECT code, newest, horizon, lost, \
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

pub(crate) const RAISE_LOST: &str = "UPDATE stream SET lost = $2 WHERE code = $1 AND lost < $2";

/// Up to `$2` was deleted: of that, what is from before there were chains may be of any.
pub(crate) const RAISE_LOST_UNCHAINED: &str = "UPDATE stream SET \
     lost = CASE WHEN unchained < $2 THEN unchained ELSE $2 END \
     WHERE code = $1 AND lost < CASE WHEN unchained < $2 THEN unchained ELSE $2 END";

/// Records what is about to be deleted of each chain of the stream `$1`, up to `$2`.
pub(crate) const RAISE_CHAIN_FLOORS: &str = "INSERT INTO chain \
     (stream, channel, host, newest, horizon) \
     SELECT stream, coalesce(channel, ''), coalesce(host, ''), max(seq), max(seq) FROM journal \
     WHERE stream = $1 AND seq <= $2 GROUP BY 1, 2, 3 \
     ON CONFLICT (stream, channel, host) DO UPDATE SET \
     horizon = CASE WHEN chain.horizon < excluded.horizon THEN excluded.horizon \
     ELSE chain.horizon END";

pub(crate) const COUNT_CHAINS: &str = "SELECT count(*) FROM chain WHERE stream = $1";

/// Removes the chains of the stream `$1` of which all messages, up to `$2`, are deleted, except for the own host's;
/// returns their newest numbers.
pub(crate) const REMOVE_EXPIRED_CHAINS: &str = "DELETE FROM chain \
     WHERE stream = $1 AND newest <= $2 AND (channel <> '' OR host <> '') RETURNING newest";

/// Of each stream what is known of all its chains: its code, what was lost, its newest number, and up to where the chains
/// are not known.
pub(crate) const CHAINS_OF_STREAMS: &str = "SELECT code, lost, newest, unchained FROM stream";

/// The newest number and the floor of everyone's chains of the stream `$1`.
pub(crate) const PUBLIC_CHAINS: &str =
    "SELECT max(newest), max(horizon) FROM chain WHERE stream = $1 AND channel = ''";

/// The same for each of so many chains: four parameters each, which are a number to tell them apart, the stream, the
/// channel and the host.
pub(crate) fn chains_sql(chains: usize) -> String {
    let numbers = (1..).step_by(4).take(chains);
    let wanted: Vec<_> = numbers
        .map(|n| format!("(${n}, ${}, ${}, ${})", n + 1, n + 2, n + 3))
        .collect();
    format!(
        "SELECT column1, newest, horizon FROM (VALUES {}) AS wanted LEFT JOIN chain \
         ON stream = column2 AND channel = column3 AND host = column4",
        wanted.join(", ")
    )
}

/// The messages of these streams after a position, merged, oldest first: `$1` the position, `$2` how many, `$3` and on
/// each stream and the parameters of what is visible of it.
pub(crate) fn after_sql(streams: &[(Stream, Visible)]) -> String {
    merged_sql(streams, "seq > $1", "seq")
}

/// The same before a position, newest first.
pub(crate) fn tail_sql(streams: &[(Stream, Visible)]) -> String {
    merged_sql(streams, "seq < $1", "seq DESC")
}

/// Either database merges the branches by their index and stops early.
fn merged_sql(streams: &[(Stream, Visible)], beyond: &str, order: &str) -> String {
    let columns = entry_columns!();
    let mut n = 3;
    let branches = streams.iter().map(|(_, visible)| {
        let condition = visible.sql(n + 1);
        let branch =
            format!("SELECT {columns} FROM journal WHERE stream = ${n} AND {beyond}{condition}");
        n += 1 + 3 * visible.spans().len();
        branch
    });
    let branches: Vec<_> = branches.collect();
    format!("{} ORDER BY {order} LIMIT $2", branches.join(" UNION ALL "))
}

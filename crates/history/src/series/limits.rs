//! How much of everything there may be, and when a sample is too early or too late.

use crate::Tier;

/// More series than this are not known at once. A new one takes the place of the one that is silent
/// for the longest; what it would have held is counted as refused where none is silent for
/// [`SILENT_MIN_MS`]. Live messages are not touched by it, and series that exist go on.
pub const SERIES_MAX: usize = 1_000;

/// A series that is silent for less is never forgotten for another: a host may be off for a night.
pub const SILENT_MIN_MS: i64 = 24 * 60 * 60 * 1_000;

/// Where no series could be forgotten, so long it is not tried again.
pub(super) const FORGET_TRIED_EVERY_MS: u64 = 60_000;

/// A series whose name takes more bytes, labels included, is refused.
pub const NAME_BYTES_MAX: usize = 512;

/// Samples that wait to be sealed, over all series, take no more memory than this many: 16 bytes
/// each. Beyond, samples are refused until some are sealed. A thousand series at one a second need
/// half of it.
pub const HEAD_SAMPLES_MAX: usize = 2 << 20;

/// How long after its end a window is sealed. Samples that come later cost reading and writing the
/// chunk again, this often at most.
pub const GRACE_MS: i64 = 60_000;

/// A sample this much older than the server's clock is refused: the rollup of its hour may have
/// outlived its samples, and could not be computed anew.
pub const LATE_MAX_MS: i64 = 24 * 60 * 60 * 1_000;

/// A sample this much ahead of the server's clock is refused: its clock is wrong.
pub const AHEAD_MAX_MS: i64 = 60_000;

/// Whether a sample of this time may be taken now.
pub(super) fn is_timely(at_ms: i64, now_ms: i64) -> bool {
    let ahead_ms = at_ms.saturating_sub(now_ms);
    (-LATE_MAX_MS..=AHEAD_MAX_MS).contains(&ahead_ms)
}

// A late sample's hour must still have all its samples, the longest chunk included.
const _: () = assert!(LATE_MAX_MS + Tier::Minute.window_ms() < Tier::Second.keep_ms());

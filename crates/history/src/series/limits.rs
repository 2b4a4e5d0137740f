//! How much of everything there may be, and when a sample is too early or too late.

use crate::Tier;

/// More series than this are not sampled at once. Where a new one finds no room, those that have
/// ended give theirs up; if that is not enough, it is refused. Live messages are not touched by it,
/// and series that exist go on.
pub const SERIES_MAX: usize = 4_000;

/// More of them are not of programs, so that the host's own have room.
pub const DATA_SERIES_MAX: usize = 900;

/// A family of so many leaves the last [`SMALL_FAMILIES_RESERVE`] places to smaller ones, and a program
/// of so many the last [`DATA_RESERVE`] to other programs.
pub(super) const FAMILY_SERIES_LARGE: usize = 100;
/// See [`FAMILY_SERIES_LARGE`].
pub(super) const SMALL_FAMILIES_RESERVE: usize = 100;
/// See [`FAMILY_SERIES_LARGE`].
pub(super) const DATA_RESERVE: usize = 50;

/// A series has ended that is silent for as long as it lasted, but for no less than an hour. One that
/// is silent for a day has ended in any case.
pub const SILENT_MIN_MS: i64 = 60 * 60 * 1_000;
/// See [`SILENT_MIN_MS`].
pub const SILENT_MAX_MS: i64 = 24 * SILENT_MIN_MS;

/// Where no series had ended, so long it is not looked again.
pub(super) const ENDED_TRIED_EVERY_MS: u64 = 60_000;

/// The store has no more series than this, those that have ended included: beyond, the ones that ended
/// first leave it with all their samples. Each takes some hundred bytes of memory.
pub const SERIES_STORED_MAX: usize = 10_000;

/// Samples that wait to be sealed, over all series, take no more memory than this many: 16 bytes
/// each. Beyond, samples are refused until some are sealed. All series at one a second need nearly all
/// of it.
pub const HEAD_SAMPLES_MAX: usize = 4 << 20;

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

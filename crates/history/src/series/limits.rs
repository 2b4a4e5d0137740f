//! Limits of series and samples, and of how early or late a sample may be.

use crate::Tier;

/// How much is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most active series. Beyond, ended series are released for a new one; if that is not enough, it is
    /// rejected. Live messages are not affected, and existing series continue.
    pub series_max: usize,
    /// The most unsealed samples of all series, of 16 bytes each. Beyond, samples are rejected until some are
    /// sealed; those of programs wait before they are accepted.
    pub samples_max: usize,
}

impl Limits {
    /// The most active series of programs, so that there is room for the hosts' own.
    pub fn program_series_max(self) -> usize {
        self.series_max.saturating_sub(HOST_SERIES_RESERVE)
    }

    /// The most unsealed samples with those that programs have reserved: the rest is for samples that reserve nothing,
    /// such as those of hosts.
    pub(super) fn reservable_samples_max(self) -> usize {
        self.samples_max - self.samples_max / UNRESERVABLE_PART
    }

    /// The most stored series, ended ones included: beyond, those that ended first are deleted with all their
    /// samples. Each takes some hundred bytes of memory.
    pub fn stored_max(self) -> usize {
        (2 * self.series_max).max(STORED_MAX_LEAST)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            series_max: SERIES_MAX,
            samples_max: HEAD_SAMPLES_MAX,
        }
    }
}

/// The most active series by default.
pub const SERIES_MAX: usize = 100_000;

/// The fewest that [`Limits::series_max`] may be.
pub const SERIES_MAX_LEAST: usize = 4_000;

/// Series that programs leave to hosts.
pub(super) const HOST_SERIES_RESERVE: usize = 3_100;

/// A family of so many leaves the last [`SMALL_FAMILIES_RESERVE`] series to smaller ones, and a source
/// of so many the last [`DATA_RESERVE`] to other sources.
pub(super) const FAMILY_SERIES_LARGE: usize = 100;
/// See [`FAMILY_SERIES_LARGE`].
pub(super) const SMALL_FAMILIES_RESERVE: usize = 100;
/// See [`FAMILY_SERIES_LARGE`].
pub(super) const DATA_RESERVE: usize = 50;

/// A series has ended when it was silent for as long as it lasted, at least an hour and at most a day.
pub const SILENT_MIN_MS: i64 = 60 * 60 * 1_000;
/// See [`SILENT_MIN_MS`].
pub const SILENT_MAX_MS: i64 = 24 * SILENT_MIN_MS;

/// Of the room for samples, one of so many parts cannot be reserved.
const UNRESERVABLE_PART: usize = 16;

/// How often to search for ended series at most.
pub(super) const RELEASE_EVERY_MS: u64 = 60_000;

/// The least [`Limits::stored_max`].
const STORED_MAX_LEAST: usize = 10_000;

/// The most unsealed samples by default: 64 MiB.
pub const HEAD_SAMPLES_MAX: usize = 4 << 20;

/// The most samples of a series in one window.
pub const WINDOW_SAMPLES_MAX: usize = crate::codec::SAMPLES_MAX;

/// How long after its end a window is sealed. Later samples rewrite its chunk, at most once in this time.
pub const GRACE_MS: i64 = 60_000;

/// A sample this much older than the server's clock is rejected: the samples of its hour may be deleted
/// already, so that the rollup could not be recomputed.
pub const LATE_MAX_MS: i64 = 24 * 60 * 60 * 1_000;

/// A sample this much ahead of the server's clock is rejected: its clock is wrong.
pub const AHEAD_MAX_MS: i64 = 60_000;

/// Whether a sample of this time is accepted now.
pub(super) fn is_timely(at_ms: i64, now_ms: i64) -> bool {
    let ahead_ms = at_ms.saturating_sub(now_ms);
    (-LATE_MAX_MS..=AHEAD_MAX_MS).contains(&ahead_ms)
}

// A late sample's hour must still have all its samples, the longest chunk included.
const _: () = assert!(LATE_MAX_MS + Tier::Minute.window_ms() < Tier::Second.default_retention_ms());

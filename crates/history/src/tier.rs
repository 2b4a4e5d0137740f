/// A resolution of history: each sample is stored for days, the extremes and sum of each minute and hour for
/// longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Every sample, at whatever interval; usually a second.
    Second,
    /// Minimum, maximum, sum and count of each minute.
    Minute,
    /// The same of each hour.
    Hour,
}

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Tier {
    /// Finest first.
    pub const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// Identifies it in the store, in milliseconds. Of [`Tier::Second`] it is only the usual interval.
    pub const fn resolution_ms(self) -> u32 {
        self.step_ms() as u32
    }

    /// The length of a bucket, in milliseconds; of [`Tier::Second`], the usual interval.
    pub const fn step_ms(self) -> i64 {
        match self {
            Self::Second => SECOND_MS,
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
        }
    }

    /// The time range of one chunk, in milliseconds. Long enough that a chunk's header and its row are small
    /// beside its samples, short enough that unsealed samples fit into memory; each a multiple of the
    /// next coarser step, or a part of it.
    pub const fn window_ms(self) -> i64 {
        match self {
            Self::Second => 15 * MINUTE_MS,
            Self::Minute => 6 * HOUR_MS,
            Self::Hour => 15 * DAY_MS,
        }
    }

    /// The start of the window that contains `at_ms`. Windows are cut at multiples of their length
    /// since the Unix epoch, so that the chunk of any time is known.
    pub const fn window_start_ms(self, at_ms: i64) -> i64 {
        floor(at_ms, self.window_ms())
    }

    /// The default retention period, in milliseconds: two weeks, three months, two years.
    pub const fn default_retention_ms(self) -> i64 {
        match self {
            Self::Second => 14 * DAY_MS,
            Self::Minute => 92 * DAY_MS,
            Self::Hour => 731 * DAY_MS,
        }
    }
}

/// The greatest multiple of `step_ms` that is not after `at_ms`.
pub(crate) const fn floor(at_ms: i64, step_ms: i64) -> i64 {
    at_ms.saturating_sub(at_ms.rem_euclid(step_ms))
}

use crate::Tier;

/// The retention period of each tier, and where less is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPeriods {
    /// By tier, finest first, in milliseconds.
    periods_ms: [i64; Tier::ALL.len()],
    /// Samples before this were deleted early, for want of space.
    deleted_before_ms: [i64; Tier::ALL.len()],
}

const NOTHING_DELETED: [i64; Tier::ALL.len()] = [i64::MIN; Tier::ALL.len()];

impl Default for RetentionPeriods {
    fn default() -> Self {
        Self {
            periods_ms: Tier::ALL.map(Tier::default_retention_ms),
            deleted_before_ms: NOTHING_DELETED,
        }
    }
}

impl RetentionPeriods {
    /// The minimum for single samples, which must be stored for longer than they may be late
    /// ([`LATE_MAX_MS`](crate::series::LATE_MAX_MS) and a quarter of a day).
    pub const SECOND_MIN_MS: i64 = 36 * 60 * 60 * 1_000;

    /// Periods in milliseconds. A coarser tier is stored for at least as long as a finer one.
    pub fn new(second_ms: i64, minute_ms: i64, hour_ms: i64) -> Self {
        let second_ms = second_ms.max(Self::SECOND_MIN_MS);
        let minute_ms = minute_ms.max(second_ms);
        Self {
            periods_ms: [second_ms, minute_ms, hour_ms.max(minute_ms)],
            deleted_before_ms: NOTHING_DELETED,
        }
    }

    /// Limits a tier to what is stored where its oldest samples were deleted early. `oldest_ms` has, by
    /// resolution, the start of the oldest chunk that ends within the tier's period. Where a coarser chunk
    /// begins at least a window earlier, finer ones were deleted. Within a window this is unknown: a new
    /// store's minutes begin with their window.
    #[must_use]
    pub(crate) fn limited_by(mut self, tier: Tier, oldest_ms: &[(u32, i64)]) -> Self {
        let oldest = |tier: Tier| {
            let mut all = oldest_ms.iter();
            let found = all.find(|(resolution_ms, _)| *resolution_ms == tier.resolution_ms());
            found.map(|(_, start_ms)| *start_ms)
        };
        let Some(start_ms) = oldest(tier) else {
            return self;
        };
        let mut coarser = Tier::ALL.into_iter().filter(|other| *other > tier);
        let is_deleted = coarser.any(|other| {
            oldest(other).is_some_and(|oldest_ms| oldest_ms < other.window_start_ms(start_ms))
        });
        if is_deleted {
            self.deleted_before_ms[tier as usize] = start_ms;
        }
        self
    }

    /// The retention period of a tier, in milliseconds.
    pub fn period_ms(&self, tier: Tier) -> i64 {
        self.periods_ms[tier as usize]
    }

    /// The start of what is stored of a tier.
    pub fn from_ms(&self, tier: Tier, now_ms: i64) -> i64 {
        let expired_ms = now_ms.saturating_sub(self.period_ms(tier));
        expired_ms.max(self.deleted_before_ms[tier as usize])
    }

    /// Whether a tier covers a range from `from_ms` on. A quarter of an hour may be missing, because
    /// "the last two weeks" are a moment older once the request arrives.
    pub(crate) fn covers(&self, tier: Tier, from_ms: i64, now_ms: i64) -> bool {
        let quarter_ms = Tier::Second.window_ms();
        let expired_ms = now_ms.saturating_sub(self.period_ms(tier));
        let deleted_ms = self.deleted_before_ms[tier as usize];
        // What expired a moment ago is no early deletion.
        let is_stored = from_ms >= deleted_ms || deleted_ms <= expired_ms + quarter_ms;
        from_ms >= expired_ms - quarter_ms && is_stored
    }

    /// For each tier its resolution and period, for [`store::Retention`].
    pub fn tiers(&self) -> Vec<(u32, i64)> {
        let tiers = Tier::ALL.iter();
        tiers
            .map(|tier| (tier.resolution_ms(), self.period_ms(*tier)))
            .collect()
    }
}

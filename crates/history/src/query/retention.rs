use crate::Tier;

/// How far back each tier is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPeriods {
    /// By tier, finest first, in milliseconds.
    keep_ms: [i64; Tier::ALL.len()],
    /// What is before this is gone, whatever its age: the store had no room for it.
    lost_before_ms: [i64; Tier::ALL.len()],
}

const NOTHING_LOST: [i64; Tier::ALL.len()] = [i64::MIN; Tier::ALL.len()];

impl Default for RetentionPeriods {
    fn default() -> Self {
        Self {
            keep_ms: Tier::ALL.map(Tier::keep_ms),
            lost_before_ms: NOTHING_LOST,
        }
    }
}

impl RetentionPeriods {
    /// Single samples must be kept for longer than they may be late
    /// ([`LATE_MAX_MS`](crate::series::LATE_MAX_MS) and a quarter of a day): a shorter time is held at
    /// this.
    pub const SECOND_MIN_MS: i64 = 36 * 60 * 60 * 1_000;

    /// What is kept for how long, in milliseconds. A coarser tier is kept for as long as a finer one
    /// at least.
    pub fn new(second_ms: i64, minute_ms: i64, hour_ms: i64) -> Self {
        let second_ms = second_ms.max(Self::SECOND_MIN_MS);
        let minute_ms = minute_ms.max(second_ms);
        Self {
            keep_ms: [second_ms, minute_ms, hour_ms.max(minute_ms)],
            lost_before_ms: NOTHING_LOST,
        }
    }

    /// The same where the store had no room for all of a tier: given the first moments of the oldest
    /// chunks, by resolution, that end no earlier than this tier is kept. Where a coarser one begins
    /// windows before, the tier had to leave before its time. Within a window nobody can tell: a new
    /// store's minutes begin where their window does.
    #[must_use]
    pub(crate) fn held_to(mut self, tier: Tier, oldest_ms: &[(u32, i64)]) -> Self {
        let oldest = |tier: Tier| {
            let mut all = oldest_ms.iter();
            let found = all.find(|(resolution_ms, _)| *resolution_ms == tier.resolution_ms());
            found.map(|(_, start_ms)| *start_ms)
        };
        let Some(start_ms) = oldest(tier) else {
            return self;
        };
        let mut coarser = Tier::ALL.into_iter().filter(|other| *other > tier);
        let is_lost = coarser.any(|other| {
            oldest(other).is_some_and(|oldest_ms| oldest_ms < other.window_start_ms(start_ms))
        });
        if is_lost {
            self.lost_before_ms[tier as usize] = start_ms;
        }
        self
    }

    /// How long a tier is kept, in milliseconds.
    pub fn keep_ms(&self, tier: Tier) -> i64 {
        self.keep_ms[tier as usize]
    }

    /// The first moment of a tier that is still kept.
    pub fn from_ms(&self, tier: Tier, now_ms: i64) -> i64 {
        let kept_ms = now_ms.saturating_sub(self.keep_ms(tier));
        kept_ms.max(self.lost_before_ms[tier as usize])
    }

    /// Whether what begins at `from_ms` is kept: but for its first quarter of an hour at most, because
    /// "the last two weeks" takes its time to be asked.
    pub(crate) fn covers(&self, tier: Tier, from_ms: i64, now_ms: i64) -> bool {
        let quarter_ms = Tier::Second.window_ms();
        let kept_ms = now_ms.saturating_sub(self.keep_ms(tier));
        let lost_ms = self.lost_before_ms[tier as usize];
        // What left by its age left a moment ago, and is no loss.
        let is_there = from_ms >= lost_ms || lost_ms <= kept_ms + quarter_ms;
        from_ms >= kept_ms - quarter_ms && is_there
    }

    /// For each tier its resolution and how long it is kept, as the store's retention wants it.
    pub fn tiers(&self) -> Vec<(u32, i64)> {
        let tiers = Tier::ALL.iter();
        tiers
            .map(|tier| (tier.resolution_ms(), self.keep_ms(*tier)))
            .collect()
    }
}

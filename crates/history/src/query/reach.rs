use crate::Tier;

/// How far back each tier is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// By tier, finest first, in milliseconds.
    keep_ms: [i64; Tier::ALL.len()],
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            keep_ms: Tier::ALL.map(Tier::keep_ms),
        }
    }
}

impl Reach {
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
        }
    }

    /// How long a tier is kept, in milliseconds.
    pub fn keep_ms(&self, tier: Tier) -> i64 {
        self.keep_ms[tier as usize]
    }

    /// The first moment of a tier that is still kept.
    pub fn from_ms(&self, tier: Tier, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.keep_ms(tier))
    }

    /// Whether what begins at `from_ms` is kept: but for its first quarter of an hour at most, because
    /// "the last two weeks" takes its time to be asked.
    pub(crate) fn covers(&self, tier: Tier, from_ms: i64, now_ms: i64) -> bool {
        from_ms >= self.from_ms(tier, now_ms) - Tier::Second.window_ms()
    }

    /// For each tier its resolution and how long it is kept, as the store's retention wants it.
    pub fn tiers(&self) -> Vec<(u32, i64)> {
        let tiers = Tier::ALL.iter();
        tiers
            .map(|tier| (tier.resolution_ms(), self.keep_ms(*tier)))
            .collect()
    }
}

/// The length of a slot.
const SLOT_MS: i64 = 10_000;

/// Whole slots over which a rate is measured: a minute.
const SLOTS: usize = 6;

/// Counts, for a rate over the last minute.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// The present slot, and those before it.
    counts: [u64; SLOTS + 1],
    /// The number of the present slot, and of the first.
    slot: i64,
    first: Option<i64>,
}

impl Meter {
    /// Adds to the count. A time before the present slot counts as within it.
    pub(super) fn add(&mut self, now_ms: i64, count: u64) {
        let slot = now_ms.div_euclid(SLOT_MS);
        if self.first.is_none() {
            (self.first, self.slot) = (Some(slot), slot);
        }
        let passed = usize::try_from(slot - self.slot)
            .unwrap_or(0)
            .min(SLOTS + 1);
        if passed > 0 {
            self.counts.rotate_right(passed % (SLOTS + 1));
            self.counts[..passed].fill(0);
            self.slot = slot;
        }
        self.counts[0] += count;
    }

    /// The count per second, over whole slots as far as there are any.
    pub(super) fn per_s(&self, now_ms: i64) -> f64 {
        let Some(first) = self.first else {
            return 0.0;
        };
        let slot = now_ms.div_euclid(SLOT_MS);
        let ms = |slots: i64| slots.saturating_mul(SLOT_MS);
        // In the first slot there is nothing else.
        if slot <= first {
            return self.counts[0] as f64 / (SLOT_MS as f64 / 1e3);
        }
        let slots = (slot - first).min(SLOTS as i64);
        let from = slot - slots;
        let counted = (0_i64..).zip(self.counts).filter_map(|(back, count)| {
            let of = self.slot - back;
            (from <= of && of < slot).then_some(count)
        });
        counted.sum::<u64>() as f64 / (ms(slots) as f64 / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_minute() {
        let mut meter = Meter::default();
        assert_eq!(meter.per_s(0), 0.0);
        for second in 0..100 {
            meter.add(second * 1_000, 5);
        }
        assert_eq!(meter.per_s(100_000), 5.0);
        assert_eq!(meter.per_s(130_000), 2.5, "it is silent for half a minute");
        assert_eq!(meter.per_s(400_000), 0.0);
        meter.add(1_000_000, 20);
        assert_eq!(meter.per_s(1_010_000), 20.0 / 60.0);
        meter.add(0, 40);
        assert_eq!(meter.per_s(1_010_000), 1.0, "the clock was set back");
    }

    #[test]
    fn a_new_sender_has_a_rate_soon() {
        let mut meter = Meter::default();
        meter.add(5_000, 100);
        assert_eq!(meter.per_s(6_000), 10.0);
        assert_eq!(meter.per_s(12_000), 10.0);
        assert_eq!(meter.per_s(22_000), 5.0);
    }
}

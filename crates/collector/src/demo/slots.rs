use std::time::Duration;

const NS_PER_SECOND: u128 = 1_000_000_000;

/// The shortest time between wakeups, since each has a cost.
const TICK_MIN: Duration = Duration::from_millis(5);

/// Evenly spaced slots for messages, counted from the start so that they do not drift.
pub(super) struct Slots {
    per_second: u32,
    next: u64,
    ticked: Option<Duration>,
}

impl Slots {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            next: 0,
            ticked: None,
        }
    }

    /// The time of the next slot, since the start.
    pub(super) fn next_due(&self) -> Duration {
        let slot = self.at(self.next);
        self.ticked.map_or(slot, |tick| slot.max(tick + TICK_MIN))
    }

    /// The slots since the last call. After more than a second without a call the older ones are skipped,
    /// as after a suspend.
    pub(super) fn passed(
        &mut self,
        since_start: Duration,
    ) -> impl Iterator<Item = Duration> + use<> {
        let slots = since_start.as_nanos() * u128::from(self.per_second) / NS_PER_SECOND + 1;
        let end = u64::try_from(slots).unwrap_or(u64::MAX).max(self.next);
        let start = self.next.max(end.saturating_sub(self.per_second.into()));
        self.next = end;
        self.ticked = Some(since_start);
        let per_second = self.per_second;
        (start..end).map(move |slot| at(slot, per_second))
    }

    fn at(&self, slot: u64) -> Duration {
        at(slot, self.per_second)
    }
}

/// Rounded up: the slot has passed once this time has.
fn at(slot: u64, per_second: u32) -> Duration {
    let ns = (u128::from(slot) * NS_PER_SECOND).div_ceil(per_second.into());
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slots_are_evenly_spaced_and_each_passes_once() {
        let mut slots = Slots::new(10);
        let passed: Vec<_> = slots.passed(Duration::ZERO).collect();
        assert_eq!(passed, [ms(0)]);
        assert_eq!(slots.passed(ms(99)).count(), 0);
        assert_eq!(slots.next_due(), ms(104));
        let passed: Vec<_> = slots.passed(ms(310)).collect();
        assert_eq!(passed, [ms(100), ms(200), ms(300)]);
        assert_eq!(slots.next_due(), ms(400));
    }

    #[test]
    fn a_slot_has_passed_when_it_was_due() {
        for per_second in [3, 7, 333, 100_000] {
            let mut slots = Slots::new(per_second);
            for _ in 0..1_000 {
                let due = slots.next_due();
                assert!(slots.passed(due).next().is_some(), "{per_second}");
            }
        }
    }

    #[test]
    fn many_slots_come_in_batches() {
        let mut slots = Slots::new(5_000);
        let mut count = 0;
        let mut ticks = 0;
        while slots.next_due() < ms(10_000) {
            count += slots.passed(slots.next_due()).count();
            ticks += 1;
        }
        assert_eq!(ticks, 2_000);
        assert!((49_975..=50_000).contains(&count), "{count}");
    }

    #[test]
    fn slots_during_a_suspend_are_skipped() {
        let mut slots = Slots::new(10);
        assert_eq!(slots.passed(ms(1_000)).count(), 10);
        assert_eq!(slots.passed(ms(3_600_000)).last(), Some(ms(3_600_000)));
        assert_eq!(slots.passed(ms(3_600_000)).count(), 0);
        assert_eq!(slots.next_due(), ms(3_600_100));
    }
}

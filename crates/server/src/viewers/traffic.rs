use protocol::GapReason;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether a resumed subscription received everything since its position.
pub(crate) const RECOVERED: [bool; 2] = [false, true];

/// What viewers were sent, before it is added to the [`Traffic`] of their shard.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Messages of the log.
    pub(crate) messages: u64,
    /// Bytes that sockets took, whatever they were.
    pub(crate) bytes: u64,
    gaps: [u64; GapReason::ALL.len()],
    resumes: [u64; RECOVERED.len()],
}

impl Tally {
    pub(crate) fn gap(&mut self, reason: GapReason) {
        self.gaps[reason as usize] += 1;
    }

    /// A subscription that named a position.
    pub(crate) fn resume(&mut self, recovered: bool) {
        self.resumes[usize::from(recovered)] += 1;
    }
}

/// What the viewers of one shard were sent. Each shard has its own, on cache lines of its own, and a sweep adds to it
/// once for all its viewers: counting costs less than can be measured.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Traffic {
    messages: AtomicU64,
    bytes: AtomicU64,
    gaps: [AtomicU64; GapReason::ALL.len()],
    resumes: [AtomicU64; RECOVERED.len()],
    /// How far the slowest viewer was behind the head at the last check.
    lag_messages: AtomicU64,
    lag_ms: AtomicU64,
}

/// The sum over several shards; of lags the largest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct TrafficTotals {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) gaps: [u64; GapReason::ALL.len()],
    pub(crate) resumes: [u64; RECOVERED.len()],
    pub(crate) lag_messages: u64,
    pub(crate) lag_ms: u64,
}

impl Traffic {
    /// Adds a tally, which is empty then.
    pub(crate) fn add(&self, tally: &mut Tally) {
        let Tally {
            messages,
            bytes,
            gaps,
            resumes,
        } = std::mem::take(tally);
        let counted = [(&self.messages, messages), (&self.bytes, bytes)];
        let rare = self.gaps.iter().zip(gaps);
        let rare = rare.chain(self.resumes.iter().zip(resumes));
        for (counter, count) in counted.into_iter().chain(rare) {
            if count > 0 {
                counter.fetch_add(count, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn set_lag(&self, messages: u64, ms: u64) {
        self.lag_messages.store(messages, Ordering::Relaxed);
        self.lag_ms.store(ms, Ordering::Relaxed);
    }

    pub(crate) fn add_to(&self, totals: &mut TrafficTotals) {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        totals.messages += of(&self.messages);
        totals.bytes += of(&self.bytes);
        for (total, counter) in totals.gaps.iter_mut().zip(&self.gaps) {
            *total += of(counter);
        }
        for (total, counter) in totals.resumes.iter_mut().zip(&self.resumes) {
            *total += of(counter);
        }
        totals.lag_messages = totals.lag_messages.max(of(&self.lag_messages));
        totals.lag_ms = totals.lag_ms.max(of(&self.lag_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_add_up_over_shards_and_the_largest_lag_counts() {
        let shards = [Traffic::default(), Traffic::default()];
        for (shard, messages) in shards.iter().zip([3, 4]) {
            let mut tally = Tally {
                messages,
                bytes: messages * 10,
                ..Tally::default()
            };
            tally.gap(GapReason::Slow);
            tally.resume(true);
            shard.add(&mut tally);
            assert_eq!(tally.messages, 0, "it is empty then");
            shard.add(&mut tally);
            shard.set_lag(messages, 100 / messages);
        }
        let mut totals = TrafficTotals::default();
        shards.iter().for_each(|shard| shard.add_to(&mut totals));
        let mut expected = TrafficTotals {
            messages: 7,
            bytes: 70,
            resumes: [0, 2],
            lag_messages: 4,
            lag_ms: 33,
            ..TrafficTotals::default()
        };
        expected.gaps[GapReason::Slow as usize] = 2;
        assert_eq!(totals, expected);
    }
}

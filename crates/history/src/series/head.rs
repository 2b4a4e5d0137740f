use super::limits::GRACE_MS;
use crate::codec::SAMPLES_MAX;
use crate::{Samples, Tier};
use std::collections::BTreeMap;

/// One series' unsealed samples, by window.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Accepting samples.
    open: BTreeMap<i64, Open>,
    /// Being written; still read from here until the store has committed them.
    sealing: BTreeMap<i64, Samples>,
}

#[derive(Debug)]
struct Open {
    /// The server's clock at the first of these.
    since_ms: i64,
    samples: Samples,
}

pub(super) enum Inserted {
    Added,
    Replaced,
    /// The window has as many as a chunk can have.
    Full,
}

impl Head {
    pub(super) fn insert(&mut self, at_ms: i64, value: f64, now_ms: i64) -> Inserted {
        let window_ms = Tier::Second.window_start_ms(at_ms);
        let open = self.open.entry(window_ms).or_insert_with(|| Open {
            since_ms: now_ms,
            samples: Samples::default(),
        });
        // One at the same millisecond would still fit, but is not worth a search.
        if open.samples.len() >= SAMPLES_MAX {
            return Inserted::Full;
        }
        match open.samples.insert(at_ms, value) {
            true => Inserted::Added,
            false => Inserted::Replaced,
        }
    }

    /// Starts sealing the windows that are due, and returns them. A window that was not written earlier must
    /// have been put back.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<(i64, Samples)> {
        let due = |window_ms: &i64, open: &mut Open| open.is_due(*window_ms, now_ms);
        let due: Vec<_> = self.open.extract_if(.., due).collect();
        let due = due
            .into_iter()
            .map(|(window_ms, open)| (window_ms, open.samples));
        let due: Vec<(i64, Samples)> = due.collect();
        self.sealing.extend(due.iter().cloned());
        due
    }

    /// Removes a window that is in the store. Returns how many samples it had.
    pub(super) fn sealed(&mut self, window_ms: i64) -> usize {
        self.sealing
            .remove(&window_ms)
            .map_or(0, |samples| samples.len())
    }

    /// Merges a window that was not written with newer samples. Returns how many were duplicates.
    pub(super) fn put_back(&mut self, window_ms: i64, now_ms: i64) -> usize {
        let Some(samples) = self.sealing.remove(&window_ms) else {
            return 0;
        };
        let open = self.open.entry(window_ms).or_insert_with(|| Open {
            since_ms: now_ms.saturating_sub(GRACE_MS),
            samples: Samples::default(),
        });
        let before = samples.len() + open.samples.len();
        open.samples = samples.merged(&open.samples);
        before - open.samples.len()
    }

    /// Whether everything is sealed.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.sealing.is_empty()
    }

    /// The first and the last time of unsealed samples.
    pub(super) fn span_ms(&self) -> Option<(i64, i64)> {
        let open = self.open.values().map(|open| &open.samples);
        let all = open.chain(self.sealing.values());
        let spans = all.filter_map(Samples::span_ms);
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Unsealed samples by window, of windows that begin before `to_ms` and end after `from_ms`.
    pub(super) fn unsealed(&self, from_ms: i64, to_ms: i64) -> BTreeMap<i64, Samples> {
        let from_ms = Tier::Second.window_start_ms(from_ms);
        if from_ms >= to_ms {
            return BTreeMap::new();
        }
        let sealing = self.sealing.range(from_ms..to_ms);
        let mut all: BTreeMap<i64, Samples> = sealing
            .map(|(window_ms, samples)| (*window_ms, samples.clone()))
            .collect();
        for (window_ms, open) in self.open.range(from_ms..to_ms) {
            let samples = all.entry(*window_ms).or_default();
            *samples = samples.merged(&open.samples);
        }
        all
    }
}

impl Open {
    /// A minute after its end, and a minute after the first sample that came after that. After a clock went
    /// back, windows in its future are due at once.
    fn is_due(&self, window_ms: i64, now_ms: i64) -> bool {
        let end_ms = window_ms.saturating_add(Tier::Second.window_ms());
        now_ms < self.since_ms || now_ms >= end_ms.max(self.since_ms).saturating_add(GRACE_MS)
    }
}

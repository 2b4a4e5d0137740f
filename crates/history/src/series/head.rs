use super::limits::GRACE_MS;
use crate::codec::SAMPLES_MAX;
use crate::{Samples, Tier};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One series' unsealed samples, by window. Nearly always there is one window of each kind, so these are short lists:
/// a tree would take a kilobyte for each series.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Accepting samples, by window.
    open: Vec<Open>,
    /// Being written; still read from here until the store has committed them.
    sealing: Vec<Sealing>,
}

#[derive(Debug)]
struct Open {
    window_ms: i64,
    /// The server's clock at the first of these.
    since_ms: i64,
    /// The first message of these.
    since_seq: u64,
    samples: Samples,
}

#[derive(Debug)]
struct Sealing {
    window_ms: i64,
    since_seq: u64,
    samples: Arc<Samples>,
}

pub(super) enum Inserted {
    Added,
    Replaced,
    /// The window has as many as a chunk can have.
    Full,
}

impl Head {
    pub(super) fn insert(&mut self, at_ms: i64, value: f64, seq: u64, now_ms: i64) -> Inserted {
        let window_ms = Tier::Second.window_start_ms(at_ms);
        let open = self.open(window_ms, || Open {
            window_ms,
            since_ms: now_ms,
            since_seq: seq,
            samples: Samples::default(),
        });
        // A message of the journal may be replayed after later ones.
        open.since_seq = open.since_seq.min(seq);
        // One at the same millisecond would still fit, but is not worth a search.
        if open.samples.len() >= SAMPLES_MAX {
            return Inserted::Full;
        }
        match open.samples.insert(at_ms, value) {
            true => Inserted::Added,
            false => Inserted::Replaced,
        }
    }

    fn open(&mut self, window_ms: i64, new: impl FnOnce() -> Open) -> &mut Open {
        let found = self
            .open
            .binary_search_by_key(&window_ms, |open| open.window_ms);
        let place = found.unwrap_or_else(|place| {
            self.open.reserve_exact(1);
            self.open.insert(place, new());
            place
        });
        &mut self.open[place]
    }

    /// Starts sealing the windows that are due, and returns them. A window that was not written earlier must
    /// have been put back.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<(i64, Arc<Samples>)> {
        let due = self.open.extract_if(.., |open| open.is_due(now_ms));
        let due: Vec<Sealing> = due
            .map(|open| Sealing {
                window_ms: open.window_ms,
                since_seq: open.since_seq,
                samples: Arc::new(open.samples),
            })
            .collect();
        let taken = due
            .iter()
            .map(|due| (due.window_ms, Arc::clone(&due.samples)));
        let taken = taken.collect();
        self.sealing.extend(due);
        taken
    }

    fn take_sealing(&mut self, window_ms: i64) -> Option<Sealing> {
        let place = self
            .sealing
            .iter()
            .position(|it| it.window_ms == window_ms)?;
        let taken = self.sealing.swap_remove(place);
        if self.sealing.is_empty() {
            self.sealing = Vec::new();
        }
        Some(taken)
    }

    /// Removes a window that is in the store. Returns how many samples it had.
    pub(super) fn sealed(&mut self, window_ms: i64) -> usize {
        self.take_sealing(window_ms)
            .map_or(0, |sealing| sealing.samples.len())
    }

    /// Merges a window that was not written with newer samples. Returns how many were duplicates.
    pub(super) fn put_back(&mut self, window_ms: i64, now_ms: i64) -> usize {
        let Some(sealing) = self.take_sealing(window_ms) else {
            return 0;
        };
        let open = self.open(window_ms, || Open {
            window_ms,
            since_ms: now_ms.saturating_sub(GRACE_MS),
            since_seq: sealing.since_seq,
            samples: Samples::default(),
        });
        open.since_seq = open.since_seq.min(sealing.since_seq);
        let before = sealing.samples.len() + open.samples.len();
        open.samples = sealing.samples.merged(&open.samples);
        before - open.samples.len()
    }

    /// Whether everything is sealed.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.sealing.is_empty()
    }

    /// The first message that has an unsealed sample.
    pub(super) fn since_seq(&self) -> Option<u64> {
        let open = self.open.iter().map(|open| open.since_seq);
        open.chain(self.sealing.iter().map(|it| it.since_seq)).min()
    }

    /// The first and the last time of unsealed samples.
    pub(super) fn span_ms(&self) -> Option<(i64, i64)> {
        let open = self.open.iter().map(|open| &open.samples);
        let all = open.chain(self.sealing.iter().map(|it| &*it.samples));
        let spans = all.filter_map(Samples::span_ms);
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Unsealed samples by window, of windows that begin before `to_ms` and end after `from_ms`.
    pub(super) fn unsealed(&self, from_ms: i64, to_ms: i64) -> BTreeMap<i64, Samples> {
        let from_ms = Tier::Second.window_start_ms(from_ms);
        let mut all: BTreeMap<i64, Samples> = BTreeMap::new();
        let is_within = |window_ms: i64| (from_ms..to_ms).contains(&window_ms);
        for sealing in self.sealing.iter().filter(|it| is_within(it.window_ms)) {
            all.insert(sealing.window_ms, (*sealing.samples).clone());
        }
        for open in self.open.iter().filter(|it| is_within(it.window_ms)) {
            let samples = all.entry(open.window_ms).or_default();
            *samples = samples.merged(&open.samples);
        }
        all
    }
}

impl Open {
    /// A minute after its end, and a minute after the first sample that came after that. After a clock went
    /// back, windows in its future are due at once.
    fn is_due(&self, now_ms: i64) -> bool {
        let end_ms = self.window_ms.saturating_add(Tier::Second.window_ms());
        now_ms < self.since_ms || now_ms >= end_ms.max(self.since_ms).saturating_add(GRACE_MS)
    }
}

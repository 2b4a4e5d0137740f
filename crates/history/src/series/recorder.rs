use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use protocol::{Durable, OwnHost, SeriesKey, Unit, points};

use super::family::Family;
use super::head::{Head, Inserted};
use super::limits::{
    AHEAD_MAX_MS, ENDED_TRIED_EVERY_MS, HEAD_SAMPLES_MAX, SILENT_MAX_MS, SILENT_MIN_MS, is_timely,
};
use super::share::{Refused, Shares};
use crate::{Samples, Tier};
use store::Series;

/// Every series that is being sampled, and the samples of each that are in no chunk yet.
///
/// The rules, whatever the order in which samples come:
///
/// - A sample belongs to the window of its own time, however late it is, and is sorted in there.
/// - Of samples of one series at the same millisecond the one that came last counts.
/// - One that is more than a day older than the server's clock, or more than a minute ahead, is
///   refused. So a clock that jumps forward makes a gap, and one that jumps back writes its samples
///   where they belong by the new time, over those at the very same milliseconds.
/// - Taking the same messages again changes nothing: a chunk that already has them stays as it is.
#[derive(Debug, Default)]
pub struct Recorder {
    own: OwnHost,
    series: HashMap<SeriesKey, Known>,
    shares: Shares,
    /// Those that are in a head, taken to be written or not.
    samples: usize,
    /// When no room was found, though it was looked for series that had ended.
    full_at_ms: Option<i64>,
    /// The first new series that was refused since this was last asked for.
    refused: Option<Refused>,
}

#[derive(Debug)]
struct Known {
    /// The newest that was reported.
    unit: Option<Unit>,
    family: Family,
    head: Head,
    /// The server's clock when the first and the last of its samples came.
    first_ms: i64,
    last_ms: i64,
}

impl Known {
    /// Whether it is silent for long. A last sample of a future that is none any more says nothing.
    fn has_ended(&self, now_ms: i64) -> bool {
        let lasted_ms = self.last_ms.saturating_sub(self.first_ms);
        let silent_min_ms = lasted_ms.clamp(SILENT_MIN_MS, SILENT_MAX_MS);
        let silent_ms = now_ms.saturating_sub(self.last_ms);
        silent_ms > silent_min_ms || silent_ms < -AHEAD_MAX_MS
    }
}

/// What became of the points of some messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// They are kept.
    pub kept: u64,
    /// They are kept in place of others at the same millisecond.
    pub replaced: u64,
    /// Their time is too far from the server's.
    pub untimely: u64,
    /// Their series is one too many, or its text too long.
    pub unnamed: u64,
    /// There is no room: too many samples wait for the store, or are in one window of one series.
    pub full: u64,
}

impl Taken {
    /// How many were not kept.
    pub fn refused(self) -> u64 {
        self.untimely + self.unnamed + self.full
    }
}

/// A window of a series that wants to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The series.
    pub series: Series,
    /// The window's first moment.
    pub window_ms: i64,
    /// What came since the window was last written.
    pub samples: Samples,
}

impl Recorder {
    /// Knows the series of the server's own host by its name, whatever messages call it.
    pub fn of_host(own: OwnHost) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    fn know(&mut self, key: &SeriesKey, now_ms: i64) -> &mut Known {
        self.series.entry(key.clone()).or_insert_with(|| {
            let family = Family::of(key);
            self.shares.add(&family);
            Known {
                unit: None,
                family,
                head: Head::default(),
                first_ms: now_ms,
                last_ms: now_ms,
            }
        })
    }

    /// Whether there is room for this series as one more, once those that have ended gave up theirs.
    fn has_room(&mut self, key: &SeriesKey, now_ms: i64) -> bool {
        let family = Family::of(key);
        if self.shares.has_room(&family) {
            return true;
        }
        // Each look goes over all series, and what comes too often comes with each message.
        let was_tried = |at_ms: i64| now_ms.abs_diff(at_ms) < ENDED_TRIED_EVERY_MS;
        if !self.full_at_ms.is_some_and(was_tried) {
            self.release(now_ms);
            if self.shares.has_room(&family) {
                return true;
            }
            self.full_at_ms = Some(now_ms);
        }
        self.refused
            .get_or_insert_with(|| self.shares.refused(&family));
        false
    }

    /// Lets go of series that have ended: what the store has of them stays, and one that goes on is
    /// known again.
    fn release(&mut self, now_ms: i64) {
        let ended = |_: &SeriesKey, it: &mut Known| it.head.is_empty() && it.has_ended(now_ms);
        for (_, ended) in self.series.extract_if(ended) {
            self.shares.remove(&ended.family);
        }
    }

    /// Forgets a series of which the store has nothing, unless something of it waits to be sealed.
    pub fn forget(&mut self, series: &SeriesKey) {
        if self.series.get(series).is_some_and(|it| it.head.is_empty())
            && let Some(known) = self.series.remove(series)
        {
            self.shares.remove(&known.family);
        }
    }

    /// The first new series that was refused for want of room since this was last asked.
    pub fn take_refused(&mut self) -> Option<Refused> {
        self.refused.take()
    }

    /// Whether a series is being sampled.
    pub fn has(&self, series: &SeriesKey) -> bool {
        self.series.contains_key(series)
    }

    /// Takes a message's points in. `now_ms` is the server's clock; for a message that is read back
    /// from the journal, its own time.
    pub fn take(&mut self, message: &Durable, now_ms: i64) -> Taken {
        let mut taken = Taken::default();
        let at_ms = message.timestamp().unix_ms();
        let mut seen = HashSet::new();
        for (point, unit) in points(message) {
            let mut key = point.series;
            self.own.resolve_series(&mut key);
            if seen.contains(&key) {
                continue;
            }
            let is_known = self.series.contains_key(&key);
            let is_short = || key.to_string().len() <= SeriesKey::TEXT_BYTES_MAX;
            let count = if !is_timely(at_ms, now_ms) {
                &mut taken.untimely
            } else if !(is_known || is_short() && self.has_room(&key, now_ms)) {
                &mut taken.unnamed
            } else if self.samples >= HEAD_SAMPLES_MAX {
                &mut taken.full
            } else {
                let known = self.know(&key, now_ms);
                known.last_ms = now_ms;
                if unit.is_some() && unit != known.unit {
                    known.unit = unit;
                }
                match known.head.insert(at_ms, point.value, now_ms) {
                    Inserted::Added => {
                        self.samples += 1;
                        &mut taken.kept
                    }
                    Inserted::Replaced => &mut taken.replaced,
                    Inserted::Full => &mut taken.full,
                }
            };
            *count += 1;
            seen.insert(key);
        }
        taken
    }

    /// The windows to be written now. They are shown until [`Recorder::sealed`] says that they are in
    /// the store; if they could not be written, [`Recorder::put_back`] says so.
    pub fn due(&mut self, now_ms: i64) -> Vec<Due> {
        let mut due = Vec::new();
        for (key, known) in &mut self.series {
            for (window_ms, samples) in known.head.take_due(now_ms) {
                due.push(Due {
                    series: series(key, known),
                    window_ms,
                    samples,
                });
            }
        }
        due.sort_by(|a, b| (a.window_ms, &a.series.key).cmp(&(b.window_ms, &b.series.key)));
        due
    }

    /// What was due is in the store.
    pub fn sealed(&mut self, due: &[Due]) {
        for due in due {
            if let Some(known) = self.series.get_mut(&due.series.key) {
                self.samples -= known.head.sealed(due.window_ms);
            }
        }
    }

    /// What was due could not be written, and is due again the next time.
    pub fn put_back(&mut self, due: &[Due], now_ms: i64) {
        for due in due {
            if let Some(known) = self.series.get_mut(&due.series.key) {
                self.samples -= known.head.put_back(due.window_ms, now_ms);
            }
        }
    }

    /// What the store may not have yet of a series within `from_ms` and `to_ms` (exclusive), by
    /// window: whole windows. `None` if there is no such series.
    pub fn unsealed(
        &self,
        series: &SeriesKey,
        from_ms: i64,
        to_ms: i64,
    ) -> Option<BTreeMap<i64, Samples>> {
        let known = self.series.get(series)?;
        Some(known.head.unsealed(from_ms, to_ms))
    }

    /// A series, if it is being sampled.
    pub fn find(&self, key: &SeriesKey) -> Option<Series> {
        self.series.get(key).map(|known| series(key, known))
    }

    /// Every series that is being sampled, in no order.
    pub fn catalogue(&self) -> Vec<Series> {
        let all = self.series.iter();
        all.map(|(key, known)| series(key, known)).collect()
    }

    /// The first and the last moment of what the store may not have yet of each series that has
    /// something.
    pub fn spans_ms(&self) -> Vec<(SeriesKey, (i64, i64))> {
        let all = self.series.iter();
        all.filter_map(|(key, known)| Some((key.clone(), known.head.span_ms()?)))
            .collect()
    }

    /// The hosts of the series that are being sampled.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut hosts = BTreeSet::new();
        for key in self.series.keys() {
            if !hosts.contains(&key.host) {
                hosts.insert(key.host.clone());
            }
        }
        hosts
    }

    /// How many samples are held in memory.
    pub fn samples(&self) -> usize {
        self.samples
    }
}

fn series(key: &SeriesKey, known: &Known) -> Series {
    Series {
        key: key.clone(),
        unit: known.unit.clone(),
    }
}

/// From which time on the journal's `metrics` and `data` have to be taken in again at start, given
/// the end of each series' newest chunk; `None` if all of them.
///
/// All series are sealed together, so it is the newest window that counts. It and the one before it
/// are taken again, because a stop may have come between two of their transactions, or before a late
/// sample was written. Chunks of a future that the clock once jumped to do not count; if all are of
/// that future, everything is taken again, which changes nothing and takes a moment.
pub fn replay_from_ms(sealed_ms: impl IntoIterator<Item = i64>, now_ms: i64) -> Option<i64> {
    let past = sealed_ms.into_iter().filter(|&end_ms| end_ms <= now_ms);
    let window_ms = Tier::Second.window_start_ms(past.max()?);
    Some(window_ms.saturating_sub(Tier::Second.window_ms()))
}

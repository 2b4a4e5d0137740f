use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::Durable;

use super::head::{Head, Inserted};
use super::limits::{
    FORGET_TRIED_EVERY_MS, HEAD_SAMPLES_MAX, NAME_BYTES_MAX, SERIES_MAX, SILENT_MIN_MS, is_timely,
};
use super::{figures, text};
use crate::{Samples, SeriesId, SeriesName, SeriesRow, Tier};

/// Every series there is, and the samples of each that are in no chunk yet.
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
    series: HashMap<String, Known>,
    /// Those that are in a head, taken to be written or not.
    samples: usize,
    /// When no series could be forgotten for another.
    full_at_ms: Option<i64>,
}

#[derive(Debug)]
struct Known {
    name: SeriesName,
    head: Head,
    /// The last sample's time; the beginning of time if none is known.
    newest_ms: i64,
}

/// What became of the figures of some messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// They are kept.
    pub kept: u64,
    /// They are kept in place of others at the same millisecond.
    pub replaced: u64,
    /// Their time is too far from the server's.
    pub untimely: u64,
    /// Their series is one too many, or its name too long.
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
    /// The series' text.
    pub series: String,
    /// Its name.
    pub name: SeriesName,
    /// The window's first moment.
    pub window_ms: i64,
    /// What came since the window was last written.
    pub samples: Samples,
}

impl Recorder {
    /// Goes on with the series that exist, given the last sample's time of those that have samples: as
    /// many as there may be, those that were sampled last.
    pub fn new(catalogue: &[SeriesRow], newest_ms: &HashMap<SeriesId, i64>) -> Self {
        let newest_ms = |row: &SeriesRow| newest_ms.get(&row.id).copied().unwrap_or(i64::MIN);
        let mut rows: Vec<_> = catalogue.iter().map(|row| (newest_ms(row), row)).collect();
        rows.sort_by_key(|(newest_ms, _)| std::cmp::Reverse(*newest_ms));
        rows.truncate(SERIES_MAX);
        let mut recorder = Self::default();
        for (newest_ms, row) in rows {
            recorder.know(text(&row.name), &row.name).newest_ms = newest_ms;
        }
        recorder
    }

    fn know(&mut self, text: String, name: &SeriesName) -> &mut Known {
        self.series.entry(text).or_insert_with(|| Known {
            name: name.clone(),
            head: Head::default(),
            newest_ms: i64::MIN,
        })
    }

    /// Whether there is room for one more series: where there is none, the one that is silent for the
    /// longest is forgotten, if that is long.
    fn has_room(&mut self, now_ms: i64) -> bool {
        if self.series.len() < SERIES_MAX {
            return true;
        }
        // Each look goes over all series, and whoever has too many asks with each message.
        let was_tried = |at_ms: i64| now_ms.abs_diff(at_ms) < FORGET_TRIED_EVERY_MS;
        if self.full_at_ms.is_some_and(was_tried) {
            return false;
        }
        let silent_since_ms = now_ms.saturating_sub(SILENT_MIN_MS);
        let all = self.series.iter();
        let silent = all.filter(|(_, it)| it.newest_ms < silent_since_ms && it.head.is_empty());
        let longest = silent.min_by_key(|(_, it)| it.newest_ms);
        let longest = longest.map(|(text, _)| text.clone());
        self.full_at_ms = longest.is_none().then_some(now_ms);
        longest.is_some_and(|text| self.series.remove(&text).is_some())
    }

    /// Forgets a series of which the store has nothing, unless something of it waits to be sealed.
    pub fn forget(&mut self, series: &str) {
        if self.series.get(series).is_some_and(|it| it.head.is_empty()) {
            self.series.remove(series);
        }
    }

    /// Knows a series from now on. False if there is no room for it.
    pub fn learn(&mut self, series: &str, name: &SeriesName) -> bool {
        let has_room = self.series.contains_key(series) || self.series.len() < SERIES_MAX;
        if has_room {
            self.know(series.to_owned(), name);
        }
        has_room
    }

    /// Takes a message's figures in. `now_ms` is the server's clock; for a message that is read back
    /// from the journal, its own time.
    pub fn take(&mut self, message: &Durable, now_ms: i64) -> Taken {
        let mut taken = Taken::default();
        let at_ms = message.timestamp().unix_ms();
        let mut seen = HashSet::new();
        for figure in figures(message) {
            let text = text(&figure.series);
            if seen.contains(&text) {
                continue;
            }
            let is_known = self.series.contains_key(&text);
            let count = if !is_timely(at_ms, now_ms) {
                &mut taken.untimely
            } else if !is_known && (text.len() > NAME_BYTES_MAX || !self.has_room(now_ms)) {
                &mut taken.unnamed
            } else if self.samples >= HEAD_SAMPLES_MAX {
                &mut taken.full
            } else {
                let known = self.know(text.clone(), &figure.series);
                known.newest_ms = known.newest_ms.max(at_ms);
                let unit = figure.series.unit;
                if unit.is_some() && unit != known.name.unit {
                    known.name.unit = unit;
                }
                match known.head.insert(at_ms, figure.value, now_ms) {
                    Inserted::Added => {
                        self.samples += 1;
                        &mut taken.kept
                    }
                    Inserted::Replaced => &mut taken.replaced,
                    Inserted::Full => &mut taken.full,
                }
            };
            *count += 1;
            seen.insert(text);
        }
        taken
    }

    /// The windows to be written now. They are shown until [`Recorder::sealed`] says that they are in
    /// the store; if they could not be written, [`Recorder::put_back`] says so.
    pub fn due(&mut self, now_ms: i64) -> Vec<Due> {
        let mut due = Vec::new();
        for (series, known) in &mut self.series {
            for (window_ms, samples) in known.head.take_due(now_ms) {
                due.push(Due {
                    series: series.clone(),
                    name: known.name.clone(),
                    window_ms,
                    samples,
                });
            }
        }
        due.sort_by(|a, b| (a.window_ms, &a.series).cmp(&(b.window_ms, &b.series)));
        due
    }

    /// What was due is in the store.
    pub fn sealed(&mut self, due: &[Due]) {
        for due in due {
            if let Some(known) = self.series.get_mut(&due.series) {
                self.samples -= known.head.sealed(due.window_ms);
            }
        }
    }

    /// What was due could not be written, and is due again the next time.
    pub fn put_back(&mut self, due: &[Due], now_ms: i64) {
        for due in due {
            if let Some(known) = self.series.get_mut(&due.series) {
                self.samples -= known.head.put_back(due.window_ms, now_ms);
            }
        }
    }

    /// What the store may not have yet of a series within `from_ms` and `to_ms` (exclusive), by
    /// window: whole windows. `None` if there is no such series.
    pub fn unsealed(
        &self,
        series: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Option<BTreeMap<i64, Samples>> {
        let known = self.series.get(series)?;
        Some(known.head.unsealed(from_ms, to_ms))
    }

    /// A series' name.
    pub fn name(&self, series: &str) -> Option<&SeriesName> {
        self.series.get(series).map(|known| &known.name)
    }

    /// Text and name of every series, by text.
    pub fn catalogue(&self) -> Vec<(String, SeriesName)> {
        let all = self.series.iter();
        let mut all: Vec<_> = all
            .map(|(text, known)| (text.clone(), known.name.clone()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The first and the last moment of what the store may not have yet, by the text of each series
    /// that has something.
    pub fn spans_ms(&self) -> Vec<(String, (i64, i64))> {
        let all = self.series.iter();
        all.filter_map(|(text, known)| Some((text.clone(), known.head.span_ms()?)))
            .collect()
    }

    /// How many samples are held in memory.
    pub fn samples(&self) -> usize {
        self.samples
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

use super::family::Family;
use super::head::{Head, Inserted};
use super::limits::{
    AHEAD_MAX_MS, HEAD_SAMPLES_MAX, RELEASE_EVERY_MS, SILENT_MAX_MS, SILENT_MIN_MS, is_timely,
};
use super::quota::{Quotas, Refused};
use crate::{Samples, Tier};
use protocol::{Durable, OwnHost, SeriesKey, Unit, points};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::Series;

/// Every active series, and its unsealed samples.
///
/// The rules, whatever the order in which samples come:
///
/// - A sample is inserted into the window of its own time, however late it is.
/// - Of samples of one series at the same millisecond the newest replaces the others.
/// - One that is more than a day older than the server's clock, or more than a minute ahead, is
///   rejected. So a clock that jumps forward makes a gap, and after one that jumped back, samples replace
///   those at the same milliseconds.
/// - Ingesting the same messages again changes nothing.
#[derive(Debug, Default)]
pub struct Recorder {
    own: OwnHost,
    series: HashMap<SeriesKey, ActiveSeries>,
    quotas: Quotas,
    /// How many are unsealed.
    samples: usize,
    /// When releasing ended series made no room for a new one.
    full_at_ms: Option<i64>,
    /// The first new series that was rejected since the last [`Recorder::take_refused`].
    refused: Option<Refused>,
}

#[derive(Debug)]
struct ActiveSeries {
    /// The newest that was reported.
    unit: Option<Unit>,
    family: Family,
    head: Head,
    /// The server's clock at the first and the last of its samples.
    first_ms: i64,
    last_ms: i64,
}

impl ActiveSeries {
    /// Whether it was silent for long. After the clock went back far, its last sample is in the future.
    fn has_ended(&self, now_ms: i64) -> bool {
        let lasted_ms = self.last_ms.saturating_sub(self.first_ms);
        let silent_min_ms = lasted_ms.clamp(SILENT_MIN_MS, SILENT_MAX_MS);
        let silent_ms = now_ms.saturating_sub(self.last_ms);
        silent_ms > silent_min_ms || silent_ms < -AHEAD_MAX_MS
    }
}

/// How many points were ingested, and how many not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestOutcome {
    /// New samples.
    pub added: u64,
    /// Samples that replaced others at the same millisecond.
    pub replaced: u64,
    /// Rejected because their time is too far from the server's.
    pub out_of_bounds: u64,
    /// Rejected because of the limit of series, or a series whose text is too long.
    pub series_rejected: u64,
    /// Rejected because too many samples are unsealed, over all or in one window of one series.
    pub full: u64,
}

impl IngestOutcome {
    /// How many were rejected.
    pub fn rejected(self) -> u64 {
        self.out_of_bounds + self.series_rejected + self.full
    }
}

/// A window of a series to be sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The series.
    pub series: Series,
    /// The start of the window.
    pub window_ms: i64,
    /// New samples since the window was last sealed.
    pub samples: Samples,
}

impl Recorder {
    /// Gives series of the server's own host its newest name, whichever messages use.
    pub fn of_host(own: OwnHost) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    fn activate(&mut self, key: &SeriesKey, now_ms: i64) -> &mut ActiveSeries {
        self.series.entry(key.clone()).or_insert_with(|| {
            let family = Family::of(key);
            self.quotas.add(&family);
            ActiveSeries {
                unit: None,
                family,
                head: Head::default(),
                first_ms: now_ms,
                last_ms: now_ms,
            }
        })
    }

    /// Whether a new series is allowed, after ended ones are released if need be.
    fn has_room(&mut self, key: &SeriesKey, now_ms: i64) -> bool {
        let family = Family::of(key);
        if self.quotas.has_room(&family) {
            return true;
        }
        // Releasing visits all series, and a series beyond the limit comes with each message.
        let is_recent = |at_ms: i64| now_ms.abs_diff(at_ms) < RELEASE_EVERY_MS;
        if !self.full_at_ms.is_some_and(is_recent) {
            self.release(now_ms);
            if self.quotas.has_room(&family) {
                return true;
            }
            self.full_at_ms = Some(now_ms);
        }
        self.refused
            .get_or_insert_with(|| self.quotas.refused(&family));
        false
    }

    /// Removes ended series from memory: their samples stay in the store, and a new sample activates a
    /// series again.
    fn release(&mut self, now_ms: i64) {
        let ended =
            |_: &SeriesKey, it: &mut ActiveSeries| it.head.is_empty() && it.has_ended(now_ms);
        for (_, ended) in self.series.extract_if(ended) {
            self.quotas.remove(&ended.family);
        }
    }

    /// Removes a series that has no chunk, unless it has unsealed samples.
    pub fn forget(&mut self, series: &SeriesKey) {
        if self.series.get(series).is_some_and(|it| it.head.is_empty())
            && let Some(active) = self.series.remove(series)
        {
            self.quotas.remove(&active.family);
        }
    }

    /// The first new series that was rejected since the last call, because a limit was reached.
    pub fn take_refused(&mut self) -> Option<Refused> {
        self.refused.take()
    }

    /// Whether a series is active.
    pub fn has(&self, series: &SeriesKey) -> bool {
        self.series.contains_key(series)
    }

    /// Ingests a message's points. `now_ms` is the server's clock; for a message that is read from the
    /// journal, its own time.
    pub fn ingest(&mut self, message: &Durable, now_ms: i64) -> IngestOutcome {
        let mut outcome = IngestOutcome::default();
        let at_ms = message.timestamp().unix_ms();
        let mut seen = HashSet::new();
        for (point, unit) in points(message) {
            let mut key = point.series;
            self.own.resolve_series(&mut key);
            if seen.contains(&key) {
                continue;
            }
            let is_active = self.series.contains_key(&key);
            let is_short = || key.to_string().len() <= SeriesKey::TEXT_BYTES_MAX;
            let count = if !is_timely(at_ms, now_ms) {
                &mut outcome.out_of_bounds
            } else if !(is_active || is_short() && self.has_room(&key, now_ms)) {
                &mut outcome.series_rejected
            } else if self.samples >= HEAD_SAMPLES_MAX {
                &mut outcome.full
            } else {
                let active = self.activate(&key, now_ms);
                active.last_ms = now_ms;
                if unit.is_some() && unit != active.unit {
                    active.unit = unit;
                }
                match active.head.insert(at_ms, point.value, now_ms) {
                    Inserted::Added => {
                        self.samples += 1;
                        &mut outcome.added
                    }
                    Inserted::Replaced => &mut outcome.replaced,
                    Inserted::Full => &mut outcome.full,
                }
            };
            *count += 1;
            seen.insert(key);
        }
        outcome
    }

    /// The windows to be sealed now. They are still read from here until [`Recorder::sealed`] removes them;
    /// those that were not written go to [`Recorder::put_back`].
    pub fn due(&mut self, now_ms: i64) -> Vec<Due> {
        let mut due = Vec::new();
        for (key, active) in &mut self.series {
            for (window_ms, samples) in active.head.take_due(now_ms) {
                due.push(Due {
                    series: series(key, active),
                    window_ms,
                    samples,
                });
            }
        }
        due.sort_by(|a, b| (a.window_ms, &a.series.key).cmp(&(b.window_ms, &b.series.key)));
        due
    }

    /// Removes windows that are in the store.
    pub fn sealed(&mut self, due: &[Due]) {
        for due in due {
            if let Some(active) = self.series.get_mut(&due.series.key) {
                self.samples -= active.head.sealed(due.window_ms);
            }
        }
    }

    /// Returns windows that were not written; they are due again the next time.
    pub fn put_back(&mut self, due: &[Due], now_ms: i64) {
        for due in due {
            if let Some(active) = self.series.get_mut(&due.series.key) {
                self.samples -= active.head.put_back(due.window_ms, now_ms);
            }
        }
    }

    /// Unsealed samples of a series between `from_ms` and `to_ms` (excluded), by window: whole windows.
    /// `None` if there is no such series.
    pub fn unsealed(
        &self,
        series: &SeriesKey,
        from_ms: i64,
        to_ms: i64,
    ) -> Option<BTreeMap<i64, Samples>> {
        let active = self.series.get(series)?;
        Some(active.head.unsealed(from_ms, to_ms))
    }

    /// A series, if it is active.
    pub fn find(&self, key: &SeriesKey) -> Option<Series> {
        self.series.get(key).map(|active| series(key, active))
    }

    /// Every active series, in no order.
    pub fn catalogue(&self) -> Vec<Series> {
        let all = self.series.iter();
        all.map(|(key, active)| series(key, active)).collect()
    }

    /// The first and the last time of the unsealed samples of each series that has some.
    pub fn spans_ms(&self) -> Vec<(SeriesKey, (i64, i64))> {
        let all = self.series.iter();
        all.filter_map(|(key, active)| Some((key.clone(), active.head.span_ms()?)))
            .collect()
    }

    /// The hosts of active series.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut hosts = BTreeSet::new();
        for key in self.series.keys() {
            if !hosts.contains(&key.host) {
                hosts.insert(key.host.clone());
            }
        }
        hosts
    }

    /// How many samples are unsealed.
    pub fn samples(&self) -> usize {
        self.samples
    }
}

fn series(key: &SeriesKey, active: &ActiveSeries) -> Series {
    Series {
        key: key.clone(),
        unit: active.unit.clone(),
    }
}

/// The time from which the journal's `metrics` and `data` have to be replayed at start, given
/// the end of each series' newest chunk; `None` if all of them.
///
/// All series are sealed together, so the newest window decides. It and the one before it are replayed,
/// because the process may have stopped between two of their transactions, or before a late sample was
/// written. Chunks in the future, which a wrong clock made, are ignored; if all are in the future,
/// everything is replayed.
pub fn replay_from_ms(sealed_ms: impl IntoIterator<Item = i64>, now_ms: i64) -> Option<i64> {
    let ends_ms = sealed_ms.into_iter().filter(|&end_ms| end_ms <= now_ms);
    let window_ms = Tier::Second.window_start_ms(ends_ms.max()?);
    Some(window_ms.saturating_sub(Tier::Second.window_ms()))
}

use super::family::Family;
use super::head::{Head, Inserted};
use super::limits::{
    AHEAD_MAX_MS, Limits, RELEASE_EVERY_MS, SILENT_MAX_MS, SILENT_MIN_MS, is_timely,
};
use super::members::Members;
use super::quota::{Quotas, Refused};
use crate::{Samples, Tier};
use protocol::{Durable, Kind, OwnHost, SeriesKey, SeriesSet, Unit, points};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
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
    limits: Limits,
    series: HashMap<Arc<SeriesKey>, ActiveSeries>,
    quotas: Quotas,
    /// How many are unsealed.
    samples: usize,
    /// Room that is reserved for samples of messages that are about to be committed, or not ingested yet.
    reserved: usize,
    /// How often a series was released. While it does not change, an active series stays active.
    releases: u64,
    /// The newest ingested message.
    ingested_seq: u64,
    /// When releasing ended series made no room for a new one.
    full_at_ms: Option<i64>,
    /// The first new series that was rejected since the last [`Recorder::take_refused`].
    refused: Option<Refused>,
}

#[derive(Debug)]
struct ActiveSeries {
    /// The newest that was reported.
    unit: Option<Unit>,
    kind: Kind,
    family: Arc<Family>,
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
    /// Rejected because too many samples are unsealed.
    pub full: u64,
    /// Rejected because a window of their series has as many as it may have.
    pub too_dense: u64,
}

impl IngestOutcome {
    /// How many were rejected.
    pub fn rejected(self) -> u64 {
        self.out_of_bounds + self.series_rejected + self.full + self.too_dense
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
    pub samples: Arc<Samples>,
}

/// A point, wherever its message has it.
struct NewSample<'a> {
    unit: Option<&'a Unit>,
    kind: Kind,
    at_ms: i64,
    value: f64,
    seq: u64,
    /// Whether room was reserved for it.
    has_room: bool,
}

impl Recorder {
    /// Gives series of the server's own host its newest name, whichever messages use.
    pub fn new(own: OwnHost, limits: Limits) -> Self {
        Self {
            own,
            limits,
            quotas: Quotas::new(limits),
            ..Self::default()
        }
    }

    /// Adds a series that is not active.
    fn activate(&mut self, key: Arc<SeriesKey>, now_ms: i64) {
        let active = ActiveSeries {
            unit: None,
            kind: Kind::of(&key),
            family: self.quotas.add(Family::of(&key)),
            head: Head::default(),
            first_ms: now_ms,
            last_ms: now_ms,
        };
        self.series.insert(key, active);
    }

    /// Whether a program's series is active, or becomes so: false beyond the limit.
    pub fn admit(&mut self, key: &SeriesKey, now_ms: i64) -> bool {
        if self.series.contains_key(key) {
            return true;
        }
        let has_room = self.has_room(key, now_ms);
        if has_room {
            self.activate(Arc::new(key.clone()), now_ms);
        }
        has_room
    }

    /// The newest name of the server's own host, whichever of its names the series has.
    pub fn resolve(&self, key: &mut SeriesKey) {
        self.own.resolve_series(key);
    }

    /// How often a series was released.
    pub fn releases(&self) -> u64 {
        self.releases
    }

    /// Reserves room for so many samples of messages that will be ingested; false if there is none now.
    pub fn reserve(&mut self, count: usize) -> bool {
        // A request with more than there may be must not wait for ever.
        let is_alone = self.samples + self.reserved == 0;
        let taken = self.samples + self.reserved + count;
        let has_room = taken <= self.limits.reservable_samples_max();
        if has_room || is_alone {
            self.reserved += count;
        }
        has_room || is_alone
    }

    /// Gives back room that is not needed.
    pub fn unreserve(&mut self, count: usize) {
        self.reserved = self.reserved.saturating_sub(count);
    }

    /// Whether half of the room is used, so that it is time to seal.
    pub fn is_under_pressure(&self) -> bool {
        self.samples + self.reserved > self.limits.samples_max / 2
    }

    /// The label that has the most values among the series of programs, and how many.
    pub fn widest_label(&self) -> Option<(String, usize)> {
        let of_programs = self.series.iter().filter(|(_, it)| it.family.is_data());
        let mut values: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (key, _) in of_programs {
            for (label, value) in key.labels.iter() {
                values.entry(label).or_default().insert(value);
            }
        }
        let counts = values
            .into_iter()
            .map(|(label, values)| (values.len(), label));
        let (count, label) = counts.max()?;
        Some((label.to_owned(), count))
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
            |_: &Arc<SeriesKey>, it: &mut ActiveSeries| it.head.is_empty() && it.has_ended(now_ms);
        for (_, ended) in self.series.extract_if(ended) {
            self.quotas.remove(&ended.family);
            self.releases += 1;
        }
    }

    /// Removes a series that has no chunk, unless it has unsealed samples.
    pub fn forget(&mut self, series: &SeriesKey) {
        if self.series.get(series).is_some_and(|it| it.head.is_empty())
            && let Some(active) = self.series.remove(series)
        {
            self.quotas.remove(&active.family);
            self.releases += 1;
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

    /// Ingests a message's points, except those of `samples`. `seq` is its number, and `now_ms` the server's clock; for
    /// a message that is read from the journal, its own time.
    pub fn ingest(&mut self, message: &Durable, seq: u64, now_ms: i64) -> IngestOutcome {
        self.ingested_seq = self.ingested_seq.max(seq);
        let mut outcome = IngestOutcome::default();
        let at_ms = message.timestamp().unix_ms();
        let mut seen = HashSet::new();
        for (point, unit) in points(message) {
            let mut key = point.series;
            self.own.resolve_series(&mut key);
            if seen.contains(&key) {
                continue;
            }
            if is_timely(at_ms, now_ms) {
                let sample = NewSample {
                    unit: unit.as_ref(),
                    kind: Kind::of(&key),
                    at_ms,
                    value: point.value,
                    seq,
                    has_room: false,
                };
                let is_short = || key.to_string().len() <= SeriesKey::TEXT_BYTES_MAX;
                if self.series.contains_key(&key) || is_short() && self.has_room(&key, now_ms) {
                    self.add(&key, None, &sample, now_ms, &mut outcome);
                } else {
                    outcome.series_rejected += 1;
                }
            } else {
                outcome.out_of_bounds += 1;
            }
            seen.insert(key);
        }
        outcome
    }

    /// Ingests a message with the values of a set, and gives back the room that was reserved for them. Times and series
    /// were checked before it was committed, so all are ingested, even of a series that was released meanwhile, and whatever
    /// else took room meanwhile. `members` is its set; without it, only new series are ingested.
    pub fn ingest_samples(
        &mut self,
        message: &protocol::Samples,
        members: Option<&Members>,
        seq: u64,
        now_ms: i64,
    ) -> IngestOutcome {
        self.ingested_seq = self.ingested_seq.max(seq);
        // Messages of the journal are replayed before anything is reserved.
        let has_room = self.reserved >= message.len();
        self.unreserve(message.len());
        let mut outcome = IngestOutcome::default();
        for (index, at_ms, value) in message.set_values() {
            let Some(member) = members.and_then(|members| members.get(index)) else {
                outcome.series_rejected += 1;
                continue;
            };
            let sample = NewSample {
                unit: member.unit.as_ref(),
                kind: member.kind,
                at_ms,
                value,
                seq,
                has_room,
            };
            self.add(
                &member.key,
                Some(&member.key),
                &sample,
                now_ms,
                &mut outcome,
            );
        }
        for extra in &message.extra {
            let mut key = extra.series.key(message.host.as_deref());
            self.own.resolve_series(&mut key);
            let unit = extra.series.unit();
            for (at_ms, value) in message.extra_values(extra) {
                let sample = NewSample {
                    unit: unit.as_ref(),
                    kind: extra.series.kind(),
                    at_ms,
                    value,
                    seq,
                    has_room,
                };
                self.add(&key, None, &sample, now_ms, &mut outcome);
            }
        }
        outcome
    }

    /// Adds a sample of a series, which becomes active.
    fn add(
        &mut self,
        key: &SeriesKey,
        shared: Option<&Arc<SeriesKey>>,
        sample: &NewSample<'_>,
        now_ms: i64,
        outcome: &mut IngestOutcome,
    ) {
        if !self.series.contains_key(key) {
            let key = shared.map_or_else(|| Arc::new(key.clone()), Arc::clone);
            self.activate(key, now_ms);
        }
        let Some(active) = self.series.get_mut(key) else {
            return;
        };
        if !sample.has_room && self.samples >= self.limits.samples_max {
            outcome.full += 1;
            return;
        }
        active.last_ms = now_ms;
        active.kind = sample.kind;
        if sample.unit.is_some() && sample.unit != active.unit.as_ref() {
            active.unit = sample.unit.cloned();
        }
        let NewSample {
            at_ms, value, seq, ..
        } = *sample;
        match active.head.insert(at_ms, value, seq, now_ms) {
            Inserted::Added => {
                self.samples += 1;
                outcome.added += 1;
            }
            Inserted::Replaced => outcome.replaced += 1,
            Inserted::Full => outcome.too_dense += 1,
        }
    }

    /// Everything up to this message is sealed.
    pub fn sealed_seq(&self) -> u64 {
        let unsealed = self.series.values().filter_map(|it| it.head.since_seq());
        match unsealed.min() {
            Some(first) => first.saturating_sub(1).min(self.ingested_seq),
            None => self.ingested_seq,
        }
    }

    /// Everything up to this message needs not to be ingested: it is in chunks.
    pub fn skip_to(&mut self, seq: u64) {
        self.ingested_seq = self.ingested_seq.max(seq);
    }

    /// The series of a set.
    pub fn members(&self, set: &SeriesSet) -> Members {
        let shared = |key: &SeriesKey| {
            let active = self.series.get_key_value(key);
            active.map(|(key, _)| Arc::clone(key))
        };
        Members::of(set, &self.own, shared)
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

    /// The keys of all active series, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<SeriesKey>> {
        self.series.keys()
    }

    /// The key of an active series.
    pub fn key(&self, key: &SeriesKey) -> Option<Arc<SeriesKey>> {
        let (key, _) = self.series.get_key_value(key)?;
        Some(Arc::clone(key))
    }

    /// The first and the last time of the unsealed samples of a series.
    pub fn span_ms(&self, key: &SeriesKey) -> Option<(i64, i64)> {
        self.series.get(key)?.head.span_ms()
    }

    /// The first and the last time of the unsealed samples of each series that has some.
    pub fn spans_ms(&self) -> Vec<(SeriesKey, (i64, i64))> {
        let all = self.series.iter();
        all.filter_map(|(key, active)| Some(((**key).clone(), active.head.span_ms()?)))
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

    /// How many series are active.
    pub fn active(&self) -> usize {
        self.series.len()
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
        kind: active.kind,
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

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Data, ExtraSeries, Labels, SetSeries, Timestamp};

    const NOW_MS: i64 = 1_768_473_000_000;

    fn samples(name: &str, count: i64) -> protocol::Samples {
        protocol::Samples {
            timestamp: Timestamp::from_unix_ms(NOW_MS),
            host: None,
            source: "influx".to_owned(),
            set: None,
            columns: None,
            offsets_ms: (0..count).collect(),
            values: Vec::new(),
            extra: vec![ExtraSeries {
                series: SetSeries::new(&SeriesKey::new("", name, []), None, Kind::Gauge),
                values: (0..count).map(|_| Some(1.0)).collect(),
            }],
        }
    }

    #[test]
    fn what_others_take_meanwhile_does_not_refuse_what_has_room_reserved() {
        let limits = Limits {
            samples_max: 16,
            ..Limits::default()
        };
        let mut recorder = Recorder::new(OwnHost::default(), limits);
        let of_program = samples("x", 10);
        assert!(recorder.reserve(10));
        assert!(!recorder.reserve(6), "some room is left to others");
        for number in 0..20 {
            let data = Durable::Data(Data {
                timestamp: Timestamp::from_unix_ms(NOW_MS + number),
                label: "own".to_owned(),
                value: 1.0,
                unit: None,
                source: None,
                host: None,
                labels: Labels::default(),
            });
            recorder.ingest(&data, 1, NOW_MS);
        }
        assert_eq!(recorder.samples(), 16);
        let outcome = recorder.ingest_samples(&of_program, None, 2, NOW_MS);
        assert_eq!((outcome.added, outcome.full), (10, 0));
        // Nothing is reserved for what is read from the journal.
        let outcome = recorder.ingest_samples(&samples("y", 10), None, 3, NOW_MS);
        assert_eq!((outcome.added, outcome.full), (0, 10));
    }
}

//! Which series of a source are in which set.

use super::packing::{NewPoint, SetPoint};
use history::Tier;
use history::series::{Members, WINDOW_SAMPLES_MAX};
use protocol::{Kind, Labels, SeriesKey, SeriesSet, SetSeries, Unit};
use ring::digest::{SHA256, digest};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::SeriesSetRow;

/// A new series travels with each of its values until it was in so many batches: most of those that are short-lived
/// are never in a set.
const BATCHES_BEFORE_SET: u8 = 10;

/// Sets that a source may make at once: those of a hundred thousand series.
const SETS_AT_ONCE_MAX: f64 = 400.0;

/// Sets that a source may make in an hour once it has made so many. Without one, new series travel with their values.
const SETS_PER_HOUR: f64 = 60.0;

const HOUR_MS: f64 = 3_600_000.0;

/// A set that messages refer to.
#[derive(Debug)]
pub(crate) struct UsedSet {
    pub(super) id: String,
    /// The host of its series; empty for the server's own.
    host: String,
    members: Arc<Members>,
    /// To be stored with each message that refers to it until one is committed.
    row: SeriesSetRow,
    is_stored: Mutex<IsStored>,
}

#[derive(Debug, Default)]
struct IsStored {
    is_stored: bool,
    /// How often the store was notified that it is used no more, though it is.
    ends: u64,
}

impl UsedSet {
    /// How many series it has.
    pub(super) fn len(&self) -> usize {
        self.members.keys().len()
    }

    /// The host of its series.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The row to commit, unless it is stored.
    pub(super) fn unstored(&self) -> Option<SeriesSetRow> {
        (!self.lock().is_stored).then(|| self.row.clone())
    }

    /// How often the store was notified that it is used no more.
    pub(super) fn ends(&self) -> u64 {
        self.lock().ends
    }

    /// A message that refers to it is committed, before which it had ended so often.
    pub(super) fn stored(&self, ends: u64) {
        let mut state = self.lock();
        state.is_stored = state.ends == ends;
    }

    /// The store was notified that it is used no more.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ends += 1;
        state.is_stored = false;
    }

    fn lock(&self) -> MutexGuard<'_, IsStored> {
        self.is_stored
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Its series.
    pub(crate) fn members(&self) -> &Arc<Members> {
        &self.members
    }
}

/// Where a series of a source is.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) unit: Option<Unit>,
    pub(super) kind: Kind,
    /// The number of releases at which the series was known to be active.
    pub(super) releases: u64,
    column: Column,
    /// The window of its last point, and how many of its points are accepted.
    window_ms: i64,
    window_points: u32,
}

impl Place {
    /// Counts a point; false if its window has as many as it may have. Points that replace others count, too, and a window
    /// that it returns to counts from the start.
    pub(super) fn count(&mut self, at_ms: i64) -> bool {
        let window_ms = Tier::Second.window_start_ms(at_ms);
        if self.window_ms != window_ms {
            (self.window_ms, self.window_points) = (window_ms, 0);
        }
        let has_room = (self.window_points as usize) < WINDOW_SAMPLES_MAX;
        self.window_points += u32::from(has_room);
        has_room
    }
}

#[derive(Debug, Clone, Copy)]
enum Column {
    /// In no set; in so many batches.
    New(u8),
    /// In this set of the source, in this column.
    In(u32, u32),
}

/// The series of one source, and their sets.
#[derive(Debug, Default)]
pub(super) struct Source {
    places: HashMap<Arc<SeriesKey>, Place>,
    /// By number; absent once it is no longer used.
    sets: Vec<Option<Arc<UsedSet>>>,
    /// Series that belong into a set.
    ripe: Vec<Arc<SeriesKey>>,
    /// How many sets were made beyond what an hour allows.
    made: f64,
    made_at_ms: i64,
}

/// Where the points of a batch are.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) in_sets: Vec<SetPoint>,
    pub(super) new: Vec<NewPoint>,
}

/// A set as a store has it.
pub(super) struct LoadedSet {
    pub(super) row: SeriesSetRow,
    pub(super) set: SeriesSet,
    pub(super) members: Members,
}

impl Source {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn place(&mut self, key: &SeriesKey) -> Option<&mut Place> {
        self.places.get_mut(key)
    }

    /// Adds a series that has none yet.
    pub(super) fn insert(
        &mut self,
        key: Arc<SeriesKey>,
        unit: Option<Unit>,
        kind: Kind,
        releases: u64,
    ) {
        let place = Place {
            unit,
            kind,
            releases,
            column: Column::New(0),
            window_ms: i64::MIN,
            window_points: 0,
        };
        self.places.insert(key, place);
    }

    /// A set in use, by its id.
    pub(super) fn find(&self, id: &str) -> Option<&Arc<UsedSet>> {
        self.sets.iter().flatten().find(|set| set.id == id)
    }

    pub(super) fn set(&self, number: u32) -> Option<&Arc<UsedSet>> {
        self.sets.get(number as usize)?.as_ref()
    }

    /// Adds a point of a series that has a place. The sender may state another unit or kind than before.
    pub(super) fn add(
        &mut self,
        key: &SeriesKey,
        (unit, kind): (Option<Unit>, Kind),
        at_ms: i64,
        value: f64,
        placed: &mut Placed,
    ) {
        let Some((shared, _)) = self.places.get_key_value(key) else {
            return;
        };
        let shared = Arc::clone(shared);
        let Some(place) = self.places.get_mut(key) else {
            return;
        };
        if kind != place.kind || unit.is_some() && unit != place.unit {
            place.kind = kind;
            place.unit = unit.or(place.unit.take());
            place.column = Column::New(0);
        }
        match place.column {
            Column::In(set, column) => placed.in_sets.push(SetPoint {
                set,
                at_ms,
                column,
                value,
            }),
            Column::New(_) => placed.new.push(NewPoint {
                key: shared,
                unit: place.unit.clone(),
                kind: place.kind,
                at_ms,
                value,
            }),
        }
    }

    /// Counts a batch for these new series, and makes sets of those that have been in enough. Returns the sets that are
    /// used no more, since a larger one has their series.
    pub(super) fn end_batch(
        &mut self,
        name: &str,
        new: &[NewPoint],
        now_ms: i64,
        mut members: impl FnMut(&SeriesSet) -> Members,
    ) -> Vec<Arc<UsedSet>> {
        let mut before: Option<&Arc<SeriesKey>> = None;
        for point in new {
            // They are sorted by series.
            if before.is_some_and(|before| Arc::ptr_eq(before, &point.key)) {
                continue;
            }
            before = Some(&point.key);
            if let Some(place) = self.places.get_mut(&point.key)
                && let Column::New(batches) = &mut place.column
            {
                *batches = batches.saturating_add(1);
                if *batches == BATCHES_BEFORE_SET {
                    self.ripe.push(Arc::clone(&point.key));
                }
            }
        }
        if self.ripe.is_empty() {
            return Vec::new();
        }
        let passed_ms = now_ms.saturating_sub(self.made_at_ms).max(0) as f64;
        self.made_at_ms = now_ms;
        self.made = (self.made - passed_ms * SETS_PER_HOUR / HOUR_MS).max(0.0);
        if self.made >= SETS_AT_ONCE_MAX {
            return Vec::new();
        }
        let mut ended = Vec::new();
        let mut by_host: BTreeMap<String, Vec<Arc<SeriesKey>>> = BTreeMap::new();
        for key in std::mem::take(&mut self.ripe) {
            by_host.entry(key.host.clone()).or_default().push(key);
        }
        for (host, mut keys) in by_host {
            // A set that they would join stays what it is.
            if self.made >= SETS_AT_ONCE_MAX {
                self.ripe.append(&mut keys);
                continue;
            }
            // One that is smaller than a set may be joins them.
            let joins = |set: &UsedSet| {
                set.host() == host && set.len() + keys.len() <= SeriesSet::SERIES_MAX
            };
            let joining = self
                .sets
                .iter()
                .position(|it| it.as_deref().is_some_and(joins));
            if let Some(former) = joining.and_then(|number| self.sets[number].take()) {
                keys.extend(former.members.keys().cloned());
                ended.push(former);
            }
            // A series may be listed twice, if its unit has changed.
            keys.sort_unstable();
            keys.dedup();
            for keys in keys.chunks(SeriesSet::SERIES_MAX) {
                if self.made >= SETS_AT_ONCE_MAX {
                    self.ripe.extend(keys.iter().cloned());
                    for key in keys {
                        if let Some(place) = self.places.get_mut(key) {
                            place.column = Column::New(BATCHES_BEFORE_SET);
                        }
                    }
                    continue;
                }
                self.made += 1.0;
                let set = self.set_of(name, &host, keys);
                let members = members(&set);
                self.adopt(UsedSet::new(&set, members), keys);
            }
        }
        ended
    }

    /// What the set of some series is.
    fn set_of(&self, name: &str, host: &str, keys: &[Arc<SeriesKey>]) -> SeriesSet {
        let series = keys.iter().map(|key| match self.places.get(key) {
            Some(place) => SetSeries::new(key, place.unit.as_ref(), place.kind),
            None => SetSeries::new(key, None, Kind::Gauge),
        });
        SeriesSet {
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            source: name.to_owned(),
            series: series.collect(),
        }
    }

    /// Has a set of these series.
    fn adopt(&mut self, set: UsedSet, keys: &[Arc<SeriesKey>]) {
        let free = self.sets.iter().position(Option::is_none);
        let number = free.unwrap_or_else(|| {
            self.sets.push(None);
            self.sets.len() - 1
        });
        self.sets[number] = Some(Arc::new(set));
        for (column, key) in (0..).zip(keys) {
            if let Some(place) = self.places.get_mut(key) {
                place.column = Column::In(number as u32, column);
            }
        }
    }

    /// Continues with a set of an earlier run.
    pub(super) fn load(&mut self, loaded: LoadedSet) {
        let LoadedSet { row, set, members } = loaded;
        let keys: Vec<_> = members.keys().cloned().collect();
        for (key, series) in keys.iter().zip(&set.series) {
            // Its series is admitted again by its next point.
            self.insert(Arc::clone(key), series.unit(), series.kind(), u64::MAX);
        }
        let used = UsedSet {
            id: row.id.clone(),
            host: set.host.unwrap_or_default(),
            members: Arc::new(members),
            row: SeriesSetRow {
                series: String::new(),
                ..row
            },
            is_stored: Mutex::new(IsStored {
                is_stored: true,
                ends: 0,
            }),
        };
        self.adopt(used, &keys);
    }

    /// Forgets series that are no longer active. Returns the sets that have none left.
    pub(super) fn forget(&mut self, is_active: impl Fn(&SeriesKey) -> bool) -> Vec<Arc<UsedSet>> {
        self.places.retain(|key, _| is_active(key));
        self.ripe.retain(|key| is_active(key));
        let mut used = vec![false; self.sets.len()];
        for place in self.places.values() {
            if let Column::In(set, _) = place.column {
                used[set as usize] = true;
            }
        }
        let sets = self.sets.iter_mut().zip(used);
        sets.filter(|(_, is_used)| !is_used)
            .filter_map(|(set, _)| set.take())
            .collect()
    }
}

impl UsedSet {
    fn new(set: &SeriesSet, members: Members) -> Self {
        let series = set.canonical_json();
        let id = id_of(&series);
        Self {
            id: id.clone(),
            host: set.host.clone().unwrap_or_default(),
            members: Arc::new(members),
            row: SeriesSetRow {
                id,
                series,
                last_seq: None,
            },
            is_stored: Mutex::default(),
        }
    }
}

/// The first 16 bytes of SHA-256, as hexadecimal digits.
fn id_of(canonical_json: &str) -> String {
    let digest = digest(&SHA256, canonical_json.as_bytes());
    let first = digest.as_ref().iter().take(16);
    first.map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that a series takes in a message, about.
pub(super) fn text_bytes(key: &SeriesKey) -> usize {
    const MEMBERS: usize = 60;
    let labels = |labels: &Labels| -> usize {
        labels
            .iter()
            .map(|(label, value)| label.len() + value.len() + 6)
            .sum()
    };
    MEMBERS + key.name.len() + labels(&key.labels)
}

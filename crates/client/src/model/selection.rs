use super::series::{Series, id_of};
use super::tracks::{Moment, Track};
use chart::Kind;
use protocol::{Folded, Metric, NAME_LABEL, Operation, Selector, SeriesKey, Unit};
use std::cmp::Ordering;
use std::sync::Arc;

/// A member's value from another sample counts in a fold for so long, in milliseconds.
const HELD_MS: f64 = 180_000.0;

/// Identifies a selection, in each copy of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SelectionId(pub(super) usize);

/// Which series are meant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SeriesFilter {
    /// Those that a selector matches, or what they are folded into.
    Matching(Selector),
    /// Everything that programs report about a host, or about none: what is in no host's samples.
    Reported {
        /// The host.
        host: String,
    },
}

/// Selected series, updated as series come.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    pub(super) filter: SeriesFilter,
    /// The series that the selector would be the exact text of.
    pub(super) key: Option<SeriesKey>,
    /// The only series that there can be.
    pub(super) single: Option<SeriesKey>,
    /// Whether that series exists, so that it alone is selected.
    is_exact: bool,
    /// Those that the server has matched, for a selector that the browser cannot apply.
    resolved: Vec<SeriesKey>,
    /// The places of series, in their order.
    pub(super) members: Vec<usize>,
    /// What a fold makes of them.
    pub(super) groups: Vec<Group>,
    /// How it is drawn, if it is.
    pub(super) line: Option<LineOptions>,
}

/// What a line of a chart is like, where it is fetched and analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineOptions {
    /// Among small charts, which need fewer points.
    pub(crate) is_small: bool,
    /// Its name beside lines of other charts; otherwise its title.
    pub(crate) name: Option<String>,
    /// How its values are written.
    pub(crate) kind: Kind,
}

/// One of the series that a fold makes.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) key: Arc<SeriesKey>,
    pub(super) id: u64,
    pub(super) unit: Option<Unit>,
    members: Vec<usize>,
    pub(super) newest: Option<(f64, f64)>,
    pub(super) track: Arc<Track>,
}

impl Selection {
    pub(super) fn new(filter: SeriesFilter) -> Self {
        let (key, single) = match &filter {
            SeriesFilter::Matching(selector) => {
                let key = selector.key();
                let single = key.clone().or_else(|| all_folded(selector));
                (key, single)
            }
            SeriesFilter::Reported { .. } => (None, None),
        };
        Self {
            filter,
            key,
            single,
            is_exact: false,
            resolved: Vec::new(),
            members: Vec::new(),
            groups: Vec::new(),
            line: None,
        }
    }

    pub(super) fn selector(&self) -> Option<&Selector> {
        match &self.filter {
            SeriesFilter::Matching(selector) => Some(selector),
            SeriesFilter::Reported { .. } => None,
        }
    }

    /// Whether the selection contains a series.
    pub(super) fn matches(&self, key: &SeriesKey) -> bool {
        match &self.filter {
            SeriesFilter::Matching(selector) => match selector.matches_plainly(key) {
                Some(matches) => matches,
                None => self.resolved.contains(key),
            },
            SeriesFilter::Reported { host } => {
                (key.host.is_empty() || key.host == *host) && Metric::of(key).is_none()
            }
        }
    }

    /// Sets the series that the server has matched.
    pub(super) fn resolve(&mut self, keys: &[SeriesKey]) {
        self.resolved = keys.to_vec();
    }

    /// Adds a series at its place if it matches.
    pub(super) fn offer(&mut self, place: usize, all: &[Series]) {
        let series = &all[place];
        if self.key.as_ref() == Some(&*series.key) {
            self.is_exact = true;
            self.members = vec![place];
            return;
        }
        if self.is_exact || self.members.contains(&place) || !self.matches(&series.key) {
            return;
        }
        let before = self.members.iter();
        let before = before.take_while(|other| order(&all[**other].key, &series.key).is_lt());
        self.members.insert(before.count(), place);
        let fold = self.selector().and_then(|selector| {
            let fold = selector.fold.as_ref()?;
            let name = selector.name.as_deref().unwrap_or_default();
            Some((fold.group(name, &series.key), fold.operation))
        });
        if let Some((key, operation)) = fold {
            self.join(key, operation, place, all);
        }
    }

    fn join(&mut self, key: SeriesKey, operation: Operation, place: usize, all: &[Series]) {
        let index = self.groups.iter().position(|group| *group.key == key);
        let index = index.unwrap_or_else(|| {
            self.groups.push(Group {
                id: id_of(&key),
                key: Arc::new(key),
                unit: all[place].unit.clone(),
                members: Vec::new(),
                newest: None,
                track: Arc::new(Track::new()),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        // What is of different units has none in common, and how many there are has none at all.
        if group.unit != all[place].unit || operation == Operation::Count {
            group.unit = None;
        }
        let before = group.members.iter();
        let before = before.take_while(|other| all[**other].key < all[place].key);
        let before = before.count();
        group.members.insert(before, place);
        group.fold_lines(operation, all);
    }

    /// Folds the lines of members where the folded line was not loaded.
    pub(super) fn fold_lines(&mut self, all: &[Series], empty: &Arc<Track>) {
        let Some(fold) = self.selector().and_then(|it| it.fold.as_ref()) else {
            return;
        };
        let operation = fold.operation;
        for group in &mut self.groups {
            if Arc::ptr_eq(&group.track, empty) {
                group.fold_lines(operation, all);
            }
        }
    }

    /// Removes a series that was dropped.
    pub(super) fn forget(&mut self, place: usize) {
        self.members.retain(|member| *member != place);
        for group in &mut self.groups {
            group.members.retain(|member| *member != place);
        }
        self.is_exact &= !self.members.is_empty();
    }

    /// Folds the values of a moment.
    pub(super) fn fold(&mut self, moment: Moment, host: usize, all: &[Series], draws: bool) {
        let Some(fold) = self.selector().and_then(|it| it.fold.as_ref()) else {
            return;
        };
        let operation = fold.operation;
        for group in &mut self.groups {
            let members = || group.members.iter().map(|place| &all[*place]);
            if !members().any(|it| it.host == host) {
                continue;
            }
            let mut folded = Folded::default();
            for member in members() {
                let is_of_sample = member.is_sampled && member.host == host;
                let held_ms = if is_of_sample { 0.0 } else { HELD_MS };
                let newest = member.newest;
                if let Some((_, value)) = newest.filter(|it| it.0 >= moment.at_ms() - held_ms) {
                    folded.add(value);
                }
            }
            let value = folded.value(operation);
            group.newest = value.map(|value| (moment.at_ms(), value));
            if draws {
                Arc::make_mut(&mut group.track).push(moment, value);
            }
        }
    }
}

impl Group {
    /// Folds the lines of its members.
    fn fold_lines(&mut self, operation: Operation, all: &[Series]) {
        let mut tracks = Vec::new();
        for place in &self.members {
            let track = &*all[*place].track;
            if !track.series().is_empty() {
                tracks.push(track);
            }
        }
        if !tracks.is_empty() {
            self.track = Arc::new(Track::folded(&tracks, operation));
        }
    }

    /// The host whose samples it is made of.
    pub(super) fn host(&self, all: &[Series]) -> Option<usize> {
        let first = &all[*self.members.first()?];
        first.is_sampled.then_some(first.host)
    }
}

/// The series of a fold that makes a single one.
fn all_folded(selector: &Selector) -> Option<SeriesKey> {
    let fold = selector.fold.as_ref().filter(|fold| fold.by.is_empty())?;
    let name = selector.name.as_deref().unwrap_or_default();
    Some(fold.group(name, &SeriesKey::default()))
}

/// Whether a selector has regular expressions, which only the server applies.
pub(super) fn needs_server(selector: &Selector) -> bool {
    selector.matches_plainly(&SeriesKey::default()).is_none()
}

/// The order in which series are listed: by source and name, and numbers by their size.
pub(super) fn order(one: &SeriesKey, other: &SeriesKey) -> Ordering {
    one.label("source")
        .cmp(other.label("source"))
        .then_with(|| one.label(NAME_LABEL).cmp(other.label(NAME_LABEL)))
        .then_with(|| {
            let mut ordering = one.labels.len().cmp(&other.labels.len());
            for (one, other) in one.labels.iter().zip(other.labels.iter()) {
                if ordering.is_eq() {
                    ordering = one.0.cmp(other.0).then_with(|| natural(one.1, other.1));
                }
            }
            ordering
        })
}

fn natural(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match is_number(one) && is_number(other) {
        true => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
        false => one.cmp(other),
    }
}

//! Every series of every host, and those of them that somebody asked for.

use super::host::Host;
use super::selection::{Drawn, Selection, SelectionId, Wanted, needs_server};
use super::series::{Line, Series, id_of};
use super::tracks::{Moment, Track};
use protocol::{Data, Metric, Metrics, OwnHost, Point, Selector, SeriesKey, Timestamp, Unit};
use std::sync::Arc;

/// Beyond this a host is not shown.
const HOSTS_MAX: usize = 64;

/// Beyond this many series, the one that has been silent for the longest is forgotten. A host's samples
/// have one for each of 1,024 cores, and of everything else some hundred.
const SERIES_MAX: usize = 4_096;

/// Nobody asks for more.
const SELECTIONS_MAX: usize = 1_000;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    /// Messages may call it by any name that it had.
    own: OwnHost,
    /// In the order in which they came.
    series: Vec<Series>,
    /// Their places, in the order of their keys.
    by_key: Vec<usize>,
    hosts: Vec<Host>,
    selections: Vec<Selection>,
    /// What a series shows that is not there.
    nothing: Arc<Track>,
    asked_interval_ms: u64,
    /// It is of another moment: lines stay as they are.
    is_moment: bool,
}

/// The value of a series at a moment, as the server tells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) key: SeriesKey,
    pub(crate) unit: Option<Unit>,
    pub(crate) at_ms: f64,
    pub(crate) value: f64,
    /// The usual time between two samples, in milliseconds, if the server has told it.
    pub(crate) interval_ms: Option<u64>,
}

/// The line of a series over a stretch of time, as the server tells it.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// What it was asked for by.
    pub(crate) text: String,
    pub(crate) key: SeriesKey,
    pub(crate) unit: Option<Unit>,
    pub(crate) track: Track,
}

impl Catalog {
    pub(super) fn new(own: OwnHost) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Takes a host's sample in. Tells whether it is news: an answer to a request may repeat the newest.
    pub(super) fn push_metrics(&mut self, sample: &Metrics) -> bool {
        let Some(host) = self.host_place(&sample.host) else {
            return false;
        };
        let at = sample.timestamp;
        let known = self.hosts[host].newest;
        if known.is_some_and(|known| known.at == at) {
            return false;
        }
        let moment = Moment {
            at,
            interval_ms: sample.interval_ms.max(self.asked_interval_ms),
        };
        self.hosts[host].sampled(moment);
        sample.each_point(&mut |mut point, unit| {
            self.own.resolve_series(&mut point.series);
            self.push(host, point, unit, moment, true);
        });
        for series in &mut self.series {
            let is_missing = series.newest.is_none_or(|it| it.0 != moment.at_ms());
            if series.host == host && series.is_sampled && is_missing {
                series.miss(moment);
            }
        }
        self.fold(moment, host);
        true
    }

    /// Takes in what a program reports. Nobody says when it reports next, so only what was missed
    /// interrupts the line.
    pub(super) fn push_data(&mut self, data: &Data) {
        let Some((mut point, unit)) = data.point() else {
            return;
        };
        self.own.resolve_series(&mut point.series);
        let Some(host) = self.host_place(&point.series.host) else {
            return;
        };
        let moment = Moment {
            at: data.timestamp,
            interval_ms: 0,
        };
        self.push(host, point, unit, moment, false);
        self.fold(moment, host);
    }

    fn push(
        &mut self,
        host: usize,
        point: Point,
        unit: Option<Unit>,
        moment: Moment,
        is_sampled: bool,
    ) {
        let place = self.entry(host, point.series, unit);
        let series = &mut self.series[place];
        // What has the same name twice in a sample is one series, of which the first counts.
        let is_second = is_sampled && series.newest.is_some_and(|it| it.0 == moment.at_ms());
        if !is_second {
            series.is_sampled = is_sampled;
            series.push(moment, Some(point.value));
        }
    }

    fn fold(&mut self, moment: Moment, host: usize) {
        let draws = !self.is_moment;
        for selection in &mut self.selections {
            selection.fold(moment, host, &self.series, draws);
        }
    }

    /// The place of a host; none if there are too many.
    fn host_place(&mut self, name: &str) -> Option<usize> {
        let name = self.own.resolve(name);
        let known = self.hosts.iter().position(|host| host.name == name);
        if known.is_none() && self.hosts.len() < HOSTS_MAX {
            self.hosts.push(Host::new(name));
            return Some(self.hosts.len() - 1);
        }
        known
    }

    fn find(&self, key: &SeriesKey) -> Result<usize, usize> {
        let found = self
            .by_key
            .binary_search_by(|place| (*self.series[*place].key).cmp(key));
        found.map(|index| self.by_key[index])
    }

    /// The place of a series, which is made room for if it is new.
    fn entry(&mut self, host: usize, key: SeriesKey, unit: Option<Unit>) -> usize {
        if let Ok(place) = self.find(&key) {
            if unit.is_some() {
                self.series[place].unit = unit;
            }
            return place;
        }
        let series = Series {
            id: id_of(&key),
            is_sampled: Metric::of(&key).is_some(),
            key: Arc::new(key),
            unit,
            host,
            newest: None,
            track: Arc::clone(&self.nothing),
            is_known: false,
        };
        let place = match self.series.len() < SERIES_MAX {
            true => {
                self.series.push(series);
                self.series.len() - 1
            }
            false => self.replace_silent(series),
        };
        let key = Arc::clone(&self.series[place].key);
        // Looked for again: forgetting another one has moved the rest.
        let index = self.find(&key).unwrap_or_else(|index| index);
        self.by_key.insert(index, place);
        for selection in &mut self.selections {
            selection.offer(place, &self.series);
        }
        place
    }

    /// Puts a series in the place of the one that has been silent for the longest.
    fn replace_silent(&mut self, series: Series) -> usize {
        let heard_ms = |series: &Series| {
            let newest = series.track.series().newest();
            newest.map_or(f64::NEG_INFINITY, |newest| newest.at_ms)
        };
        let mut silent = 0;
        for place in 1..self.series.len() {
            if heard_ms(&self.series[place]) < heard_ms(&self.series[silent]) {
                silent = place;
            }
        }
        self.by_key.retain(|place| *place != silent);
        for selection in &mut self.selections {
            selection.forget(silent);
        }
        self.series[silent] = series;
        silent
    }

    /// Asks for some series from now on. The same question has the same answer.
    pub(crate) fn select(&mut self, wanted: Wanted) -> SelectionId {
        let known = self.selections.iter().position(|it| it.wanted == wanted);
        let place = known.unwrap_or_else(|| {
            if self.selections.len() == SELECTIONS_MAX {
                return 0;
            }
            let mut selection = Selection::new(wanted);
            for place in 0..self.series.len() {
                selection.offer(place, &self.series);
            }
            self.selections.push(selection);
            self.selections.len() - 1
        });
        SelectionId(place)
    }

    /// Takes in that a chart draws these. Tells whether that is news, so that the past is to be fetched.
    pub(crate) fn draw(&mut self, id: SelectionId, drawn: Drawn) -> bool {
        let Some(selection) = self.selections.get_mut(id.0) else {
            return false;
        };
        let is_news = selection.drawn.is_none();
        if is_news {
            selection.drawn = Some(drawn);
        }
        is_news
    }

    /// What charts draw, in the order in which they came.
    pub(crate) fn drawn(&self) -> impl Iterator<Item = (SelectionId, &Wanted, &Drawn)> {
        let all = self.selections.iter().enumerate();
        all.filter_map(|(place, it)| Some((SelectionId(place), &it.wanted, it.drawn.as_ref()?)))
    }

    /// Whether there are selectors that only the server can apply.
    pub(crate) fn needs_server(&self) -> bool {
        let mut selectors = self.selections.iter().filter_map(Selection::selector);
        selectors.any(needs_server)
    }

    /// The selectors that only the server can apply.
    pub(crate) fn unresolved(&self) -> Vec<(SelectionId, String)> {
        let mut unresolved = Vec::new();
        for (place, selection) in self.selections.iter().enumerate() {
            if let Some(selector) = selection.selector().filter(|it| needs_server(it)) {
                let plain = Selector {
                    fold: None,
                    ..selector.clone()
                };
                unresolved.push((SelectionId(place), plain.to_string()));
            }
        }
        unresolved
    }

    /// Takes in what the server says that a selector matches.
    pub(crate) fn resolve(&mut self, id: SelectionId, keys: &[SeriesKey]) {
        if let Some(selection) = self.selections.get_mut(id.0) {
            selection.resolve(keys);
            for place in 0..self.series.len() {
                selection.offer(place, &self.series);
            }
        }
    }

    /// Whether a series is one of those.
    pub(crate) fn matches(&self, id: SelectionId, key: &SeriesKey) -> bool {
        self.selections.get(id.0).is_some_and(|it| it.matches(key))
    }

    /// The lines of what was asked for, in their order. What can only be one has a line even while
    /// nothing is known of it.
    pub(crate) fn lines(&self, id: SelectionId) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        let Some(selection) = self.selections.get(id.0) else {
            return lines;
        };
        let is_fold = selection.selector().is_some_and(|it| it.fold.is_some());
        for group in &selection.groups {
            let host = group.host(&self.series);
            lines.push(Line {
                id: group.id,
                key: &group.key,
                unit: group.unit.as_ref(),
                value: self.current(host, group.newest),
                track: &group.track,
                is_known: true,
            });
        }
        for place in selection.members.iter().filter(|_| !is_fold) {
            let series = &self.series[*place];
            let host = series.is_sampled.then_some(series.host);
            lines.push(Line {
                id: series.id,
                key: &series.key,
                unit: series.unit.as_ref(),
                value: self.current(host, series.newest),
                track: &series.track,
                is_known: series.is_known,
            });
        }
        if let Some(key) = selection.single.as_ref().filter(|_| lines.is_empty()) {
            lines.push(self.absent(key));
        }
        lines
    }

    /// What is not there (yet).
    fn absent<'a>(&'a self, key: &'a SeriesKey) -> Line<'a> {
        Line {
            id: 0,
            key,
            unit: None,
            value: None,
            track: &self.nothing,
            is_known: false,
        }
    }

    /// What has no value in a host's newest sample has none.
    fn current(&self, host: Option<usize>, newest: Option<(f64, f64)>) -> Option<f64> {
        let sampled = host.and_then(|host| self.hosts[host].newest);
        let (at_ms, value) = newest?;
        let is_current = sampled.is_none_or(|sampled| sampled.at_ms() == at_ms);
        is_current.then_some(value)
    }

    /// The value of a single series.
    pub(crate) fn find_value(&self, key: &SeriesKey) -> Option<f64> {
        let series = &self.series[self.find(key).ok()?];
        let host = series.is_sampled.then_some(series.host);
        self.current(host, series.newest)
    }

    /// Whether what was asked for comes with samples, or is reported by programs.
    pub(crate) fn is_sampled(&self, id: SelectionId) -> bool {
        let Some(selection) = self.selections.get(id.0) else {
            return true;
        };
        match &selection.wanted {
            Wanted::Reported { .. } => false,
            Wanted::Of(selector) => {
                let name = selector.name.as_deref();
                let is_of_samples = protocol::METRICS.iter().any(|it| Some(it.name) == name);
                let reported = selection.members.iter();
                is_of_samples && reported.map(|it| &self.series[*it]).all(|it| it.is_sampled)
            }
        }
    }

    pub(crate) fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }

    pub(super) fn host_mut(&mut self, name: &str) -> Option<&mut Host> {
        let place = self.host_place(name)?;
        self.hosts.get_mut(place)
    }

    /// The hosts that something was heard of, the first one first.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let named = self.hosts.iter().filter(|host| !host.name.is_empty());
        named.map(|host| host.name.as_str())
    }

    /// Points behind the newest one are missing: lines of samples, or of what is reported, end there.
    pub(super) fn cut(&mut self, is_sampled: bool) {
        for series in &mut self.series {
            if series.is_sampled == is_sampled && !series.track.series().is_empty() {
                Arc::make_mut(&mut series.track).cut();
            }
        }
        for selection in &mut self.selections {
            for group in &mut selection.groups {
                if group.host(&self.series).is_some() == is_sampled {
                    Arc::make_mut(&mut group.track).cut();
                }
            }
        }
        for host in self.hosts.iter_mut().filter(|_| is_sampled) {
            host.cut();
        }
    }

    /// The viewer asks for a sample in so many milliseconds; each one if 0. The next one is then not missing
    /// before that.
    pub(super) fn ask_interval(&mut self, interval_ms: u64) {
        self.asked_interval_ms = interval_ms;
        for host in &mut self.hosts {
            host.ask_interval(interval_ms);
        }
    }

    /// The same series at another moment, as the server tells them. Lines stay as they are.
    pub(super) fn at_moment(&self, told: &[Told]) -> Self {
        let mut then = self.clone();
        then.is_moment = true;
        for series in &mut then.series {
            series.newest = None;
        }
        for selection in &mut then.selections {
            for group in &mut selection.groups {
                group.newest = None;
            }
        }
        for host in &mut then.hosts {
            host.forget_moment();
        }
        for told in told {
            then.take_told(told);
        }
        for place in 0..then.hosts.len() {
            if let Some(moment) = then.hosts[place].newest {
                then.fold(moment, place);
            }
        }
        then
    }

    fn take_told(&mut self, told: &Told) {
        let Some(host) = self.host_place(&told.key.host) else {
            return;
        };
        let place = self.entry(host, told.key.clone(), told.unit.clone());
        let series = &mut self.series[place];
        series.newest = Some((told.at_ms, told.value));
        series.is_known = true;
        if series.is_sampled {
            let at = Timestamp::from_unix_ms(told.at_ms as i64);
            self.hosts[host].told(at, told.interval_ms);
        }
    }

    /// Draws these lines instead of what has arrived. What is drawn and not among them is empty. With
    /// `follows_ms`, they go on with what arrived after that moment, as `live` has it.
    pub(super) fn recall(&mut self, loaded: &[Loaded], live: &Self, follows_ms: Option<f64>) {
        let empty = Arc::new(Track::told(&[], follows_ms.is_none()));
        for place in 0..self.selections.len() {
            if self.selections[place].drawn.is_none() {
                continue;
            }
            for member in self.selections[place].members.clone() {
                self.series[member].track = Arc::clone(&empty);
            }
            for group in &mut self.selections[place].groups {
                group.track = Arc::clone(&empty);
            }
        }
        for line in loaded {
            let track = Arc::new(line.track.clone());
            if !self.recall_group(line, &track) {
                let Some(host) = self.host_place(&line.key.host) else {
                    continue;
                };
                let place = self.entry(host, line.key.clone(), line.unit.clone());
                self.series[place].track = track;
                self.series[place].is_known = true;
            }
        }
        for selection in &mut self.selections {
            selection.fold_lines(&self.series, &empty);
        }
        if let Some(after_ms) = follows_ms {
            self.go_on(live, after_ms);
        }
    }

    /// Puts a line in the place of one that a fold has made.
    fn recall_group(&mut self, line: &Loaded, track: &Arc<Track>) -> bool {
        for selection in &mut self.selections {
            let Some(selector) = selection.selector().filter(|it| it.fold.is_some()) else {
                continue;
            };
            if selector.of_group(&line.key) == line.text {
                let mut groups = selection.groups.iter_mut();
                if let Some(group) = groups.find(|group| *group.key == line.key) {
                    group.track = Arc::clone(track);
                }
                return true;
            }
        }
        false
    }

    fn go_on(&mut self, live: &Self, after_ms: f64) {
        for series in &mut self.series {
            if let Ok(place) = live.find(&series.key) {
                let live = &live.series[place].track;
                if !Arc::ptr_eq(live, &series.track) {
                    Arc::make_mut(&mut series.track).go_on(live, after_ms);
                }
            }
        }
        for (selection, live) in self.selections.iter_mut().zip(&live.selections) {
            for group in &mut selection.groups {
                let live = live.groups.iter().find(|it| it.key == group.key);
                if let Some(live) = live.filter(|it| !Arc::ptr_eq(&it.track, &group.track)) {
                    Arc::make_mut(&mut group.track).go_on(&live.track, after_ms);
                }
            }
        }
    }

    /// Takes over the lines of another copy.
    pub(super) fn take_lines(&mut self, other: &Self) {
        for theirs in &other.series {
            if let Some(host) = self.host_place(&theirs.key.host) {
                let place = self.entry(host, (*theirs.key).clone(), theirs.unit.clone());
                self.series[place].track = Arc::clone(&theirs.track);
            }
        }
        for (ours, theirs) in self.selections.iter_mut().zip(&other.selections) {
            for group in &mut ours.groups {
                if let Some(theirs) = theirs.groups.iter().find(|it| it.key == group.key) {
                    group.track = Arc::clone(&theirs.track);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

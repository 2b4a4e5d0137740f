//! Selections: which series a widget shows.

use super::{Catalog, SELECTIONS_MAX};
use crate::model::selection::{LineOptions, Selection, SelectionId, SeriesFilter, needs_server};
use crate::model::series::Line;
use protocol::{Selector, SeriesKey};

/// The place of a selection that there is no space for: nothing is there, so that nothing is selected.
const NOTHING: usize = usize::MAX;

impl Catalog {
    /// Selects series, now and as they come. The same selection has the same identifier.
    pub(crate) fn select(&mut self, filter: SeriesFilter) -> SelectionId {
        let known = self.selections.iter().position(|it| it.filter == filter);
        let place = known.unwrap_or_else(|| {
            if self.selections.len() == SELECTIONS_MAX {
                return NOTHING;
            }
            let mut selection = Selection::new(filter);
            for place in 0..self.series.len() {
                selection.offer(place, &self.series);
            }
            self.selections.push(selection);
            self.selections.len() - 1
        });
        SelectionId(place)
    }

    /// A chart draws these. Returns whether none did before that needs as many points, so that stored lines are to be
    /// fetched.
    pub(crate) fn draw(&mut self, id: SelectionId, drawn: LineOptions) -> bool {
        let Some(selection) = self.selections.get_mut(id.0) else {
            return false;
        };
        let known = selection.line.as_ref();
        let is_new = known.is_none_or(|known| known.is_small && !drawn.is_small);
        if is_new {
            selection.line = Some(drawn);
        }
        is_new
    }

    /// What charts draw, in the order of their creation.
    pub(crate) fn drawn(&self) -> impl Iterator<Item = (SelectionId, &SeriesFilter, &LineOptions)> {
        let all = self.selections.iter().enumerate();
        all.filter_map(|(place, it)| Some((SelectionId(place), &it.filter, it.line.as_ref()?)))
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

    /// Sets the series that the server has matched to a selector.
    pub(crate) fn resolve(&mut self, id: SelectionId, keys: &[SeriesKey]) {
        if let Some(selection) = self.selections.get_mut(id.0) {
            selection.resolve(keys);
            for place in 0..self.series.len() {
                selection.offer(place, &self.series);
            }
        }
    }

    /// Whether a selection contains a series.
    pub(crate) fn matches(&self, id: SelectionId, key: &SeriesKey) -> bool {
        self.selections.get(id.0).is_some_and(|it| it.matches(key))
    }

    /// The lines of a selection, in their order. A selection of a single series has a line even before its first
    /// value.
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

    /// A line without values.
    fn absent<'a>(&'a self, key: &'a SeriesKey) -> Line<'a> {
        Line {
            id: 0,
            key,
            unit: None,
            value: None,
            track: &self.empty,
            is_known: false,
        }
    }

    /// The current value; a sampled series without a value in its host's newest sample has none.
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

    /// Whether a selection is of samples, or of what programs report.
    pub(crate) fn is_sampled(&self, id: SelectionId) -> bool {
        let Some(selection) = self.selections.get(id.0) else {
            return true;
        };
        match &selection.filter {
            SeriesFilter::Reported { .. } => false,
            SeriesFilter::Matching(selector) => {
                let name = selector.name.as_deref();
                let is_of_samples = protocol::METRICS.iter().any(|it| Some(it.name) == name);
                let reported = selection.members.iter();
                is_of_samples && reported.map(|it| &self.series[*it]).all(|it| it.is_sampled)
            }
        }
    }
}

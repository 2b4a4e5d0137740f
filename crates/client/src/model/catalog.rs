//! Every series of every host, and the selections of them.

mod moment;
mod select;

use super::host::Host;
use super::selection::Selection;
use super::series::{Series, id_of};
use super::tracks::{Moment, Track};
use protocol::{Data, Metric, Metrics, OwnHost, Point, SeriesKey, Unit};
use std::sync::Arc;

/// Hosts at most; others are ignored.
const HOSTS_MAX: usize = 64;

/// Series at most; the one without a value for the longest is dropped. A host's samples have one for each of
/// 1,024 cores, and some hundred others.
const SERIES_MAX: usize = 4_096;

/// Selections at most.
const SELECTIONS_MAX: usize = 1_000;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    /// Resolves every name of the server's own host.
    own: OwnHost,
    /// In the order of their arrival.
    series: Vec<Series>,
    /// Their indices, in the order of their keys.
    by_key: Vec<usize>,
    hosts: Vec<Host>,
    selections: Vec<Selection>,
    /// The line of an absent series.
    empty: Arc<Track>,
    requested_interval_ms: u64,
    /// Whether it is of another moment, where lines do not grow.
    is_moment: bool,
}

/// The value of a series at a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MomentValue {
    pub(crate) key: SeriesKey,
    pub(crate) unit: Option<Unit>,
    pub(crate) at_ms: f64,
    pub(crate) value: f64,
    /// The usual time between two samples, in milliseconds.
    pub(crate) interval_ms: Option<u64>,
}

/// The line of a series over a stretch of time, as the server has stored it.
#[derive(Debug, Clone)]
pub(crate) struct LoadedLine {
    /// The selector that it was requested by.
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

    /// Adds a host's sample. Returns whether it is a new one: the response to a request may repeat the newest.
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
            interval_ms: sample.interval_ms.max(self.requested_interval_ms),
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

    /// Adds a value that a program reports. It is not known when the next is due, so only a gap interrupts the
    /// line.
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
        // A name that a sample has twice is one series, and the first value counts.
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

    /// The index of a host; none if there are too many.
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

    /// The index of a series, which is added if it is new.
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
            track: Arc::clone(&self.empty),
            is_known: false,
        };
        let place = match self.series.len() < SERIES_MAX {
            true => {
                self.series.push(series);
                self.series.len() - 1
            }
            false => self.replace_oldest(series),
        };
        let key = Arc::clone(&self.series[place].key);
        // Searched again: dropping another one has moved the rest.
        let index = self.find(&key).unwrap_or_else(|index| index);
        self.by_key.insert(index, place);
        for selection in &mut self.selections {
            selection.offer(place, &self.series);
        }
        place
    }

    /// Replaces the series that had no value for the longest.
    fn replace_oldest(&mut self, series: Series) -> usize {
        let newest_ms = |series: &Series| {
            let newest = series.track.series().newest();
            newest.map_or(f64::NEG_INFINITY, |newest| newest.at_ms)
        };
        let mut oldest = 0;
        for place in 1..self.series.len() {
            if newest_ms(&self.series[place]) < newest_ms(&self.series[oldest]) {
                oldest = place;
            }
        }
        self.by_key.retain(|place| *place != oldest);
        for selection in &mut self.selections {
            selection.forget(oldest);
        }
        self.series[oldest] = series;
        oldest
    }

    pub(crate) fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }

    pub(super) fn host_mut(&mut self, name: &str) -> Option<&mut Host> {
        let place = self.host_place(name)?;
        self.hosts.get_mut(place)
    }

    /// The hosts of all messages so far, in their order.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let named = self.hosts.iter().filter(|host| !host.name.is_empty());
        named.map(|host| host.name.as_str())
    }

    /// Ends lines at their newest point, since others after it are missing: those of samples, or those of what
    /// programs report.
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

    /// The viewer requests a sample in so many milliseconds; each one if 0. The next one is not missing before
    /// that.
    pub(super) fn set_interval(&mut self, interval_ms: u64) {
        self.requested_interval_ms = interval_ms;
        for host in &mut self.hosts {
            host.set_interval(interval_ms);
        }
    }
}

#[cfg(test)]
mod tests;

//! The catalog at another moment, and with lines that were loaded.

use super::{Catalog, LoadedLine, MomentValue};
use crate::model::tracks::{Moment, Track};
use protocol::Timestamp;
use std::sync::Arc;

impl Catalog {
    /// The same series with their values at another moment. Lines stay as they are.
    pub(in crate::model) fn at_moment(&self, values: &[MomentValue]) -> Self {
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
        for value in values {
            then.set_value(value);
        }
        for place in 0..then.hosts.len() {
            let sampled = then.hosts[place].newest;
            if let Some(moment) = sampled.or_else(|| then.newest_reported(place)) {
                then.fold(moment, place);
            }
        }
        then
    }

    /// When a program last reported anything about a host that has no samples.
    fn newest_reported(&self, host: usize) -> Option<Moment> {
        let of_host = self.series.iter().filter(|it| it.host == host);
        let newest_ms = of_host.filter_map(|it| it.newest).map(|(at_ms, _)| at_ms);
        newest_ms.reduce(f64::max).map(|at_ms| Moment {
            at: Timestamp::from_unix_ms(at_ms as i64),
            interval_ms: 0,
        })
    }

    fn set_value(&mut self, value: &MomentValue) {
        let Some(host) = self.host_place(&value.key.host) else {
            return;
        };
        let place = self.entry(host, value.key.clone(), value.unit.clone());
        let series = &mut self.series[place];
        series.newest = Some((value.at_ms, value.value));
        series.is_known = true;
        if series.is_sampled {
            let at = Timestamp::from_unix_ms(value.at_ms as i64);
            self.hosts[host].sampled_at(at, value.interval_ms);
        }
    }

    /// Draws these lines instead of those that were received; other drawn lines are empty. With `follows_ms`,
    /// they are extended by what `live` has received after that moment.
    pub(in crate::model) fn load_lines(
        &mut self,
        loaded: &[LoadedLine],
        live: &Self,
        follows_ms: Option<f64>,
    ) {
        let empty = Arc::new(Track::loaded(&[], follows_ms.is_none()));
        for place in 0..self.selections.len() {
            if self.selections[place].line.is_none() {
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
            if !self.load_group(line, &track) {
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
            self.extend(live, after_ms);
        }
    }

    /// Replaces a folded line.
    fn load_group(&mut self, line: &LoadedLine, track: &Arc<Track>) -> bool {
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

    fn extend(&mut self, live: &Self, after_ms: f64) {
        for series in &mut self.series {
            if let Ok(place) = live.find(&series.key) {
                let live = &live.series[place].track;
                if !Arc::ptr_eq(live, &series.track) {
                    Arc::make_mut(&mut series.track).extend(live, after_ms);
                }
            }
        }
        for (selection, live) in self.selections.iter_mut().zip(&live.selections) {
            for group in &mut selection.groups {
                let live = live.groups.iter().find(|it| it.key == group.key);
                if let Some(live) = live.filter(|it| !Arc::ptr_eq(&it.track, &group.track)) {
                    Arc::make_mut(&mut group.track).extend(&live.track, after_ms);
                }
            }
        }
    }

    /// Copies the lines of another catalog.
    pub(in crate::model) fn take_lines(&mut self, other: &Self) {
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

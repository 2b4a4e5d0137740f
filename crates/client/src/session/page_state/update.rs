//! When widgets see what has changed.

use super::{PageState, SHOWN};
use crate::model::{Freshness, Part};
use crate::session::connection::Statistics;
use leptos::prelude::*;
use protocol::Stream;

/// Counters are updated with a sample that comes so long after the last time, in milliseconds: updated on their
/// own, the page would be laid out once more.
const TALLY_MS: f64 = 750.0;

/// So long after the last time also without a sample.
const TALLY_MS_MAX: f64 = 1_250.0;

impl PageState {
    /// Lets the widgets see what has changed, unless they are paused.
    pub(crate) fn flush(&self, now_ms: f64) {
        let mut models = self.shown.models.write_value();
        if models.frozen.is_some() {
            return;
        }
        let parts = self.parts();
        let mut changed = [false; SHOWN];
        changed[parts.clone()].swap_with_slice(&mut models.changed[parts]);
        let tallies = changed[Part::Samples as usize] && now_ms - models.tallied_ms >= TALLY_MS;
        drop(models);
        for (revision, changed) in self.shown.revisions.iter().zip(changed) {
            if changed {
                revision.notify();
            }
        }
        if tallies {
            self.tally(now_ms);
        }
    }

    /// Lets the widgets look at some parts again.
    pub(in crate::session) fn notify(&self, parts: &[Part]) {
        for part in parts {
            self.shown.revisions[*part as usize].notify();
        }
    }

    /// Shows what is counted: updates, which every message changes, and what the connection has done.
    fn tally(&self, now_ms: f64) {
        let mut models = self.shown.models.write_value();
        models.tallied_ms = now_ms;
        let updates = models.current().updates;
        let per_second = models.rate.look(updates, now_ms);
        let statistics = models.statistics;
        let counted =
            models.frozen.is_none() && std::mem::take(&mut models.changed[Part::Updates as usize]);
        drop(models);
        if counted {
            self.shown.revisions[Part::Updates as usize].notify();
        }
        self.updates_per_second.set_if_changed(per_second);
        self.statistics.set_if_changed(statistics);
    }

    /// Freezes what is shown, or shows everything that came meanwhile.
    pub(in crate::session) fn toggle_pause(&self, now_ms: f64) {
        let pause = !self.paused.get_untracked();
        if pause {
            self.flush(now_ms);
            self.tally(now_ms);
        }
        let mut models = self.shown.models.write_value();
        models.frozen = pause.then(|| models.now.clone());
        let looks_back = models.loaded.is_some();
        if looks_back {
            models.refresh_loaded(!pause);
        }
        drop(models);
        if looks_back && pause {
            let (arrived_from_ms, now_ms) = self.arrived(now_ms);
            self.playback_state.halt_lines(arrived_from_ms, now_ms);
        }
        self.paused.set(pause);
        self.held_back.set(0);
        if !pause {
            self.flush(now_ms);
            self.tally(now_ms);
        }
    }

    /// Updates what depends on the time: the age of what is shown by the server's clock, the count of held-back
    /// updates, and toasts. Ages stand still in a pause.
    pub(crate) fn tick(&self, statistics: Statistics, now_ms: f64) {
        let mut models = self.shown.models.write_value();
        models.statistics = statistics;
        let tallies = now_ms - models.tallied_ms >= TALLY_MS_MAX;
        drop(models);
        if tallies {
            self.tally(now_ms);
        }
        if self.paused.get_untracked() {
            let models = self.shown.models.read_value();
            let held_back = models.now.updates - models.current().updates;
            drop(models);
            self.held_back.set_if_changed(held_back);
        } else {
            self.age(now_ms);
        }
    }

    /// Updates the age of what is shown. At another moment it does not change.
    pub(in crate::session) fn age(&self, now_ms: f64) {
        if self.playback_state.moment.with_untracked(Option::is_some) {
            return;
        }
        let server_now_ms = self.server_now_ms(now_ms);
        let freshness = match self.preferences.get_untracked().of(Stream::Metrics).on {
            false => Freshness::Off,
            true => {
                let host = self.host.get_untracked();
                self.read_untracked(|model| Freshness::of(model.newest(&host), server_now_ms))
            }
        };
        self.freshness.set_if_changed(freshness);
    }
}

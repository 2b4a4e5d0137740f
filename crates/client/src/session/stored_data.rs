//! Loaded lines and other moments.
use super::page_state::PageState;
use crate::kit::browser::monotonic_ms;
use crate::model::{
    Freshness, Host, LineOptions, LineRequest, LoadedLine, Model, MomentValue, Part, SelectionId,
    SeriesFilter,
};
use leptos::prelude::{ReadValue, WriteValue};
use protocol::{Level, Received, SeriesKey, Stream};

/// The parts that charts draw.
const DRAWN: [Part; 2] = [Part::Samples, Part::Data];

impl PageState {
    /// Since when every sample has arrived here, and now; by the server's clock.
    pub(crate) fn arrived(&self, now_ms: f64) -> (f64, f64) {
        let now_ms = self.server_now_ms(now_ms);
        let models = self.shown.models.read_value();
        let host = self.host.get_untracked();
        let host = models.now.catalog.host(&host);
        (
            host.and_then(Host::arrived_from_ms).unwrap_or(now_ms),
            now_ms,
        )
    }

    /// The selections that charts draw.
    pub(crate) fn drawn(&self) -> Vec<(SelectionId, SeriesFilter, LineOptions)> {
        let models = self.shown.models.read_value();
        let drawn = models.now.catalog.drawn();
        drawn
            .map(|(id, filter, drawn)| (id, filter.clone(), drawn.clone()))
            .collect()
    }

    /// Whether there are selectors that only the server can apply.
    pub(crate) fn needs_server(&self) -> bool {
        self.shown.models.read_value().now.catalog.needs_server()
    }

    /// The selectors that only the server can apply.
    pub(crate) fn unresolved(&self) -> Vec<(SelectionId, String)> {
        self.shown.models.read_value().now.catalog.unresolved()
    }

    /// Sets the series that the server has matched to a selector.
    pub(crate) fn resolve(&self, id: SelectionId, keys: &[SeriesKey]) {
        let mut models = self.shown.models.write_value();
        models.change_all(&mut |model| model.catalog.resolve(id, keys));
        drop(models);
        self.repaint();
    }

    /// Whether one of the selections that charts draw means this series.
    pub(crate) fn is_selected(&self, id: SelectionId, key: &SeriesKey) -> bool {
        let models = self.shown.models.read_value();
        models.now.catalog.matches(id, key)
    }

    /// Draws these lines; the rest of the page stays in the present. Returns whether they follow the present.
    pub(crate) fn load_lines(&self, loaded: &[LoadedLine], request: &LineRequest) -> bool {
        let is_present = self.playback_state.moment.with_untracked(Option::is_none);
        let is_live = is_present && !self.paused.get_untracked();
        let mut models = self.shown.models.write_value();
        let mut shown = models.shown().clone();
        shown.load_lines(
            loaded,
            models.current(),
            request.follows.then_some(request.to_ms),
        );
        models.loaded = Some(shown);
        models.loaded_follows = is_live;
        request.follows && is_live
    }

    /// Draws what has arrived since the page was opened.
    pub(crate) fn forget_lines(&self) {
        self.shown.models.write_value().forget_loaded();
        self.repaint();
    }

    /// Lets charts look again.
    pub(crate) fn repaint(&self) {
        self.notify(&DRAWN);
    }

    /// Shows everything as it was at a moment.
    pub(crate) fn show_moment(&self, at_ms: f64, values: &[MomentValue], messages: &[Received]) {
        if self.paused.get_untracked() {
            self.toggle_pause(monotonic_ms());
        }
        if self.playback_state.moment.with_untracked(Option::is_none) {
            let (arrived_from_ms, now_ms) = self.arrived(monotonic_ms());
            self.playback_state.halt_lines(arrived_from_ms, now_ms);
        }
        let mut models = self.shown.models.write_value();
        let then = models.shown().at_moment(values, messages);
        let freshness = Freshness::then(then.newest(&self.host.get_untracked()), at_ms);
        models.loaded = Some(then);
        models.loaded_follows = false;
        drop(models);
        self.playback_state.moment.set(Some(at_ms));
        self.freshness.set_if_changed(freshness);
        self.notify(&Part::ALL);
    }

    /// When the events happened that the page knows, and how severe each is: up to the moment that is shown the list
    /// has more of them, the present has those after it.
    pub(crate) fn events(&self) -> Vec<(f64, Level)> {
        let mut events = Vec::new();
        let mut add = |model: &Model| {
            for entry in model.feed.newest_first().filter(|it| it.missed.is_none()) {
                events.push((entry.at.unix_ms() as f64, entry.level));
            }
        };
        self.shown.read(Part::Feed, &mut add);
        add(&self.shown.models.read_value().now);
        events
    }

    /// Makes room at the end of a list, and returns before which `seq` older entries are to be loaded; none if there
    /// are none.
    pub(crate) fn make_room_for_older(&self, stream: Stream, count: usize) -> Option<u64> {
        let mut models = self.shown.models.write_value();
        models.change_all(&mut |model| {
            if let Some(list) = model.list_mut(stream) {
                list.make_room(count);
            }
        });
        models.shown().list(stream)?.before()
    }

    /// Puts entries before this `seq` at the end of the list, newest first.
    pub(crate) fn add_older(
        &self,
        stream: Stream,
        part: Part,
        before: u64,
        older: &[Received],
        is_all: bool,
    ) {
        self.shown.models.write_value().change_all(&mut |model| {
            model.add_older(stream, before, older, is_all);
        });
        self.notify(&[part]);
    }

    /// Shows the present again.
    pub(crate) fn show_present(&self) {
        self.shown.models.write_value().forget_loaded();
        self.playback_state.moment.set(None);
        self.age(monotonic_ms());
        self.notify(&Part::ALL);
    }
}

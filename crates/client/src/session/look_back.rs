//! What the page shows of the past.
use super::view::View;
use crate::kit::browser::monotonic_ms;
use crate::model::Freshness;
use crate::model::Part;
use crate::model::{Ask, Loaded};
use leptos::prelude::{ReadValue, WriteValue};
use protocol::{Received, Stream};

/// The parts that charts draw.
const DRAWN: [Part; 2] = [Part::Samples, Part::Counters];

impl View {
    /// Since when every sample has arrived here, and now; by the server's clock.
    pub(crate) fn arrived(&self, now_ms: f64) -> (f64, f64) {
        let now_ms = self.server_now_ms(now_ms);
        let known = self.shown.known.read_value();
        let oldest = known.now.samples.lines.cpu.series().oldest();
        (oldest.map_or(now_ms, |oldest| oldest.at_ms), now_ms)
    }

    /// The host whose samples arrive.
    pub(crate) fn host(&self) -> Option<String> {
        let known = self.shown.known.read_value();
        known.now.samples.latest().map(|sample| sample.host.clone())
    }

    /// Draws these lines. Tells whether what arrives goes on with them. Whatever they show, the rest
    /// of the page stays in the present.
    pub(crate) fn recall(&self, loaded: Loaded, ask: &Ask) -> bool {
        let is_present = self.past.moment.with_untracked(Option::is_none);
        let is_live = is_present && !self.paused.get_untracked();
        let mut known = self.shown.known.write_value();
        let mut shown = known.shown().clone();
        shown.samples.lines = loaded.lines;
        if ask.follows {
            let live = &known.current().samples.lines;
            shown.samples.lines.go_on(live, ask.to_ms);
        }
        for label in loaded.labels {
            let Some(counter) = shown.counters.entry(&label.source, &label.label) else {
                continue;
            };
            let live = std::mem::replace(&mut counter.past, label.track);
            if ask.follows {
                counter.past.go_on(&live, ask.to_ms);
            }
            if counter.unit.is_empty() {
                counter.unit = label.unit;
            }
        }
        known.past = Some(shown);
        known.past_follows = is_live;
        ask.follows && is_live
    }

    /// Draws what has arrived since the page was opened.
    pub(crate) fn forget_lines(&self) {
        self.shown.known.write_value().forget_past();
        self.repaint();
    }

    /// Lets charts look again.
    pub(crate) fn repaint(&self) {
        self.notify(&DRAWN);
    }

    /// Shows everything as it was at a moment, as the messages of then tell it.
    pub(crate) fn show_moment(&self, at_ms: f64, messages: &[Received]) {
        if self.paused.get_untracked() {
            self.toggle_pause(monotonic_ms());
        }
        if self.past.moment.with_untracked(Option::is_none) {
            let (arrived_from_ms, now_ms) = self.arrived(monotonic_ms());
            self.past.halt_lines(arrived_from_ms, now_ms);
        }
        let mut known = self.shown.known.write_value();
        let then = known.shown().at_moment(messages);
        let freshness = Freshness::then(then.samples.newest(), at_ms);
        known.past = Some(then);
        known.past_follows = false;
        drop(known);
        self.past.moment.set(Some(at_ms));
        self.freshness.set_if_changed(freshness);
        self.notify(&Part::ALL);
    }

    /// Makes room at the end of a list, and tells before which `seq` older entries are to be looked
    /// for; none if there are none.
    pub(crate) fn make_room_for_older(&self, stream: Stream, count: usize) -> Option<u64> {
        let mut known = self.shown.known.write_value();
        known.change_lists(&mut |knowledge| {
            if let Some(list) = knowledge.list_mut(stream) {
                list.make_room(count);
            }
        });
        known.shown().list(stream)?.before()
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
        self.shown
            .known
            .write_value()
            .change_lists(&mut |knowledge| {
                knowledge.learn_older(stream, before, older, is_all);
            });
        self.notify(&[part]);
    }

    /// Shows the present again.
    pub(crate) fn show_present(&self) {
        self.shown.known.write_value().forget_past();
        self.past.moment.set(None);
        self.age(monotonic_ms());
        self.notify(&Part::ALL);
    }
}

//! Who and where the user is, and whether it is typing.

use super::RoomsSession;
use crate::kit::browser::{
    RANGE_FROM, RANGE_TO, Timer, is_visible, monotonic_ms, on_window, parameter, path,
};
use crate::kit::state::State;
use crate::kit::text::on_change;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use protocol::{
    ClientMessage, Person, Place, PresenceState, SetPresence, SetTyping, is_time_range,
};
use std::cell::Cell;
use std::rc::Rc;

/// Who does nothing for so long is idle, in milliseconds.
const IDLE_MS: f64 = 300_000.0;

/// How often that is looked at, in milliseconds.
const LOOK_MS: u32 = 15_000;

/// Changes within this time are one message, in milliseconds.
const TOGETHER_MS: f64 = 1_000.0;

/// Typing is reported at most this often, in milliseconds.
const TYPING_MS: f64 = 3_000.0;

impl RoomsSession {
    /// Reports who and where the user is, whenever that changes, and to each new connection.
    pub(super) fn follow_presence(self) {
        let is_idle = follow_idleness();
        let timer = StoredValue::new_local(None);
        on_cleanup(move || timer.dispose());
        let reported = StoredValue::new(None);
        on_change(move || {
            let presence = self.presence(is_idle.get());
            // What was about to be reported is not true any more.
            timer.set_value(None);
            if !self.is_live.get() || !self.is_ready() {
                // The next connection knows nothing of it.
                reported.set_value(None);
                return;
            }
            let before = reported.get_value();
            if presence == before {
                return;
            }
            let is_hidden = |it: &SetPresence| it.state == PresenceState::Hidden;
            // A connection on which the user is not present yet may not say that it is typing.
            let is_urgent = before.is_none() || presence.as_ref().is_none_or(is_hidden);
            // Who takes another name is not shown with the former one any more.
            let sent = presence.clone().or_else(|| before.map(hidden));
            let report = move || {
                reported.set_value(presence);
                if let Some(sent) = sent {
                    self.connection.send(ClientMessage::Presence(sent));
                }
            };
            if is_urgent {
                return report();
            }
            // After the page is gone there is no place for it.
            let _ = timer.try_set_value(Timer::at(monotonic_ms() + TOGETHER_MS, report));
        });
    }

    /// None for somebody without a name.
    fn presence(self, is_idle: bool) -> Option<SetPresence> {
        let state = match (self.hidden.is_on.get(), is_idle) {
            (true, _) => PresenceState::Hidden,
            (_, true) => PresenceState::Idle,
            (_, false) => PresenceState::Active,
        };
        let me = self.rooms.with(|rooms| rooms.me.clone())?;
        let is_live = self.moment().is_none();
        let path = path();
        let page = path.split('?').next().unwrap_or_default();
        let page = match parameter("host") {
            Some(host) => [page, "?host=", &host].concat(),
            None => page.to_owned(),
        };
        Some(SetPresence {
            state,
            name: Some(me.name),
            place: Some(Place {
                page,
                range: self.range(is_live),
                live: is_live,
            }),
        })
    }

    /// The range of time that was chosen for the charts, as the page's address has it. Playback moves one between two
    /// moments, which is not in the address then.
    fn range(self, is_live: bool) -> Option<String> {
        self.context.page?.charts_held.track();
        let from = parameter(RANGE_FROM)?;
        let range = match parameter(RANGE_TO) {
            Some(to) => [&from, "/", to.as_str()].concat(),
            None => from,
        };
        // Whoever has typed something else there is still present.
        let is_known = is_time_range(&range) && (is_live || !range.contains('/'));
        is_known.then_some(range)
    }

    /// The user is typing, or has stopped.
    pub(crate) fn typed(self, is_typing: bool) {
        let now_ms = monotonic_ms();
        let Some(room) = self.shown.get_untracked() else {
            return;
        };
        let is_due = now_ms >= self.work.with_value(|work| work.typing_at_ms);
        let is_known = self.rooms.with_untracked(|rooms| rooms.me.is_some());
        let is_hidden = self.hidden.is_on.get_untracked();
        if is_typing != is_due || !is_known || is_hidden || !self.is_live.get_untracked() {
            return;
        }
        self.work.write_value().typing_at_ms = match is_typing {
            true => now_ms + TYPING_MS,
            false => f64::NEG_INFINITY,
        };
        let typing = SetTyping {
            room,
            typing: is_typing,
        };
        self.connection.send(ClientMessage::Typing(typing));
    }

    /// Who else is typing in the room that is shown.
    pub(crate) fn others_typing(self) -> Vec<Person> {
        let Some(id) = self.shown.get() else {
            return Vec::new();
        };
        let me = self.rooms.with(|rooms| rooms.me.clone());
        self.typing.with(|typing| {
            let room = typing.iter().find(|typing| typing.room == id);
            let people = room.map(|typing| typing.people.clone()).unwrap_or_default();
            let is_other = |person: &Person| me.as_ref().is_none_or(|me| me.id != person.id);
            people.into_iter().filter(is_other).collect()
        })
    }
}

/// The same person, who is not shown.
fn hidden(presence: SetPresence) -> SetPresence {
    SetPresence {
        state: PresenceState::Hidden,
        place: None,
        ..presence
    }
}

/// Whether the page is hidden, or was not used for a while.
fn follow_idleness() -> State<bool> {
    let is_idle = State::new(false);
    let used_ms = Rc::new(Cell::new(monotonic_ms()));
    for event in ["pointerdown", "pointermove", "keydown", "wheel"] {
        let used_ms = Rc::clone(&used_ms);
        on_window(event, move || {
            used_ms.set(monotonic_ms());
            is_idle.set_if_changed(false);
        });
    }
    let look = move || {
        let is_unused = monotonic_ms() - used_ms.get() > IDLE_MS;
        is_idle.set_if_changed(is_unused || !is_visible());
    };
    let look = Rc::new(look);
    let now = Rc::clone(&look);
    on_window("visibilitychange", move || now());
    StoredValue::new_local(Interval::new(LOOK_MS, move || look()));
    is_idle
}

//! The room as it was at the moment that the page shows.

use super::RoomsSession;
use super::requests::said;
use crate::kit::text::on_change;
use crate::model::rooms::Room;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::RoomMessage;
use protocol::rooms::RoomEntry;

impl RoomsSession {
    /// Loads what was said before the moment that the page shows, unless it is here.
    pub(super) fn follow_moment(self) {
        on_change(move || {
            if self.moment().is_none() {
                self.shows_later.set_if_changed(false);
            }
        });
        on_change(move || {
            self.shown.track();
            let until_ms = self.until_ms().filter(|_| self.is_open());
            let is_here = until_ms.is_none_or(|until_ms| {
                self.with_shown(|_, room| room.covers(until_ms as i64))
                    .unwrap_or(true)
            });
            if is_here {
                return self.forget_past();
            }
            // Each message that arrives leads here.
            let is_loaded = self
                .work
                .with_value(|work| work.past_of == self.wanted_past());
            if !is_loaded {
                self.load_past();
            }
        });
    }

    /// Applies an edit or a deletion to what is shown of another moment, which is not loaded again.
    pub(super) fn change_past(self, seq: u64, message: &RoomMessage) {
        let is_shown = |past: &Option<Room>| {
            let past = past.as_ref();
            past.is_some_and(|past| past.info.id == message.room)
        };
        if self.past.with_untracked(is_shown) {
            let message = message.clone();
            self.past.update(|past| {
                if let Some(past) = past {
                    past.change(RoomEntry { seq, message });
                }
            });
        }
    }

    pub(super) fn forget_past(self) {
        self.work.write_value().past_of = None;
        self.past.set_if_changed(None);
        self.past_failed.set_if_changed(None);
    }

    /// One request after the other: the moment may move meanwhile.
    pub(super) fn load_past(self) {
        if self.is_loading_past.get_untracked() {
            return;
        }
        self.is_loading_past.set(true);
        spawn_local(async move {
            loop {
                let wanted = self.wanted_past();
                let Some((id, until_ms)) = wanted.clone() else {
                    break;
                };
                let query = ["&until_ms=", &(until_ms as i64).to_string()].concat();
                let page = self.messages(&id, &query).await;
                let is_still_wanted = self.wanted_past();
                let is_of_room = is_still_wanted.as_ref().is_some_and(|(of, _)| *of == id);
                match page {
                    Ok(page) if is_of_room => {
                        let info = self
                            .rooms
                            .with_untracked(|rooms| rooms.room(&id).map(|room| room.info.clone()));
                        self.work.write_value().past_of.clone_from(&wanted);
                        self.past.set(info.map(|info| Room::at(info, page)));
                        self.past_failed.set_if_changed(None);
                    }
                    Err(refusal) if is_of_room => self.past_failed.set(Some(said(refusal))),
                    // Of a room that is not shown any more.
                    Ok(_) | Err(_) => {}
                }
                if is_still_wanted == wanted {
                    break;
                }
            }
            self.is_loading_past.set(false);
        });
    }

    /// Of which room which moment is wanted.
    fn wanted_past(self) -> Option<(String, f64)> {
        let page = self.context.page?;
        let until_ms = page.playback_state.moment.get_untracked()?;
        let id = self.shown.get_untracked()?;
        (!self.shows_later.get_untracked()).then_some((id, until_ms))
    }
}

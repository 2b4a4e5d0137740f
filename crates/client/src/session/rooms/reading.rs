//! What the user has read.

use super::RoomsSession;
use crate::kit::browser::{Timer, monotonic_ms, on_window, recall, remember, set_attribute};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::rooms::Rooms;
use crate::session::ROOMS_BUTTON;
use crate::session::api::{Method, body};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::ReadUpTo;

/// What is in sight for so long has been read, in milliseconds.
const READ_MS: f64 = 400.0;

/// The room, the position and the id of the user of what was read last in any tab of the browser, separated by spaces.
const READ_KEY: &str = "watchroom-rooms-read";

impl RoomsSession {
    /// Takes what is in sight as read.
    pub(super) fn follow_reading(self) {
        let timer = StoredValue::new_local(None);
        on_cleanup(move || timer.dispose());
        on_window("storage", move || self.read_elsewhere());
        let visible = State::new(());
        on_window("visibilitychange", move || visible.notify());
        on_change(move || {
            visible.track();
            self.is_at_newest.track();
            self.moment();
            let is_open = self.is_open();
            let newest = self.with_shown(|_, room| room.newest_to_read());
            if is_open && newest.is_some() {
                let read = Timer::at(monotonic_ms() + READ_MS, move || self.read());
                // After the page is gone there is no place for it.
                let _ = timer.try_set_value(read);
            }
        });
    }

    /// Another tab may have read something.
    fn read_elsewhere(self) {
        let me = self.rooms.with_untracked(|rooms| rooms.me.clone());
        let (Some(me), Some(read)) = (me, recall(READ_KEY)) else {
            return;
        };
        let mut parts = read.splitn(3, ' ');
        let (room, seq, reader) = (parts.next(), parts.next(), parts.next());
        let seq = seq.and_then(|seq| seq.parse().ok());
        if let (Some(room), Some(seq)) = (room, seq)
            && reader == Some(me.id.as_str())
            && !self.is_read(room, seq)
        {
            self.rooms.update(|rooms| rooms.read_elsewhere(room, seq));
            self.count_unread();
        }
    }

    /// Whether the user has read a room up to a position, or has no such room.
    pub(super) fn is_read(self, room: &str, seq: u64) -> bool {
        self.rooms.with_untracked(|rooms| {
            let room = rooms.room(room);
            room.is_none_or(|room| room.read_up_to() >= seq)
        })
    }

    fn read(self) {
        let Some(id) = self.shown.get_untracked().filter(|id| self.is_seen(id)) else {
            return;
        };
        let is_read = self.rooms.with_untracked(|rooms| {
            let room = rooms.room(&id);
            room.is_none_or(|room| {
                // What is not here yet is not in sight.
                let is_read = room.newest_to_read() <= room.info.read_seq && room.info.unread == 0;
                room.messages.is_empty() || is_read
            })
        });
        if is_read {
            return;
        }
        let mut seq = None;
        self.rooms.update(|rooms| seq = rooms.read(&id));
        self.count_unread();
        // The server stores it for those that it knows by name.
        let me = self.rooms.with_untracked(|rooms| rooms.me.clone());
        if let (Some(seq), Some(me)) = (seq, me) {
            remember(READ_KEY, &[&id, &seq.to_string(), me.id.as_str()].join(" "));
            let request = ["rooms/", &id, "/read"].concat();
            spawn_local(async move {
                // What could not be reported is unread after the next start, and is reported again then.
                let _ = self
                    .request(Method::PUT, request, body(&ReadUpTo { seq }))
                    .await;
            });
        }
    }

    /// Shows in the rail how much is unread.
    pub(super) fn count_unread(self) {
        let (unread, mentions) = self.rooms.with_untracked(Rooms::unread);
        let is_unread = unread > 0;
        let label = match (is_unread, mentions) {
            (false, _) => "Rooms".to_owned(),
            (_, 0) => format!("Rooms, {unread} unread"),
            _ => format!("Rooms, {unread} unread, {mentions} of you"),
        };
        let count = match unread {
            0..100 => unread.to_string(),
            _ => "99+".to_owned(),
        };
        let set = |name, value| set_attribute(ROOMS_BUTTON, name, value);
        set("aria-label", Some(label.as_str()));
        set("data-unread", is_unread.then_some(count.as_str()));
        set("data-mentions", (mentions > 0).then_some(""));
    }
}

//! What arrives over the connection.

use super::{RoomsSession, Status};
use crate::kit::browser::{is_visible, may_notify, monotonic_ms, notify, on_window};
use crate::kit::json::Json;
use crate::kit::text::on_change;
use crate::kit::toasts::Action;
use crate::model::rooms::{Effect, Outbox, Rooms};
use crate::session::ConnectionStatus;
use crate::session::connection::{self, Addresses, Connection, Machine, OfflineReason};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::RoomPage;
use protocol::{Level, Presence, RoomAction, RoomKind, RoomMessage, Source, Stream, Typing};
use serde::Deserialize;
use std::rc::Rc;
use std::sync::Arc;

/// A toast shows so much of a message.
const TOAST_CHARS: usize = 140;

/// A tab that is not in sight waits so long for another one to show what was said, in milliseconds.
const ELSEWHERE_MS: u32 = 1_500;

#[derive(Deserialize)]
struct Head {
    r#type: String,
    seq: Option<u64>,
    /// Absent for what everybody receives.
    channel: Option<String>,
}

impl RoomsSession {
    /// Follows the page's connection, or one of its own where the page has none.
    pub(super) fn follow_connection(self) {
        match self.context.page {
            Some(page) => on_change(move || {
                let status = page.connection_status.get();
                self.is_live
                    .set_if_changed(status == ConnectionStatus::Live);
                if let ConnectionStatus::Offline(reason) = status {
                    self.went_offline(reason);
                }
            }),
            None => self.connect(),
        }
        self.connection
            .listen(Rc::new(move |text: &str| self.receive(text)));
        let was_live = StoredValue::new(false);
        on_change(move || {
            let is_live = self.is_live.get();
            if was_live.get_value() == is_live {
                return;
            }
            was_live.set_value(is_live);
            match is_live {
                true => {
                    self.work.write_value().connections += 1;
                    self.is_listed.set_if_changed(false);
                    self.outbox.update(Outbox::reconnected);
                    self.reload();
                }
                false => {
                    self.is_listed.set_if_changed(false);
                    self.interrupted();
                    // The next connection says it anew.
                    self.here.set_if_changed(Vec::new());
                }
            }
        });
    }

    /// The server has closed the connection for good where the session has ended, or the user may not read any more.
    fn went_offline(self, reason: OfflineReason) {
        match reason {
            OfflineReason::NoNetwork => {}
            OfflineReason::NotSignedIn | OfflineReason::Forbidden => {
                self.end_session(Status::SignedOut);
            }
        }
    }

    /// Subscribes to what is said; to be called once the server has rooms.
    pub(super) fn follow_stream(self) {
        self.connection.set_on(Stream::Rooms, true);
    }

    fn connect(self) {
        let mut machine = Machine::new(String::new(), 0, 0.0);
        machine.follow_only(Stream::Rooms);
        let connection = Connection::open(
            Addresses::of_page(),
            machine,
            |_| {},
            move |machine| {
                let status = machine.status();
                self.is_live
                    .set_if_changed(status == connection::Status::Live);
                if let connection::Status::Offline(reason) = status {
                    self.went_offline(reason);
                }
            },
        );
        let online = connection.clone();
        on_window("online", move || online.reconnect_now());
        let offline = connection.clone();
        on_window("offline", move || offline.offline());
        let visible = connection.clone();
        on_window("visibilitychange", move || {
            if is_visible() {
                visible.reconnect_now();
            }
        });
        self.connection.attach(connection);
    }

    /// Messages may be missed from now on.
    fn interrupted(self) {
        self.rooms.update(Rooms::interrupted);
        self.typing.set(Vec::new());
    }

    fn receive(self, text: &str) {
        let json = Json::new(text);
        let Ok(head) = json.read::<Head>() else {
            return;
        };
        match (head.r#type.as_str(), head.seq) {
            ("room", Some(seq)) => {
                if let Ok(message) = json.read::<RoomMessage>() {
                    self.receive_message(seq, message, head.channel.is_none());
                }
            }
            ("presence", _) => {
                if let Ok(Presence { people }) = json.read() {
                    self.here.set_if_changed(people);
                }
            }
            ("typing", _) => {
                if let Ok(typing) = json.read::<Typing>() {
                    self.typing.update(|all| {
                        all.retain(|known| known.room != typing.room);
                        all.push(typing);
                    });
                }
            }
            ("gap", _) => {
                self.interrupted();
                self.reload();
            }
            _ => {}
        }
    }

    fn receive_message(self, seq: u64, message: RoomMessage, is_everyones: bool) {
        let is_waited_for = self.outbox.with_untracked(|outbox| !outbox.is_empty());
        if let Some(id) = message.id.as_ref().filter(|_| is_waited_for) {
            self.outbox.update(|outbox| outbox.remove(id));
        }
        if matches!(message.action, RoomAction::Edited | RoomAction::Deleted) {
            self.change_past(seq, &message);
        }
        let is_seen = self.is_seen(&message.room);
        let room = message.room.clone();
        // What is being read stays where it is.
        let is_scrolled_up = self.is_shown(&room) && !self.is_at_newest.get_untracked();
        let mut effect = Effect::Nothing;
        self.rooms.update(|rooms| {
            effect = rooms.receive(seq, message, is_seen);
            if !is_scrolled_up {
                rooms.trim(&room);
            }
        });
        self.act_on(effect, is_everyones);
        self.count_unread();
    }

    /// Does what a message means beyond its room. `is_everyones` says whether all viewers do so at the same time.
    pub(super) fn act_on(self, effect: Effect, is_everyones: bool) {
        match effect {
            Effect::Nothing => {}
            Effect::Reload if is_everyones => self.reload_list_soon(),
            Effect::Reload => self.reload_list(),
            Effect::Said {
                seq,
                room,
                author,
                text,
                mentions_me,
                is_edit,
            } => match is_edit {
                true => self.tell(seq, room, author, text, mentions_me),
                false => self.said(seq, room, author, text, mentions_me),
            },
        }
    }

    /// Somebody else has said something.
    fn said(self, seq: u64, room: String, author: String, text: String, mentions_me: bool) {
        let is_shown = self.is_shown(&room);
        if is_shown && self.announces.is_on.get_untracked() {
            self.announced.set([author.as_str(), ": ", &text].concat());
        }
        if is_shown && !self.is_at_newest.get_untracked() {
            self.below.update(|below| *below += 1);
        }
        if !self.is_seen(&room) {
            self.tell(seq, room, author, text, mentions_me);
        }
    }

    /// Notifies the user of what is for it. What an edit mentions it in may be out of sight, whatever room is shown.
    fn tell(self, seq: u64, room: String, author: String, text: String, mentions_me: bool) {
        let room = room.as_str();
        let is_direct = self.rooms.with_untracked(|rooms| {
            let room = rooms.room(room);
            room.is_some_and(|room| room.info.kind == RoomKind::Direct)
        });
        if self.is_muted(room) || !(mentions_me || is_direct) {
            return;
        }
        let title = match is_direct {
            true => author,
            false => [author.as_str(), " in ", &self.title(room)].concat(),
        };
        let room = room.to_owned();
        if is_visible() {
            return self.show_toast(room, &title, &text);
        }
        spawn_local(async move {
            // Another tab may show the room, and report that it was read.
            TimeoutFuture::new(ELSEWHERE_MS).await;
            if !self.is_read(&room, seq) {
                if self.notifies.is_on.get_untracked() && may_notify() && !is_visible() {
                    notify(&title, &text, &room);
                }
                self.show_toast(room, &title, &text);
            }
        });
    }

    fn show_toast(self, id: String, title: &str, text: &str) {
        let mut shown: String = text.chars().take(TOAST_CHARS).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        let open = Action {
            label: "Open",
            run: Arc::new(move || self.open(&id)),
        };
        let toast = [title, ": ", &shown].concat();
        let toasts = self.context.toasts;
        toasts.offer(Level::Info, toast, Some(open), monotonic_ms());
    }

    /// What arrives in a page of the history is not on its way any more.
    pub(super) fn arrived_by_page(self, page: &RoomPage) {
        if self.outbox.with_untracked(Outbox::is_empty) {
            return;
        }
        self.outbox.update(|outbox| {
            for entry in &page.messages {
                if let Some(id) = &entry.message.id {
                    outbox.remove(id);
                }
            }
        });
    }

    /// Whether there is anything to show.
    pub(crate) fn is_ready(self) -> bool {
        self.status.with(|status| *status == Status::Ready)
    }
}

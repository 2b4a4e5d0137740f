//! What the user says: sent one after the other, and again until the server has answered.

use super::RoomsSession;
use crate::kit::browser::{Timer, monotonic_ms, random, wall_ahead_ms};
use crate::kit::text::on_change;
use crate::model::rooms::{Outbox, Outcome, Pending};
use crate::session::api::{Method, body, within};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::NewMessage;
use protocol::{PersonKind, is_blank};

/// The longest text of a message.
pub(crate) const TEXT_CHARS_MAX: usize = 4_000;

/// A message that the server could not take is sent again after this time, in milliseconds.
const RETRY_MS: f64 = 2_000.0;

/// What is not answered within this time, in milliseconds, is shown as not sent.
const ANSWER_MS_MAX: u32 = 15_000;

impl RoomsSession {
    /// Says something, now or when there is a connection. False if too much waits for one.
    pub(crate) fn say(self, text: &str) -> bool {
        let text = text.trim();
        let Some(room) = self.shown.get_untracked().filter(|_| !is_blank(text)) else {
            return true;
        };
        let me = self.rooms.with_untracked(|rooms| rooms.me.clone());
        let Some(author) = me.filter(|_| !self.outbox.with_untracked(Outbox::is_full)) else {
            return false;
        };
        let now_ms = monotonic_ms() + wall_ahead_ms();
        self.outbox
            .update(|outbox| outbox.push(new_id(), room, author, text.to_owned(), now_ms as i64));
        self.unread_after.set(None);
        // One's own message is seen.
        self.shows_later.set(self.is_playback());
        self.typed(false);
        self.send_next();
        true
    }

    /// Sends a message again that was refused or not answered.
    pub(crate) fn retry(self, id: &str) {
        self.outbox.update(|outbox| outbox.retry(id));
        self.send_next();
    }

    /// Gives a message up.
    pub(crate) fn discard(self, id: &str) {
        self.outbox.update(|outbox| outbox.remove(id));
    }

    /// Sends what waits when there is a connection and the list of it, and each few seconds.
    pub(super) fn keep_sending(self) {
        let timer = StoredValue::new_local(None);
        on_cleanup(move || timer.dispose());
        on_change(move || {
            let is_waiting = self
                .outbox
                .with(|outbox| outbox.is_waiting() || outbox.is_delayed());
            if is_waiting && self.is_live.get() && self.is_listed.get() {
                let retry = Timer::at(monotonic_ms() + RETRY_MS, move || {
                    if self.outbox.with_untracked(Outbox::is_delayed) {
                        self.outbox.update(Outbox::resume);
                    }
                    self.send_next();
                });
                // After the page is gone there is no place for it.
                let _ = timer.try_set_value(retry);
            }
        });
    }

    /// Sends the oldest message that waits, unless one is being sent.
    pub(super) fn send_next(self) {
        let mut next: Option<Pending> = None;
        // Without a connection it would only take longer to say so, and before its list another user may have signed in.
        let may_send = self.is_live.get_untracked() && self.is_listed.get_untracked();
        if !may_send || !self.outbox.with_untracked(Outbox::is_waiting) {
            return;
        }
        self.outbox.update(|outbox| next = outbox.next());
        let Some(pending) = next else {
            return;
        };
        spawn_local(async move {
            let request = ["rooms/", &pending.room, "/messages"].concat();
            let message = NewMessage {
                text: pending.text,
                id: Some(pending.id.clone()),
            };
            // Guests say who they are.
            let name = (pending.author.kind == PersonKind::Guest).then_some(pending.author.name);
            let response = self.request_as(name, Method::POST, request, body(&message));
            let outcome = match within(ANSWER_MS_MAX, response).await {
                Some(Ok(_)) => Outcome::Stored,
                Some(Err(refusal)) => Outcome::of(refusal.status, &refusal.text),
                None => Outcome::Unanswered,
            };
            self.outbox
                .update(|outbox| outbox.ended(&pending.id, outcome));
            self.send_next();
        });
    }
}

/// Identifies a message of this author.
fn new_id() -> String {
    let part = || format!("{:08x}", (random() * f64::from(u32::MAX)) as u32);
    [part(), part(), part()].concat()
}

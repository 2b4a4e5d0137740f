//! Edits are sent one after the other, each until the server has answered.

use super::requests::{board_path, read, send};
use super::{BoardSession, Saving};
use crate::kit::browser::on_window_event;
use crate::kit::format::sentence;
use crate::model::board_editing::BoardEditing;
use crate::session::api::{Method, body, within};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Level;
use protocol::boards::{BoardEdit, BoardEdited};

/// What is not answered within this time, in milliseconds, is sent again.
pub(super) const ANSWER_MS_MAX: u32 = 15_000;

/// Before it is sent again a while passes, in milliseconds, longer each time.
pub(super) const RETRY_MS_MIN: u32 = 250;
pub(super) const RETRY_MS_MAX: u32 = 4_000;

impl BoardSession {
    /// Sends what waits, unless that is being done.
    pub(super) fn send_next(self) {
        if self.work.with_value(|it| it.is_sending)
            || self.editing.with_value(BoardEditing::is_saved)
        {
            return;
        }
        self.work.write_value().is_sending = true;
        if self.saving.with_untracked(|it| *it == Saving::Saved) {
            self.saving.set(Saving::Sending);
        }
        spawn_local(async move {
            let mut wait_ms = RETRY_MS_MIN;
            loop {
                match self.send_one().await {
                    // The page is gone.
                    None => return,
                    Some(Sent::All) => break,
                    Some(Sent::One) => wait_ms = RETRY_MS_MIN,
                    Some(Sent::Nothing) => {
                        self.saving.set_if_changed(Saving::Retrying);
                        TimeoutFuture::new(wait_ms).await;
                        wait_ms = (wait_ms * 2).min(RETRY_MS_MAX);
                    }
                }
            }
            if let Some(mut work) = self.work.try_write_value() {
                work.is_sending = false;
            }
        });
    }

    async fn send_one(self) -> Option<Sent> {
        let next = self.editing.try_with_value(|it| it.next().cloned())?;
        let Some(pending) = next else {
            return Some(Sent::All);
        };
        let request = [&board_path(&self.id.get_untracked()), "/operations"].concat();
        let edit = BoardEdit {
            id: Some(pending.id.clone()),
            operations: pending.operations,
        };
        let response = within(ANSWER_MS_MAX, send(Method::POST, &request, body(&edit))).await;
        let mut editing = self.editing.try_write_value()?;
        let sent = match response.map(|it| it.and_then(|it| read::<BoardEdited>(&it))) {
            Some(Ok(edited)) => {
                editing.stored(&pending.id, edited.version);
                Sent::One
            }
            Some(Err(refusal)) if matches!(refusal.status, Some(400 | 403..=422)) => {
                editing.refused(&pending.id);
                let text = ["Not saved: ", &refusal.text].concat();
                self.tell(Level::Error, sentence(&text));
                Sent::One
            }
            _ => Sent::Nothing,
        };
        drop(editing);
        self.show();
        Some(sent)
    }

    /// Whoever leaves the page is asked while something is not saved.
    pub(super) fn keep_unsaved(self) {
        on_window_event("beforeunload", move |event| {
            if self.saving.with_untracked(|it| *it != Saving::Saved) {
                event.prevent_default();
            }
        });
    }
}

/// What has become of the edit that was to be sent.
enum Sent {
    /// There is none.
    All,
    One,
    /// It is to be sent again.
    Nothing,
}

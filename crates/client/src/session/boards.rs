//! One board: loads it, follows what others change, and sends what is changed here. Nothing of it runs on the server, and
//! it is loaded with the page of boards.

mod requests;
mod sending;
mod series;

use super::connection::OfflineReason;
use super::{ConnectionStatus, PageState};
use crate::kit::browser::{monotonic_ms, random};
use crate::kit::format::sentence;
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::model::board_editing::{BoardEditing, Effect};
use crate::session::api::{Refusal, within};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::boards::BoardInfo;
use protocol::{Board, BoardMessage, BoardOperation, Level, Stream};
use sending::{ANSWER_MS_MAX, RETRY_MS_MAX, RETRY_MS_MIN};
use serde::Deserialize;
use std::rc::Rc;

pub(crate) use requests::{board_path, boards, create, document, read, send, versions};
pub(crate) use series::{find_series, label_values};

/// Whether the board is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BoardStatus {
    Loading,
    Ready,
    /// There is no such board, or it is not for this user.
    Missing,
    /// The server knows the user no more. What was loaded is still shown.
    SignedOut,
    /// A sentence that says why it could not be loaded.
    Failed(String),
}

/// Whether the server has what was changed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saving {
    Saved,
    Sending,
    /// The server does not answer, or takes nothing now.
    Retrying,
}

/// The board that the page shows.
#[derive(Clone, Copy)]
pub(crate) struct BoardSession {
    pub(crate) page: PageState,
    /// Its identifier.
    pub(crate) id: State<String>,
    pub(crate) status: State<BoardStatus>,
    pub(crate) info: State<Option<BoardInfo>>,
    /// The board with what is changed here.
    pub(crate) shown: State<Board>,
    pub(crate) saving: State<Saving>,
    pub(crate) can_undo: State<bool>,
    pub(crate) can_redo: State<bool>,
    editing: StoredValue<BoardEditing>,
    work: StoredValue<Work>,
}

/// What is in progress.
#[derive(Default)]
struct Work {
    is_sending: bool,
    is_loading: bool,
    /// It is to be loaded again after that.
    loads_again: bool,
}

/// What of a message says whether it is about a board.
#[derive(Deserialize)]
struct Head {
    r#type: String,
    seq: Option<u64>,
    stream: Option<String>,
}

impl BoardSession {
    /// Loads a board, and follows it. To be called in the browser.
    pub(crate) fn begin(page: PageState, id: String) -> Self {
        let session = Self {
            page,
            id: State::new(id),
            status: State::new(BoardStatus::Loading),
            info: State::new(None),
            shown: State::new(Board::default()),
            saving: State::new(Saving::Saved),
            can_undo: State::new(false),
            can_redo: State::new(false),
            editing: StoredValue::new(BoardEditing::default()),
            work: StoredValue::new(Work::default()),
        };
        session.follow_connection();
        session.keep_unsaved();
        session.load();
        session
    }

    /// Shows another board.
    pub(crate) fn open(self, id: String) {
        self.editing.set_value(BoardEditing::default());
        self.id.set(id);
        self.info.set(None);
        self.status.set(BoardStatus::Loading);
        self.load();
    }

    /// Follows the page's connection.
    fn follow_connection(self) {
        let page = self.page;
        page.connection
            .listen(Rc::new(move |text: &str| self.receive(text)));
        page.connection.set_on(Stream::Boards, true);
        let live_now = page.connection_status.get_untracked() == ConnectionStatus::Live;
        let was_live = StoredValue::new(live_now);
        on_change(move || {
            let status = page.connection_status.get();
            let is_live = status == ConnectionStatus::Live;
            if was_live.get_value() != is_live {
                was_live.set_value(is_live);
                self.editing.write_value().interrupted();
                if is_live {
                    self.load();
                }
            }
            match status {
                ConnectionStatus::Offline(OfflineReason::NotSignedIn) => {
                    self.status.set_if_changed(BoardStatus::SignedOut);
                }
                ConnectionStatus::Offline(OfflineReason::Forbidden) => {
                    self.status.set_if_changed(BoardStatus::Missing);
                }
                _ => {}
            }
        });
    }

    fn receive(self, text: &str) {
        let Ok(head) = serde_json::from_str::<Head>(text) else {
            return;
        };
        if head.r#type == "gap" && head.stream.as_deref() == Some("boards") {
            self.editing.write_value().interrupted();
            return self.load();
        }
        let Some(seq) = head.seq.filter(|_| head.r#type == "board") else {
            return;
        };
        let Ok(message) = serde_json::from_str::<BoardMessage>(text) else {
            return self.load();
        };
        if self.id.with_untracked(|id| *id != message.board) {
            return;
        }
        let effect = self.editing.write_value().receive(seq, message);
        self.act_on(effect);
    }

    fn act_on(self, effect: Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::Changed => self.show(),
            Effect::Reload => {
                self.editing.write_value().interrupted();
                self.load();
            }
        }
    }

    /// Loads the document, once at a time.
    pub(crate) fn load(self) {
        {
            let mut work = self.work.write_value();
            work.loads_again = work.is_loading;
            if std::mem::replace(&mut work.is_loading, true) {
                return;
            }
        }
        spawn_local(async move {
            let mut wait_ms = RETRY_MS_MIN;
            loop {
                let is_answered = self.load_once().await;
                // The page may be gone.
                let Some(mut work) = self.work.try_write_value() else {
                    return;
                };
                let loads_again = std::mem::take(&mut work.loads_again);
                if is_answered && !loads_again {
                    work.is_loading = false;
                    return;
                }
                drop(work);
                if is_answered {
                    wait_ms = RETRY_MS_MIN;
                } else {
                    TimeoutFuture::new(wait_ms).await;
                    wait_ms = (wait_ms * 2).min(RETRY_MS_MAX);
                }
            }
        });
    }

    /// False if the board that is shown is to be loaded still: until then it does not follow others.
    async fn load_once(self) -> bool {
        let is_gone = || self.work.try_with_value(|_| ()).is_none();
        if is_gone() {
            return true;
        }
        let id = self.id.get_untracked();
        let document = within(ANSWER_MS_MAX, document(&id)).await;
        if is_gone() {
            return true;
        }
        let document = document.unwrap_or_else(|| {
            Err(Refusal {
                status: None,
                text: "the server does not answer".into(),
            })
        });
        if self.id.with_untracked(|now| *now != id) {
            self.work.write_value().loads_again = true;
            return true;
        }
        match document {
            Ok(document) => {
                let effect = self.editing.write_value().loaded(document);
                self.show();
                self.status.set_if_changed(BoardStatus::Ready);
                if effect == Effect::Reload {
                    self.work.write_value().loads_again = true;
                }
                self.send_next();
            }
            Err(refusal) => match refusal.status {
                Some(401) => self.status.set_if_changed(BoardStatus::SignedOut),
                Some(403 | 404) => self.status.set_if_changed(BoardStatus::Missing),
                // What was loaded stays while the server does not answer.
                _ if untrack(|| self.is_shown()) => return false,
                _ => self
                    .status
                    .set(BoardStatus::Failed(sentence(&refusal.text))),
            },
        }
        true
    }

    /// Whether there is something to look at.
    pub(crate) fn is_shown(self) -> bool {
        match self.status.get() {
            BoardStatus::Ready => true,
            BoardStatus::SignedOut => self.info.with(Option::is_some),
            BoardStatus::Loading | BoardStatus::Missing | BoardStatus::Failed(_) => false,
        }
    }

    /// Makes what was changed visible.
    fn show(self) {
        let (board, info, can_undo, can_redo) = self.editing.with_value(|it| {
            let info = it.info().cloned();
            (it.shown(), info, it.can_undo(), it.can_redo())
        });
        if let Some(board) = board {
            self.shown.set_if_changed(board);
        }
        self.info.set_if_changed(info);
        self.can_undo.set_if_changed(can_undo);
        self.can_redo.set_if_changed(can_redo);
        if self.editing.with_value(BoardEditing::is_saved) {
            self.saving.set_if_changed(Saving::Saved);
        }
    }

    /// Changes the board, here at once and at the server as soon as possible. False if that is impossible, which the user
    /// is told.
    pub(crate) fn edit(self, operations: Vec<BoardOperation>) -> bool {
        let made = self.try_edit(operations);
        if let Err(why) = &made {
            self.tell(Level::Warning, why.clone());
        }
        made.is_ok()
    }

    /// The same. Why it is impossible is a sentence for the user.
    pub(crate) fn try_edit(self, operations: Vec<BoardOperation>) -> Result<(), String> {
        let made = self.editing.write_value().edit(operations, new_edit_id);
        made.map_err(|why| sentence(&why))?;
        self.show();
        self.send_next();
        Ok(())
    }

    /// Takes one's newest change back. False if there is none, or if it is impossible by now.
    pub(crate) fn undo(self) -> bool {
        let is_done = self.editing.write_value().undo(new_edit_id);
        self.show();
        self.send_next();
        is_done
    }

    /// Which of one's changes is the newest.
    pub(crate) fn newest_step(self) -> Option<u64> {
        self.editing.with_value(BoardEditing::newest_step)
    }

    /// Takes that change back, even if it is not the newest any more. False if that is impossible.
    pub(crate) fn undo_step(self, step: u64) -> bool {
        let is_done = self.editing.write_value().undo_step(step, new_edit_id);
        self.show();
        self.send_next();
        is_done
    }

    /// Makes it again.
    pub(crate) fn redo(self) -> bool {
        let is_done = self.editing.write_value().redo(new_edit_id);
        self.show();
        self.send_next();
        is_done
    }

    pub(crate) fn tell(self, level: Level, text: String) {
        self.page.toasts.show(level, text, monotonic_ms());
    }
}

/// Identifies an edit of this browser.
pub(crate) fn new_edit_id() -> String {
    let part = || format!("{:08x}", (random() * f64::from(u32::MAX)) as u32);
    [part(), part(), part()].concat()
}

/// An identifier that is new on a board: `w` for widgets, `s` for sections.
pub(crate) fn new_part_id(kind: char) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut id = String::from(kind);
    for _ in 0..9 {
        let digit = (random() * DIGITS.len() as f64) as usize;
        id.push(char::from(DIGITS[digit.min(DIGITS.len() - 1)]));
    }
    id
}

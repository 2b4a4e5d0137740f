use super::head::run;
use super::panel::on_escape;
use crate::kit::browser::focus;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::session::rooms::{RoomsSession, TEXT_CHARS_MAX};
use leptos::html::Textarea;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

const EDITOR_ID: &str = "message-editor";

/// Which message is being changed, and how.
#[derive(Clone, Copy)]
pub(super) struct Edited {
    of: State<Option<(u64, Change)>>,
    /// It is disposed with the list of messages, which a request may outlast.
    exists: StoredValue<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Edit,
    /// The user is asked first.
    Delete,
}

impl Edited {
    pub(super) fn new() -> Self {
        Self {
            of: State::new(None),
            exists: StoredValue::new(()),
        }
    }

    pub(super) fn begin(self, seq: u64, change: Change) {
        self.of.set(Some((seq, change)));
    }

    /// How this message is being changed.
    pub(super) fn change(self, seq: u64) -> Option<Change> {
        let of = self.of.get()?;
        (of.0 == seq).then_some(of.1)
    }

    fn end(self) {
        self.of.set(None);
        focus("room-log");
    }

    /// The text of a message was replaced. Another one may be changed by now.
    fn saved(self, seq: u64) {
        let exists = self.exists.try_get_value().is_some();
        if exists && self.of.get_untracked() == Some((seq, Change::Edit)) {
            self.end();
        }
    }
}

/// The text of a message, to be changed in its place.
pub(super) fn editor(session: RoomsSession, edited: Edited, seq: u64, text: String) -> Piece {
    let field = NodeRef::<Textarea>::new();
    let before = text.clone();
    let is_saving = StoredValue::new(false);
    // It ends once the server has the text, which is not lost if that fails.
    let save = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value().trim().to_owned();
        if text.is_empty() || text == before {
            return edited.end();
        }
        if is_saving.get_value() {
            return;
        }
        is_saving.set_value(true);
        let over = text.chars().count().saturating_sub(TEXT_CHARS_MAX);
        let room = session.shown.get_untracked().unwrap_or_default();
        let edit = session.edit(&room, seq, text);
        let work = async move {
            let saved = match over {
                0 => edit.await,
                _ => Err(["Too long by ", &over.to_string(), " characters"].concat()),
            };
            // The editor may be gone.
            let _ = is_saving.try_set_value(false);
            if saved.is_ok() {
                edited.saved(seq);
            }
            saved
        };
        run(session, Box::pin(work));
    };
    let save_by_key = save.clone();
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !event.is_composing() => save_by_key(),
            "Escape" => edited.end(),
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(|| focus(EDITOR_ID));
    view! {
        <div class="message-editor">
            <textarea
                class="field"
                id=EDITOR_ID
                rows="2"
                aria-label="Text of the message"
                data-testid="message-editor"
                node_ref=field
                prop:value=text
                on:keydown=key
            ></textarea>
            <div class="controls">
                <button class="button chip primary" type="button" on:click=move |_| save()>
                    "Save"
                </button>
                <button class="button chip" type="button" on:click=move |_| edited.end()>
                    "Cancel"
                </button>
            </div>
        </div>
    }
    .into_piece()
}

/// Asks whether a message is to be deleted.
pub(super) fn confirm_deletion(session: RoomsSession, edited: Edited, seq: u64) -> Piece {
    let delete = move |_| {
        let room = session.shown.get_untracked().unwrap_or_default();
        run(session, session.delete(&room, seq));
        edited.end();
    };
    Effect::new(|| focus(EDITOR_ID));
    view! {
        <div class="message-editor" on:keydown=on_escape(move || edited.end())>
            <p>"Delete this message for everyone?"</p>
            <div class="controls">
                <button
                    class="button chip danger"
                    type="button"
                    id=EDITOR_ID
                    data-testid="message-delete-yes"
                    on:click=delete
                >
                    "Delete"
                </button>
                <button class="button chip" type="button" on:click=move |_| edited.end()>
                    "Cancel"
                </button>
            </div>
        </div>
    }
    .into_piece()
}

use super::completion::{Completion, completion};
use super::message::moment_address;
use crate::kit::browser::{monotonic_ms, wall_ahead_ms};
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::model::rooms::Outbox;
use crate::session::rooms::{RoomsSession, TEXT_CHARS_MAX};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::{Timestamp, is_blank};
use web_sys::KeyboardEvent;

/// From so many characters on the field says how many are left.
const NEARLY_FULL: usize = TEXT_CHARS_MAX - 500;

/// What the user is writing.
#[derive(Clone, Copy)]
pub(super) struct Composer {
    field: NodeRef<Textarea>,
    pub(super) draft: State<String>,
    /// The room that it is written to.
    room: StoredValue<Option<String>>,
    completion: Completion,
}

impl Composer {
    pub(super) fn new(session: RoomsSession) -> Self {
        let composer = Self {
            field: NodeRef::new(),
            draft: State::new(String::new()),
            room: StoredValue::new(None),
            completion: Completion::new(),
        };
        let before = StoredValue::new((None, None));
        on_change(move || {
            let now = (session.shown.get(), session.owner.get());
            if before.get_value() == now {
                return;
            }
            before.set_value(now.clone());
            let draft = now.0.as_ref().map(|id| session.draft(id));
            composer.room.set_value(now.0);
            composer.write(draft.unwrap_or_default(), None);
        });
        on_change(move || {
            let draft = composer.draft.get();
            if let Some(room) = composer.room.get_value() {
                session.keep_draft(&room, &draft);
            }
        });
        composer
    }

    /// Replaces what is written, and puts the caret there, counted as browsers do, or at the end.
    pub(super) fn write(self, text: String, caret: Option<usize>) {
        if let Some(field) = self.field.get_untracked() {
            field.set_value(&text);
            let caret = caret.unwrap_or_else(|| text.encode_utf16().count()) as u32;
            // It fails for other kinds of field only.
            let _ = field.set_selection_range(caret, caret);
        }
        self.draft.set(text);
        self.completion.close();
    }

    /// Where the caret is, counted as browsers do.
    pub(super) fn caret(self) -> usize {
        let field = self.field.get_untracked();
        let caret = field.and_then(|field| field.selection_start().ok().flatten());
        caret.unwrap_or_default() as usize
    }

    pub(super) fn focus(self) {
        if let Some(field) = self.field.get_untracked() {
            // What cannot be focused stays unfocused.
            let _ = field.focus();
        }
    }

    /// Quotes what somebody said.
    pub(super) fn quote(self, session: RoomsSession, text: &str) {
        let mut quoted = self.draft.get_untracked();
        if !quoted.is_empty() && !quoted.ends_with('\n') {
            quoted.push('\n');
        }
        for line in text.lines() {
            quoted.push_str("> ");
            quoted.push_str(line);
            quoted.push('\n');
        }
        self.write(quoted, None);
        session.typed(true);
        self.focus();
    }

    /// Adds a link to the moment that the page shows.
    fn share(self, session: RoomsSession) {
        let now_ms = monotonic_ms() + wall_ahead_ms();
        let at_ms = untrack(move || session.moment()).unwrap_or(now_ms);
        let link = moment_address(session, Timestamp::from_unix_ms(at_ms as i64));
        let mut text = self.draft.get_untracked();
        if !text.is_empty() && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
        text.push_str(&link);
        text.push(' ');
        self.write(text, None);
        self.focus();
    }

    /// That there is no connection, or how much is left of the longest text.
    pub(super) fn facts(self, session: RoomsSession) -> String {
        let count = self.draft.with(|draft| draft.chars().count());
        if count > TEXT_CHARS_MAX {
            let over = (count - TEXT_CHARS_MAX).to_string();
            return ["Too long by ", &over, " characters"].concat();
        }
        if count > NEARLY_FULL {
            let left = (TEXT_CHARS_MAX - count).to_string();
            return [&left, " characters left"].concat();
        }
        if session.outbox.with(Outbox::is_full) {
            return "Too many messages wait: no more can be sent".to_owned();
        }
        match session.is_live.get() {
            true => String::new(),
            false => "Not connected · messages are sent when the connection is back".to_owned(),
        }
    }

    fn send(self, session: RoomsSession) {
        let text = self.draft.get_untracked();
        if is_blank(&text) || text.chars().count() > TEXT_CHARS_MAX {
            return;
        }
        if !session.say(&text) {
            return;
        }
        self.write(String::new(), None);
        super::log::scroll_to_newest(session);
    }
}

/// Where the user writes.
pub(super) fn composer(session: RoomsSession, composer: Composer) -> Piece {
    let Composer {
        field,
        draft,
        completion: offered,
        ..
    } = composer;
    let typed = move |event| {
        let text = event_target_value(&event);
        session.typed(!is_blank(&text));
        offered.update(session, &text, composer.caret());
        draft.set(text);
    };
    let key = move |event: KeyboardEvent| {
        let is_alone = !event.shift_key() && !event.is_composing();
        let is_handled = match event.key().as_str() {
            key if is_alone && offered.is_open() => offered.key(key, composer),
            "Enter" if is_alone => {
                composer.send(session);
                true
            }
            _ => false,
        };
        if is_handled {
            event.prevent_default();
        }
    };
    let title = live(move || {
        let name = session.with_shown(|rooms, room| rooms.name(&room.info));
        ["Message to ", &name.unwrap_or_default()].concat()
    });
    let share = Button::plain(
        "room-share",
        "Share this moment",
        icon::MOMENT,
        "Share this moment",
    );
    let is_empty = live(move || draft.with(|draft| is_blank(draft)).to_string());
    // Kept when the room is made anew.
    Effect::new(move || composer.write(draft.get_untracked(), None));
    view! {
        {completion(composer, offered)}
        <div class="composer">
            <textarea
                rows="1"
                aria-label=title
                placeholder=title
                aria-autocomplete="list"
                aria-controls=super::completion::LIST_ID
                aria-activedescendant=live(move || offered.active())
                node_ref=field
                data-testid="composer"
                on:input=typed
                on:keydown=key
                on:blur=move |_| offered.close()
            ></textarea>
            {button(share.bare(), Box::new(move || composer.share(session)))}
            <button
                class="button bare send"
                type="button"
                title="Send (Enter)"
                aria-disabled=is_empty
                data-testid="send"
                on:click=move |_| {
                    composer.send(session);
                    composer.focus();
                }
            >
                {icon::icon(icon::SEND)}
                <span class="button-label">"Send"</span>
            </button>
        </div>
    }
    .into_piece()
}

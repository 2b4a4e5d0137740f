use super::composer::Composer;
use super::editor::Edited;
use super::message::{message, note, pending};
use crate::kit::browser::hand_focus;
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change, when};
use crate::kit::text_content::translatable;
use crate::model::rooms::{Pending, Row, RowKind, Shown, rows};
use crate::session::rooms::RoomsSession;
use leptos::html::Div;
use leptos::prelude::*;

const LOG_ID: &str = "room-log";

/// So close to the newest message counts as there, in CSS pixels.
const AT_NEWEST_PX: i32 = 48;

/// So close to the oldest message earlier ones are loaded, in CSS pixels.
const NEAR_OLDEST_PX: i32 = 400;

/// What was said in the room that is shown.
pub(super) fn log(session: RoomsSession, composer: Composer) -> Piece {
    let list = State::new(Vec::<Row>::new());
    on_change(move || list.set_if_changed(current(session).unwrap_or_default()));
    let edited = Edited::new();
    let element = NodeRef::<Div>::new();
    let scrolled = move |_| {
        let Some(element) = element.get_untracked() else {
            return;
        };
        // From the bottom up, so it is negative.
        let below = -element.scroll_top();
        let above = element.scroll_height() - element.client_height() - below;
        session.is_at_newest.set_if_changed(below < AT_NEWEST_PX);
        if below < AT_NEWEST_PX {
            session.below.set_if_changed(0);
        }
        if above < NEAR_OLDEST_PX {
            session.load_older();
        }
    };
    let ids = move || list.with(|rows| rows.iter().map(|row| row.key).collect());
    let item = move |key| {
        let kind = list.with_untracked(|rows| {
            let row = rows.iter().find(|row| row.key == key);
            row.map(|row| row.kind.clone())
        });
        match kind {
            Some(kind) => row(session, composer, edited, kind),
            None => ().into_piece(),
        }
    };
    let is_loaded = move || {
        let is_loaded = session.with_shown(|_, room| room.is_loaded) == Some(true);
        is_loaded && !session.is_loading_past.get()
    };
    let empty = live(move || {
        match is_loaded() {
            false => "Loading messages…",
            true if session.moment().is_some() => "No messages at this time",
            true => "No messages yet. Say something to everyone who has this page open.",
        }
        .to_owned()
    });
    let has_failed = when(move || session.failure().is_some());
    // Without rows there may be earlier messages, too.
    let has_lines = when(move || {
        let is_waiting = !is_loaded() || has_failed.get();
        list.with(|rows| !rows.is_empty()) || !is_waiting && has_older(session)
    });
    let is_explained = when(move || has_lines.get() || has_failed.get());
    view! {
        <div
            class="room-log"
            id=LOG_ID
            role="log"
            tabindex="0"
            aria-label="Messages"
            aria-live="off"
            node_ref=element
            data-testid="room-log"
            on:scroll=scrolled
        >
            {failure(session)}
            <div class="room-lines" hidden=when(move || !has_lines.get())>
                {older(session)}
                {keyed(ids, item)}
            </div>
            <p class="empty" hidden=is_explained data-testid="room-empty">{empty}</p>
        </div>
    }
    .into_piece()
}

/// The rows, as everything that they depend on is now.
fn current(session: RoomsSession) -> Option<Vec<Row>> {
    let id = session.shown.get()?;
    let pending: Vec<Pending> = session
        .outbox
        .with(|outbox| outbox.of(&id).cloned().collect());
    let until_ms = session.until_ms().map(|until_ms| until_ms as i64);
    let now_ms = crate::kit::browser::monotonic_ms() + crate::kit::browser::wall_ahead_ms();
    let offset_minutes = session.clock.with_untracked(|clock| clock.offset(now_ms));
    session.rooms.with(|rooms| {
        session.past.with(|past| {
            let shown = Shown {
                room: match past {
                    Some(past) => past,
                    None => rooms.room(&id)?,
                },
                pending: &pending,
                me: rooms.me.as_ref(),
                unread_after: session.unread_after.get(),
                until_ms,
                offset_minutes: i64::from(offset_minutes),
            };
            Some(rows(&shown))
        })
    })
}

/// Says why messages are not here, and requests them again.
fn failure(session: RoomsSession) -> Piece {
    let text = live(move || session.failure().unwrap_or_default());
    let again = move |_| {
        // The button is hidden meanwhile.
        hand_focus(LOG_ID);
        session.load_again();
    };
    view! {
        <div
            class="empty"
            data-testid="room-failed"
            hidden=when(move || session.failure().is_none())
        >
            <p role="alert" {..translatable(text)}></p>
            <button class="button" type="button" on:click=again>
                "Try again"
            </button>
        </div>
    }
    .into_piece()
}

/// Whether messages precede those that are here.
fn has_older(session: RoomsSession) -> bool {
    match session.past.with(Option::is_some) {
        true => session.past.with(|past| past.as_ref()?.before).is_some(),
        false => session
            .with_shown(|_, room| room.before)
            .flatten()
            .is_some(),
    }
}

/// Loads what was said earlier; scrolling there does, too.
fn older(session: RoomsSession) -> Piece {
    let label = live(move || match session.is_loading_older.get() {
        true => "Loading…".to_owned(),
        false => "Load earlier messages".to_owned(),
    });
    view! {
        <div class="room-older" hidden=when(move || !has_older(session))>
            <button
                class="button chip"
                type="button"
                data-testid="room-older"
                on:click=move |_| session.load_older()
            >
                {label}
            </button>
        </div>
    }
    .into_piece()
}

fn row(session: RoomsSession, composer: Composer, edited: Edited, kind: RowKind) -> Piece {
    match kind {
        RowKind::Day { at_ms } => {
            let day = crate::kit::browser::day(at_ms as f64);
            view! {
                <p class="room-line" data-line="day">
                    {day}
                </p>
            }
            .into_piece()
        }
        RowKind::Unread => view! {
            <p class="room-line" data-line="unread" data-testid="room-unread">
                "New messages"
            </p>
        }
        .into_piece(),
        RowKind::Said { seq, is_first } => message(session, composer, edited, seq, is_first),
        RowKind::Note { seq } => note(session, seq),
        RowKind::Pending { id, is_first } => pending(session, &id, is_first),
    }
}

/// Scrolls to the newest message.
pub(super) fn scroll_to_newest(session: RoomsSession) {
    crate::kit::browser::scroll_to_top(LOG_ID);
    session.is_at_newest.set(true);
    session.below.set(0);
}

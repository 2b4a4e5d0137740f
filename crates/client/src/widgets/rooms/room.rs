use super::composer::{Composer, composer};
use super::guest::guest;
use super::head::head;
use super::log::log;
use crate::kit::button::{Button, button};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, when};
use crate::kit::text_content::{text_content, translatable};
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;

/// So many names are listed of those who are typing.
const TYPING_MAX: usize = 2;

/// The room that is shown: its head, what is said in it, and where the user writes.
pub(super) fn room(session: RoomsSession) -> Piece {
    let composer_state = Composer::new(session);
    // Only another room is made anew, not each message.
    let id = Memo::new(move |_| session.shown.get());
    // What is being typed outlives each message that arrives.
    let can_write = Memo::new(move |_| {
        let is_archived = session.with_shown(|_, room| room.info.is_archived);
        let is_known = session.rooms.with(|rooms| rooms.me.is_some());
        (is_archived == Some(true), is_known)
    });
    let content = move || {
        match id.get() {
        None => view! { <p class="empty">"Choose a room."</p> }.into_piece(),
        Some(id) => view! {
            {head(session, id)}
            {moment_notice(session)}
            {log(session, composer_state)}
            <div class="room-foot">
                {newest(session)}
                <p class="room-status" data-testid="room-status" {..text_content(live(move || status(session, composer_state)))}></p>
                {move || writing(session, composer_state, can_write.get())}
            </div>
        }
        .into_piece(),
    }
    };
    view! { <div class="room">{content}</div> }.into_piece()
}

/// Where the user writes, or why it cannot.
fn writing(session: RoomsSession, state: Composer, can_write: (bool, bool)) -> Piece {
    match can_write {
        (true, _) => {
            view! { <p class="room-note">"This room is archived: it takes no more messages."</p> }
                .into_piece()
        }
        (_, false) => guest(session),
        _ => composer(session, state),
    }
}

/// Says that the room is shown as it was at another moment.
fn moment_notice(session: RoomsSession) -> Piece {
    let notice = move || {
        let moment = session.moment()?;
        let when = session.clock.get().dated(moment);
        let text = match session.shows_later.get() {
            true => ["Playback is at ", &when, ". Messages after it are pale."].concat(),
            false => ["Messages up to ", &when].concat(),
        };
        let label = live(move || {
            match session.shows_later.get() {
                true => "Only up to this time",
                false => "Show later messages",
            }
            .to_owned()
        });
        let switch = Button {
            label,
            ..Button::plain("room-later", "Show or hide what was said later", "", "").small()
        };
        let toggle = move || session.shows_later.update(|shows| *shows = !*shows);
        Some(view! {
            <div class="room-notice" data-playback="" data-testid="room-moment">
                <p>{text}</p>
                {button(switch, Box::new(toggle))}
            </div>
        })
    };
    notice.into_piece()
}

/// Goes to the newest message, while that is not in sight.
fn newest(session: RoomsSession) -> Piece {
    let label = live(move || match session.below.get() {
        0 => "Jump to newest".to_owned(),
        count => ["Jump to newest · ", &count.to_string(), " new"].concat(),
    });
    let hidden = when(move || session.is_at_newest.get());
    view! {
        <div class="room-newest" hidden=hidden>
            <button
                class="button"
                type="button"
                data-testid="room-newest"
                on:click=move |_| super::log::scroll_to_newest(session)
            >
                {icon::icon(icon::DOWN)}
                <span {..translatable(label)}></span>
            </button>
        </div>
    }
    .into_piece()
}

/// What is said above the field: what is wrong, or who is typing.
fn status(session: RoomsSession, composer: Composer) -> String {
    let facts = composer.facts(session);
    match facts.is_empty() {
        true => typing(session),
        false => facts,
    }
}

fn typing(session: RoomsSession) -> String {
    let people = session.others_typing();
    let mut names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    if names.len() > TYPING_MAX {
        return "Several people are typing…".to_owned();
    }
    match (names.pop(), names.pop()) {
        (Some(one), None) => [one, " is typing…"].concat(),
        (Some(two), Some(one)) => [one, " and ", two, " are typing…"].concat(),
        _ => String::new(),
    }
}

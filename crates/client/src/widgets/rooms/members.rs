use super::avatar::avatar;
use super::head::run;
use super::list::presence;
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::translatable;
use crate::model::rooms::range_text;
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::rooms::NewMember;
use protocol::{Person, PersonPresence, PresenceState, RoomKind};

const POPOVER_ID: &str = "room-people";

/// So many avatars are in the head.
const AVATARS_MAX: usize = 3;

/// Who is here, and who is a member of a private room.
pub(super) fn members(session: RoomsSession, id: String) -> Piece {
    view! {
        {summary(session)}
        <div class="popover people" id=POPOVER_ID popover="auto" aria-label="People" data-testid="people">
            {content(session, id)}
        </div>
    }
    .into_piece()
}

/// Those who may read the room and are here; all members of a private one.
fn people(session: RoomsSession) -> Vec<Person> {
    let members = session.with_shown(|_, room| match room.info.kind {
        RoomKind::Public => None,
        RoomKind::Private | RoomKind::Direct => Some(room.info.members.clone()),
    });
    match members.flatten() {
        Some(members) => members,
        None => session
            .here
            .with(|here| here.iter().map(|here| here.person.clone()).collect()),
    }
}

fn summary(session: RoomsSession) -> Piece {
    let people = Memo::new(move |_| people(session));
    let label = live(move || match people.with(Vec::len) {
        0 => "People".to_owned(),
        1 => "1 person".to_owned(),
        count => [&count.to_string(), " people"].concat(),
    });
    let content = move || people.with(|people| avatars(people));
    view! {
        <button
            class="button people-open"
            type="button"
            popovertarget=POPOVER_ID
            title=label
            aria-label=label
            data-testid="people-open"
        >
            {content}
        </button>
    }
    .into_piece()
}

fn avatars(people: &[Person]) -> Piece {
    let mut avatars = Vec::new();
    for person in people.iter().take(AVATARS_MAX) {
        avatars.push(avatar(person, None));
    }
    let more = people.len().saturating_sub(AVATARS_MAX);
    let more = (more > 0 || people.is_empty()).then(|| {
        let text = match people.is_empty() {
            true => "No one".to_owned(),
            false => ["+", &more.to_string()].concat(),
        };
        view! { <span class="people-more" aria-hidden="true">{text}</span> }
    });
    view! {
        {avatars}
        {more}
    }
    .into_piece()
}

/// The list changes with who is here; what is typed below it stays.
fn content(session: RoomsSession, id: String) -> Piece {
    let kind = Memo::new(move |_| session.with_shown(|_, room| room.info.kind));
    let of = id.clone();
    let heading = move || match kind.get() {
        Some(RoomKind::Private | RoomKind::Direct) => "Members",
        _ => "Here now",
    };
    view! {
        <h2>{heading}</h2>
        {list(session, of)}
        {move || (kind.get() == Some(RoomKind::Private)).then(|| invite(session, id.clone()))}
    }
    .into_piece()
}

fn list(session: RoomsSession, id: String) -> Piece {
    // Not each message makes it anew, nor where somebody is.
    let facts = Memo::new(move |_| {
        let facts = session.with_shown(|rooms, room| {
            let is_private = room.info.kind == RoomKind::Private;
            (is_private && room.info.can_manage, rooms.me.clone())
        });
        (facts.unwrap_or_default(), people(session))
    });
    let content = move || {
        let ((can_remove, me), people) = facts.get();
        let mut items = Vec::new();
        for person in people {
            let is_me = me.as_ref().is_some_and(|me| me.id == person.id);
            let remove = (can_remove && !is_me).then(|| remove(session, &id, &person));
            items.push(item(session, person, is_me, remove));
        }
        let empty = items
            .is_empty()
            .then(|| view! { <p class="form-hint">"No one shows that they are here."</p> });
        view! {
            {empty}
            <ul>{items}</ul>
        }
        .into_piece()
    };
    content.into_piece()
}

fn item(session: RoomsSession, person: Person, is_me: bool, remove: Option<Piece>) -> Piece {
    let id = person.id.clone();
    let place = live(move || {
        session.here.with(|here| {
            let here = here.iter().find(|here| here.person.id == id);
            here.map_or_else(|| "Not here".to_owned(), |here| place_text(session, here))
        })
    });
    let name = match is_me {
        true => [&person.name, " (you)"].concat(),
        false => person.name.clone(),
    };
    view! {
        <li data-testid="person">
            {move || avatar(&person, Some(presence(session, &person.id)))}
            <div class="person clip">
                <span translate="no">{name}</span>
                <span class="person-place clip" {..translatable(place)} title=place></span>
            </div>
            {remove}
        </li>
    }
    .into_piece()
}

/// What somebody does, in words.
fn place_text(session: RoomsSession, here: &PersonPresence) -> String {
    let state = match here.state {
        PresenceState::Active => "Active",
        PresenceState::Idle | PresenceState::Hidden => "Idle",
    };
    let Some(place) = &here.place else {
        return state.to_owned();
    };
    let page = place.page.as_str();
    let host = page.split_once("?host=").map(|(_, host)| host);
    let page = match (page.rsplit('/').next(), host) {
        (_, Some(host)) => host,
        (Some("alerts"), _) => "Alerts",
        (Some("checks"), _) => "Checks",
        (Some("rooms"), _) => "Rooms",
        (Some("account"), _) => "Account",
        (Some("users"), _) => "Users",
        _ => "Overview",
    };
    let clock = session.clock.get();
    let range = place.range.as_deref().unwrap_or_default();
    let range = range_text(range, |at_ms| clock.moment(at_ms)).unwrap_or_default();
    let mut text = [state, " · ", page].concat();
    for part in [range.as_str(), if place.live { "" } else { "in playback" }] {
        if !part.is_empty() {
            text.push_str(" · ");
            text.push_str(part);
        }
    }
    text
}

fn remove(session: RoomsSession, id: &str, person: &Person) -> Piece {
    let (id, name) = (id.to_owned(), person.name.clone());
    let label = ["Remove ", &name].concat();
    let remove = move |_| run(session, session.remove_member(&id, &name));
    view! {
        <button class="button chip" type="button" aria-label=label on:click=remove>
            "Remove"
        </button>
    }
    .into_piece()
}

fn invite(session: RoomsSession, id: String) -> Piece {
    let name = State::new(String::new());
    let with_history = State::new(false);
    let fields = vec![
        field(Field::text("room-invite", "Add somebody", name)),
        view! {
            <label class="rooms-check">
                <input
                    type="checkbox"
                    on:change=move |event| with_history.set(event_target_checked(&event))
                />
                "Can read earlier messages"
            </label>
        }
        .into_piece(),
    ];
    let work = move || -> Work {
        let typed = name.get_untracked();
        let member = NewMember {
            name: typed.trim().trim_start_matches('@').to_owned(),
            with_history: with_history.get_untracked(),
        };
        let invited = session.invite(&id, member);
        Box::pin(async move {
            invited.await?;
            name.set(String::new());
            Ok("Added.".to_owned())
        })
    };
    form(
        "room-invite-form",
        fields,
        Submission::new(),
        "Add",
        Box::new(work),
    )
}

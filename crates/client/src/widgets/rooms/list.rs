use super::avatar::avatar;
use super::new_room::new_room;
use super::options::options;
use crate::kit::browser::page_url;
use crate::kit::button::{Button, button};
use crate::kit::icon::{self, icon};
use crate::kit::keyed::keyed;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::model::rooms::{Room, Rooms, room_key};
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::rooms::RoomInfo;
use protocol::{PresenceState, RoomKind};

/// The rooms, those that something was said in last first, and what is done with all of them.
pub(super) fn list(session: RoomsSession) -> Piece {
    let is_new = State::new(false);
    let content = move || match is_new.get() {
        true => new_room(session, is_new),
        false => groups(session),
    };
    let add = Button::plain("room-new", "New room", icon::PLUS, "New room").bare();
    view! {
        <div class="rooms-list">
            <header class="rooms-head">
                <h2>"Rooms"</h2>
                {button(add, Box::new(move || is_new.update(|is_new| *is_new = !*is_new)))}
                {options(session)}
                {frame_buttons(session)}
            </header>
            {content}
        </div>
    }
    .into_piece()
}

/// Rooms, and direct conversations. What has the focus stays while others change.
fn groups(session: RoomsSession) -> Piece {
    let keys = Memo::new(move |_| {
        session.rooms.with(|rooms| {
            let infos = rooms.rooms.iter().map(|room| &room.info);
            let keys = infos.map(|info| (room_key(&info.id), info.kind == RoomKind::Direct));
            keys.collect::<Vec<_>>()
        })
    });
    let of = move |is_direct: bool| {
        move || {
            keys.with(|keys| {
                let keys = keys.iter().filter(|key| key.1 == is_direct);
                keys.map(|key| key.0).collect()
            })
        }
    };
    let has_direct = Memo::new(move |_| keys.with(|keys| keys.iter().any(|key| key.1)));
    let heading = move || {
        has_direct
            .get()
            .then(|| view! { <h3>"Direct conversations"</h3> })
    };
    let item = move |key| item(session, key);
    view! {
        <nav class="rooms-scroll" aria-label="Rooms">
            <ul>{keyed(of(false), item)}</ul>
            {heading}
            <ul>{keyed(of(true), item)}</ul>
        </nav>
    }
    .into_piece()
}

/// Opens the page of rooms, and closes the panel; neither is needed on that page.
pub(super) fn frame_buttons(session: RoomsSession) -> Piece {
    if session.context.is_page {
        return ().into_piece();
    }
    let address = live(move || {
        let shown = session.shown.get();
        let room = shown.map_or(String::new(), |id| ["?room=", &id].concat());
        [&page_url("/rooms"), room.as_str()].concat()
    });
    let close = Button::plain(
        "rooms-close",
        "Close rooms (Esc)",
        icon::CLOSE,
        "Close rooms",
    );
    view! {
        <a class="button bare rooms-full" href=address title="Open as a page" data-testid="rooms-full">
            {icon(icon::FULL)}
            <span class="button-label">"Open as a page"</span>
        </a>
        {button(close.bare(), Box::new(move || session.context.panel.toggle()))}
    }
    .into_piece()
}

fn item(session: RoomsSession, key: u64) -> Piece {
    let id = session.rooms.with_untracked(|rooms| {
        let mut ids = rooms.rooms.iter().map(|room| &room.info.id);
        ids.find(|id| room_key(id) == key).cloned()
    });
    let Some(id) = id else {
        return ().into_piece();
    };
    let of = id.clone();
    // Not each message makes the content anew.
    let info = Memo::new(move |_| {
        session.rooms.with(|rooms| {
            let mut info = rooms.room(&of)?.info.clone();
            (info.last, info.read_seq) = (None, 0);
            Some(info)
        })
    });
    let content = move || {
        let info = info.get()?;
        session.rooms.with_untracked(|rooms| {
            let room = rooms.room(&info.id)?;
            Some(item_content(session, rooms, room))
        })
    };
    let is_unread = live(move || {
        let is_unread = |info: &RoomInfo| info.unread > 0 && !info.is_muted;
        info.with(|info| info.as_ref().is_some_and(is_unread))
            .to_string()
    });
    let shown = id.clone();
    let is_current = live(move || {
        session
            .shown
            .with(|it| it.as_deref() == Some(&shown))
            .to_string()
    });
    view! {
        <li>
            <button
                class="room-item"
                type="button"
                data-testid="room-item"
                data-unread=is_unread
                aria-current=is_current
                on:click=move |_| session.show(&id)
            >
                {content}
            </button>
        </li>
    }
    .into_piece()
}

fn item_content(session: RoomsSession, rooms: &Rooms, room: &Room) -> Piece {
    let info = &room.info;
    let count = (info.unread > 0).then(|| {
        let label = match info.mentions {
            0 => [&info.unread.to_string(), " unread"].concat(),
            mentions => {
                let mentions = mentions.to_string();
                [&info.unread.to_string(), " unread, ", &mentions, " of you"].concat()
            }
        };
        // A message of a direct conversation is for the user as a mention is.
        let is_for_user = info.mentions > 0 || info.kind == RoomKind::Direct;
        let has_mentions = is_for_user && !info.is_muted;
        view! {
            <span
                class="count"
                data-mentions=has_mentions.to_string()
                data-muted=info.is_muted.to_string()
                aria-hidden="true"
            >
                {info.unread.to_string()}
            </span>
            <span class="visually-hidden">{label}</span>
        }
    });
    let archived = info
        .is_archived
        .then(|| view! { <span class="account-tag">"archived"</span> });
    let muted = info
        .is_muted
        .then(|| view! { <span class="account-tag">"muted"</span> });
    view! {
        {mark(session, rooms, room)}
        <span class="clip" translate="no">{rooms.name(info)}</span>
        {archived}
        {muted}
        {count}
    }
    .into_piece()
}

/// What kind of room it is; of a direct conversation, the avatar of the other.
pub(super) fn mark(session: RoomsSession, rooms: &Rooms, room: &Room) -> Piece {
    match room.info.kind {
        RoomKind::Public => icon(icon::PUBLIC).into_piece(),
        RoomKind::Private => icon(icon::PRIVATE).into_piece(),
        RoomKind::Direct => {
            let mut members = room.info.members.iter();
            let other = members.find(|member| !rooms.is_me(member));
            match other.or(room.info.members.first()) {
                Some(other) => avatar(other, Some(presence(session, &other.id))),
                None => icon(icon::PRIVATE).into_piece(),
            }
        }
    }
}

/// Whether somebody is here.
pub(super) fn presence(session: RoomsSession, id: &str) -> &'static str {
    session.here.with(|here| {
        let person = here.iter().find(|here| here.person.id == id);
        match person.map(|here| here.state) {
            Some(PresenceState::Active) => "active",
            Some(PresenceState::Idle) => "idle",
            Some(PresenceState::Hidden) | None => "offline",
        }
    })
}

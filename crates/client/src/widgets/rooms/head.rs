use super::list::{frame_buttons, mark};
use super::members::members;
use super::panel::on_escape;
use crate::kit::browser::focus;
use crate::kit::button::{Button, button};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::icon;
use crate::kit::menu::menu;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::rooms::{Done, RoomsSession};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::rooms::RoomChange;
use protocol::{Level, RoomKind};

const NAME_ID: &str = "room-rename";

/// The head of a room: its name, who is in it, and what can be done with it.
pub(super) fn head(session: RoomsSession, id: String) -> Piece {
    let is_renaming = State::new(false);
    let title = live(move || {
        session
            .with_shown(|rooms, room| rooms.name(&room.info))
            .unwrap_or_default()
    });
    let picture = move || session.with_shown(|rooms, room| mark(session, rooms, room));
    let back = Button {
        class: "button bare rooms-back",
        ..Button::plain("rooms-back", "All rooms", icon::LEFT, "All rooms")
    };
    let of = id.clone();
    // An open menu outlives each message that arrives.
    let facts = Memo::new(move |_| {
        session.with_shown(|rooms, room| {
            let info = &room.info;
            let name = rooms.me.as_ref().map(|me| me.name.clone());
            Facts {
                kind: info.kind,
                can_manage: info.can_manage,
                is_archived: info.is_archived,
                is_muted: info.is_muted,
                me: name,
            }
        })
    });
    view! {
        <header class="rooms-head" data-testid="room-head">
            {button(back, Box::new(move || session.show_list()))}
            <span class="room-mark">{picture}</span>
            <h2 class="clip" translate="no" {..text_content(title)}></h2>
            {members(session, id.clone())}
            {move || facts.get().map(|facts| actions(session, &id, is_renaming, facts))}
            <span class="room-frame">{frame_buttons(session)}</span>
        </header>
        {move || is_renaming.get().then(|| rename(session, of.clone(), is_renaming))}
    }
    .into_piece()
}

/// What can be done with a room depends on these.
#[derive(Clone, PartialEq, Eq)]
struct Facts {
    kind: RoomKind,
    can_manage: bool,
    is_archived: bool,
    is_muted: bool,
    /// The user's name, if it has one.
    me: Option<String>,
}

/// Rarely used actions, where there are any.
fn actions(session: RoomsSession, id: &str, is_renaming: State<bool>, facts: Facts) -> Piece {
    let Facts {
        kind,
        can_manage,
        is_archived,
        is_muted,
        me,
    } = facts;
    let mut items = Vec::new();
    if me.is_some() {
        let id = id.to_owned();
        let label = if is_muted { "Unmute" } else { "Mute" };
        items.push(item("room-mute", label, move || {
            run(session, session.mute(&id, !is_muted));
        }));
    }
    if can_manage && kind != RoomKind::Direct {
        items.push(item("room-rename-open", "Rename", move || {
            is_renaming.set(true);
        }));
        let id = id.to_owned();
        let archives = !is_archived;
        let label = if archives { "Archive" } else { "Reopen" };
        items.push(item("room-archive", label, move || {
            let change = RoomChange {
                is_archived: Some(archives),
                ..RoomChange::default()
            };
            run(session, session.change_room(&id, change));
        }));
    }
    if kind == RoomKind::Private
        && let Some(me) = me
    {
        let id = id.to_owned();
        items.push(item("room-leave", "Leave", move || {
            let left = session.remove_member(&id, &me);
            run(
                session,
                Box::pin(async move {
                    left.await?;
                    session.show_list();
                    session.reload();
                    Ok(())
                }),
            );
        }));
    }
    match items.is_empty() {
        true => ().into_piece(),
        false => menu(
            "room-menu".into(),
            "Actions of this room".into(),
            items.into_piece(),
        ),
    }
}

/// An entry of a menu.
pub(super) fn item(
    test_id: &'static str,
    label: &'static str,
    act: impl Fn() + Send + 'static,
) -> Piece {
    button(Button::plain(test_id, label, "", label), Box::new(act)).into_piece()
}

/// Does something, and says in a toast why it failed.
pub(super) fn run(session: RoomsSession, work: Done<()>) {
    spawn_local(async move {
        if let Err(why) = work.await {
            let now_ms = crate::kit::browser::monotonic_ms();
            session.context.toasts.show(Level::Error, why, now_ms);
        }
    });
}

fn rename(session: RoomsSession, id: String, is_renaming: State<bool>) -> Piece {
    let before = session.with_shown(|_, room| room.info.name.clone());
    let name = State::new(before.unwrap_or_default());
    let fields = vec![field(Field {
        hint: "1 to 60 characters.",
        ..Field::text(NAME_ID, "Name", name)
    })];
    let work = move || -> Work {
        let change = RoomChange {
            name: Some(name.get_untracked().trim().to_owned()),
            ..RoomChange::default()
        };
        let changed = session.change_room(&id, change);
        Box::pin(async move {
            changed.await?;
            is_renaming.set(false);
            Ok(String::new())
        })
    };
    let form = form(
        "room-rename-form",
        fields,
        Submission::new(),
        "Rename",
        Box::new(work),
    );
    Effect::new(|| focus(NAME_ID));
    let cancel = move || {
        is_renaming.set(false);
        focus("room-log");
    };
    view! {
        <div class="rooms-form" on:keydown=on_escape(cancel)>
            {form}
            <button class="button" type="button" on:click=move |_| cancel()>
                "Cancel"
            </button>
        </div>
    }
    .into_piece()
}

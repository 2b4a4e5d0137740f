use super::panel::on_escape;
use crate::kit::browser::{focus, focus_test_id};
use crate::kit::form::{Field, Submission, Work, field, form};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{on_change, when};
use crate::session::rooms::RoomsSession;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::RoomKind;
use protocol::rooms::NewRoom;

const NAME_ID: &str = "room-name";

/// The kinds of room, with what they mean.
const KINDS: [(RoomKind, &str, &str); 3] = [
    (
        RoomKind::Public,
        "Public",
        "Everybody who may see this page reads and writes.",
    ),
    (
        RoomKind::Private,
        "Private",
        "Only its members. Nobody else sees that it exists.",
    ),
    (
        RoomKind::Direct,
        "Direct",
        "A conversation with these people.",
    ),
];

/// A form for a new room, or a new direct conversation.
pub(super) fn new_room(session: RoomsSession, is_new: State<bool>) -> Piece {
    let kind = State::new(RoomKind::Public);
    let name = State::new(String::new());
    let members = State::new(String::new());
    let has_private = session.rooms.with_untracked(|rooms| rooms.has_private);
    let mut kinds = Vec::new();
    for (of, label, hint) in KINDS {
        kinds.push(choice(kind, of, label, hint));
    }
    let kinds = has_private.then(|| {
        view! {
            <fieldset class="rooms-kinds">
                <legend>"Who reads it"</legend>
                {kinds}
            </fieldset>
        }
    });
    let is_direct = when(move || kind.get() == RoomKind::Direct);
    let is_public = when(move || kind.get() == RoomKind::Public);
    let fields = vec![
        kinds.into_piece(),
        field(Field {
            hint: "1 to 60 characters.",
            hidden: is_direct,
            ..Field::text(NAME_ID, "Name", name)
        }),
        field(Field {
            hint: "Names, separated by commas.",
            hidden: is_public,
            ..Field::text("room-members", "Members", members)
        }),
    ];
    let work = move || -> Work {
        let kind = kind.get_untracked();
        let new = NewRoom {
            kind,
            name: (kind != RoomKind::Direct).then(|| name.get_untracked().trim().to_owned()),
            members: match kind {
                RoomKind::Public => Vec::new(),
                RoomKind::Private | RoomKind::Direct => names(&members.get_untracked()),
            },
        };
        Box::pin(async move {
            let id = session.create(new).await?;
            is_new.set(false);
            session.show(&id);
            Ok(String::new())
        })
    };
    let element = NodeRef::<Div>::new();
    on_change(move || {
        if element.get().is_some() {
            focus(NAME_ID);
        }
    });
    let form = form(
        "room-form",
        fields,
        Submission::new(),
        "Create",
        Box::new(work),
    );
    let cancel = move || {
        is_new.set(false);
        focus_test_id("room-new");
    };
    view! {
        <div class="rooms-scroll rooms-form" node_ref=element on:keydown=on_escape(cancel)>
            {form}
            <button class="button" type="button" on:click=move |_| cancel()>
                "Cancel"
            </button>
        </div>
    }
    .into_piece()
}

fn choice(kind: State<RoomKind>, of: RoomKind, label: &'static str, hint: &'static str) -> Piece {
    view! {
        <label class="rooms-check">
            <input
                type="radio"
                name="room-kind"
                checked=of == RoomKind::Public
                on:change=move |_| kind.set(of)
            />
            <span>
                {label}
                <span class="form-hint">" " {hint}</span>
            </span>
        </label>
    }
    .into_piece()
}

fn names(text: &str) -> Vec<String> {
    let names = text
        .split(',')
        .map(|name| name.trim().trim_start_matches('@'));
    let names = names.filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

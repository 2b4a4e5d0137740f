use super::avatar::avatar;
use super::composer::Composer;
use crate::kit::icon::{self, icon};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::model::rooms::{Begun, begun, complete};
use crate::session::rooms::RoomsSession;
use leptos::prelude::*;
use protocol::{Person, RoomKind};

pub(super) const LIST_ID: &str = "room-completion";

/// So many names are offered at most.
const OFFERED_MAX: usize = 6;

/// Names that complete the one that is being typed.
#[derive(Clone, Copy)]
pub(super) struct Completion {
    begun: State<Option<Begun>>,
    offered: State<Vec<Offered>>,
    selected: State<usize>,
}

#[derive(Clone, PartialEq)]
struct Offered {
    name: String,
    /// None for a room.
    person: Option<Person>,
}

impl Completion {
    pub(super) fn new() -> Self {
        Self {
            begun: State::new(None),
            offered: State::new(Vec::new()),
            selected: State::new(0),
        }
    }

    pub(super) fn is_open(self) -> bool {
        self.offered.with_untracked(|offered| !offered.is_empty())
    }

    pub(super) fn close(self) {
        if self.is_open() {
            self.offered.set(Vec::new());
        }
    }

    /// The identifier of the selected name; empty if none is offered.
    pub(super) fn active(self) -> String {
        match self.offered.with(Vec::is_empty) {
            true => String::new(),
            false => option_id(self.selected.get()),
        }
    }

    /// Offers names for what is typed at the caret.
    pub(super) fn update(self, session: RoomsSession, text: &str, caret: usize) {
        let begun = begun(text, caret);
        let offered = begun.as_ref().map_or_else(Vec::new, |begun| {
            let names = match begun.mark {
                '@' => people(session),
                // A number is rather one of an issue.
                _ if is_number(&begun.query) => Vec::new(),
                _ => rooms(session),
            };
            matching(names, &begun.query)
        });
        self.begun.set(begun);
        self.selected.set(0);
        self.offered.set_if_changed(offered);
    }

    /// Handles a key while names are offered; returns whether it is not the field's.
    pub(super) fn key(self, key: &str, composer: Composer) -> bool {
        let count = self.offered.with_untracked(Vec::len);
        let at = self.selected.get_untracked();
        match key {
            "ArrowDown" => self.selected.set((at + 1) % count),
            "ArrowUp" => self.selected.set((at + count - 1) % count),
            "Enter" | "Tab" => self.take(composer, at),
            "Escape" => self.close(),
            _ => return false,
        }
        true
    }

    fn take(self, composer: Composer, at: usize) {
        let name = self
            .offered
            .with_untracked(|offered| offered.get(at).map(|offered| offered.name.clone()));
        if let (Some(begun), Some(name)) = (self.begun.get_untracked(), name) {
            let (text, caret) = complete(&composer.draft.get_untracked(), &begun, &name);
            composer.write(text, Some(caret));
        }
    }
}

fn people(session: RoomsSession) -> Vec<Offered> {
    let offered = session.known_people().into_iter().map(|person| Offered {
        name: person.name.clone(),
        person: Some(person),
    });
    offered.collect()
}

fn rooms(session: RoomsSession) -> Vec<Offered> {
    session.rooms.with_untracked(|rooms| {
        let named = rooms.rooms.iter();
        let named = named.filter(|room| room.info.kind != RoomKind::Direct);
        let offered = named.map(|room| Offered {
            name: room.info.name.clone(),
            person: None,
        });
        offered.collect()
    })
}

/// The names that a text is in; those that begin with it come first.
fn matching(names: Vec<Offered>, query: &str) -> Vec<Offered> {
    let query = query.to_lowercase();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for offered in names {
        match offered.name.to_lowercase().find(&query) {
            Some(0) => first.push(offered),
            // Several words are rarely the middle of a name.
            Some(_) if !query.contains(' ') => rest.push(offered),
            Some(_) | None => {}
        }
    }
    first.append(&mut rest);
    first.truncate(OFFERED_MAX);
    first
}

fn is_number(query: &str) -> bool {
    !query.is_empty() && query.chars().all(|it| it.is_ascii_digit())
}

fn option_id(place: usize) -> String {
    ["room-completion-", &place.to_string()].concat()
}

pub(super) fn completion(composer: Composer, of: Completion) -> Piece {
    let options = move || {
        let mut pieces = Vec::new();
        for (place, offered) in of.offered.get().into_iter().enumerate() {
            pieces.push(option(composer, of, place, offered));
        }
        pieces
    };
    let hidden = when(move || of.offered.with(Vec::is_empty));
    view! {
        <div
            class="completion"
            role="listbox"
            id=LIST_ID
            aria-label="Names"
            hidden=hidden
            data-testid="completion"
        >
            {options}
        </div>
    }
    .into_piece()
}

fn option(composer: Composer, of: Completion, place: usize, offered: Offered) -> Piece {
    let picture = match &offered.person {
        Some(person) => avatar(person, None),
        None => icon(icon::PUBLIC).into_piece(),
    };
    view! {
        <div
            role="option"
            id=option_id(place)
            aria-selected=live(move || (of.selected.get() == place).to_string())
            on:pointerdown=move |event| {
                event.prevent_default();
                of.take(composer, place);
            }
            on:pointermove=move |_| of.selected.set_if_changed(place)
        >
            {picture}
            <span class="clip" translate="no">{offered.name}</span>
        </div>
    }
    .into_piece()
}

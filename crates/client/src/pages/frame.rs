//! What the pages beside the dashboard have in common. The server renders their frame, without any data; the rest is
//! loaded lazily and asks the API for what it shows.
//!
//! Another such page is a row in `model/page_kind.rs` and a line in [`content`].

use super::account::{account_content, sign_in_content, users_content};
use super::alerts::alerts_content;
use super::boards::boards_content;
use super::checks::checks_content;
use super::registry::fixed_rail_of;
use super::{server, sources};
use crate::kit::later::{Build, Fetched, chunk, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use crate::model::{PageKind, Rights};
use crate::session::RoomsPanel;
use crate::widgets::{SignedIn, fetch_rooms_page, page_rail, plain_header, rooms_panel, toasts};
use leptos::prelude::*;
use std::sync::Arc;

/// The body of such a page, for a user with these rights.
pub(super) fn page_frame(kind: PageKind, rights: Rights) -> Piece {
    let messages = Toasts::new();
    let rooms = RoomsPanel::new();
    let wanted = State::new(false);
    on_change(move || wanted.set(true));
    let has_rail = !matches!(kind, PageKind::Login | PageKind::Setup);
    let signed_in = SignedIn {
        account: None,
        rights,
    };
    let fixed = fixed_rail_of(messages, kind, signed_in);
    let head = match has_rail {
        true => page_rail(kind, rooms, fixed),
        false => plain_header(fixed.brand),
    };
    let beside = match has_rail && kind != PageKind::Rooms {
        true => rooms_panel(rooms, messages, None),
        false => ().into_piece(),
    };
    let fetch = move || fetch(kind, rooms, messages);
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {head}
        <main class=kind.class() id="content" tabindex="-1">
            <h1 id="account-title" tabindex="-1">{kind.title()}</h1>
            <p class="notice notice-unscripted">"This page needs JavaScript."</p>
            {place(messages, wanted, Box::new(fetch))}
        </main>
        {beside}
        {toasts(messages)}
    }
    .into_piece()
}

fn fetch(kind: PageKind, rooms: RoomsPanel, messages: Toasts) -> Fetched<Build> {
    match kind {
        PageKind::Rooms => fetch_rooms_page(rooms, messages),
        PageKind::Login | PageKind::Setup => accounts(kind),
        _ => pages(kind),
    }
}

// Apart, since whoever signs in waits for it.
chunk! {
    accounts:
    fn accounts(kind: PageKind) -> Build {
        Arc::new(move || sign_in_content(kind))
    }
}

chunk! {
    pages:
    fn pages(kind: PageKind) -> Build {
        Arc::new(move || content(kind))
    }
}

/// What a page shows.
fn content(kind: PageKind) -> Piece {
    match kind {
        PageKind::Alerts => alerts_content(),
        PageKind::Checks => checks_content(),
        PageKind::Boards => boards_content(),
        PageKind::Users => users_content(),
        PageKind::Server => server::content(),
        PageKind::Sources => sources::content(),
        // Neither the dashboard nor rooms nor signing in is one of these pages.
        _ => account_content(),
    }
}

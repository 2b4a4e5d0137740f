//! What the pages beside the dashboard have in common. The server renders their frame, without any data; the rest is
//! loaded lazily and asks the API for what it shows.

use crate::kit::later::{Build, Fetched, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use crate::model::{PageKind, Rights};
use crate::session::RoomsPanel;
use crate::widgets::{account_rail, brand, rooms_panel, toasts};
use leptos::prelude::*;

/// A page with this content, for a user with these rights. `class` is that of its main part.
pub(super) fn frame(
    kind: PageKind,
    rights: Rights,
    class: &'static str,
    fetch: impl Fn(RoomsPanel, Toasts) -> Fetched<Build> + Copy + 'static,
) -> Piece {
    let messages = Toasts::new();
    let rooms = RoomsPanel::new();
    let content = Box::new(move || fetch(rooms, messages));
    framed(kind, rights, class, messages, rooms, content)
}

/// The same for every page, so that it is compiled once.
fn framed(
    kind: PageKind,
    rights: Rights,
    class: &'static str,
    messages: Toasts,
    rooms: RoomsPanel,
    fetch: Box<dyn Fn() -> Fetched<Build>>,
) -> Piece {
    let wanted = State::new(false);
    on_change(move || wanted.set(true));
    let has_rail = !matches!(kind, PageKind::Login | PageKind::Setup);
    let head = match has_rail {
        true => account_rail(kind, rights, rooms),
        false => view! { <header class="header header-plain">{brand()}</header> }.into_piece(),
    };
    let beside = match has_rail && kind != PageKind::Rooms {
        true => rooms_panel(rooms, messages, None),
        false => ().into_piece(),
    };
    view! {
        <a class="skip-link" href="#content">
            "Skip to content"
        </a>
        {head}
        <main class=class id="content" tabindex="-1">
            <h1 id="account-title" tabindex="-1">{kind.title()}</h1>
            <p class="notice notice-unscripted">"This page needs JavaScript."</p>
            {place(messages, wanted, fetch)}
        </main>
        {beside}
        {toasts(messages)}
    }
    .into_piece()
}

use super::list::list;
use super::room::room;
use crate::kit::browser::page_url;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::session::rooms::{RoomsSession, Status};
use leptos::prelude::*;

/// The list of rooms and the one that is shown: beside each other where there is space, else one of them.
pub(super) fn body(session: RoomsSession) -> Piece {
    let view_name = live(move || {
        match session.shown.with(Option::is_some) {
            true => "room",
            false => "list",
        }
        .to_owned()
    });
    let content = move || match session.status.get() {
        Status::Ready => view! {
            <div class="rooms-body" data-view=view_name>
                {list(session)} {room(session)}
            </div>
        }
        .into_piece(),
        Status::Loading => excuse(session, "Loading rooms…".into(), false),
        Status::SignedOut => view! {
            <div class="empty">
                <p>"Sign in to read and write in rooms."</p>
                <p>
                    <a href=page_url("/login")>"Sign in"</a>
                </p>
            </div>
        }
        .into_piece(),
        Status::Failed(why) => excuse(session, why, true),
    };
    view! {
        <section class="rooms" aria-label="Rooms">
            {content}
            <p
                class="visually-hidden"
                role="status"
                aria-live="polite"
                {..text_content(live(move || session.announced.get()))}
            ></p>
        </section>
    }
    .into_piece()
}

/// Why there are no rooms yet.
fn excuse(session: RoomsSession, text: String, can_retry: bool) -> Piece {
    let retry = can_retry.then(|| {
        view! {
            <button class="button" type="button" on:click=move |_| session.reload()>
                "Try again"
            </button>
        }
    });
    view! {
        <div class="empty" data-testid="rooms-excuse">
            <p>{text}</p>
            {retry}
        </div>
    }
    .into_piece()
}

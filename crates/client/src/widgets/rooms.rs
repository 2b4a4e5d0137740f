//! Rooms: the panel beside a page, or the page of its own. All of it is loaded when the browser is idle.

mod panel;

mod body;
mod list;
mod new_room;

mod head;
mod members;
mod room;

mod editor;
mod log;
mod message;
mod preview;
mod text;

mod completion;
mod composer;
mod guest;

mod avatar;
mod options;

use crate::kit::browser::{StyleSheet, is_public, when_idle};
use crate::kit::later::{Build, Fetched, chunk, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::on_change;
use crate::kit::toasts::Toasts;
use crate::session::rooms::{RoomsContext, RoomsSession};
use crate::session::{PageState, RoomsPanel};
use std::sync::Arc;

/// Those of forms, which the dashboard has none of, and of all this.
static STYLE: StyleSheet = StyleSheet::new(&[
    include_str!("../../../../public/account.css"),
    "@layer widgets{",
    include_str!("../../../../style/widgets/rooms.css"),
    "}",
]);

/// The place of the panel beside a page; `page` is the dashboard.
pub(crate) fn rooms_panel(panel: RoomsPanel, toasts: Toasts, page: Option<PageState>) -> Piece {
    // Without a store there are no rooms.
    if page.is_some_and(|page| page.playback_state.oldest_ms.is_none()) {
        return ().into_piece();
    }
    on_change(move || when_idle(move || panel.want()));
    let context = RoomsContext {
        panel,
        toasts,
        page,
        is_page: false,
    };
    place(toasts, panel.wanted, Box::new(move || fetch(context))).into_piece()
}

/// The content of the page of rooms.
pub(crate) fn fetch_rooms_page(panel: RoomsPanel, toasts: Toasts) -> Fetched<Build> {
    fetch(RoomsContext {
        panel,
        toasts,
        page: None,
        is_page: true,
    })
}

chunk! {
    rooms:
    fn fetch(context: RoomsContext) -> Build {
        STYLE.add();
        Arc::new(move || {
            // Rooms take a user. The style sheet of such pages hides what leads here.
            if is_public() {
                return ().into_piece();
            }
            let session = RoomsSession::begin(context);
            let body = body::body(session);
            match context.is_page {
                true => body,
                false => panel::panel(session, body),
            }
        })
    }
}

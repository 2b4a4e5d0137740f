use super::board::{board, linked_charts};
use super::boards::fetch_board;
use super::host_board::host_board;
use super::registry::Context;
use crate::kit::later::place;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, on_change};
use crate::model::PageKind;
use crate::session::PageState;
use crate::session::history;
use crate::widgets::{Charts, Opened, analysis_place};
use leptos::prelude::*;

/// The board of the host that the page shows, or the board that the page's address names.
pub(super) fn dashboard(kind: PageKind, page: PageState, charts: Charts, opened: Opened) -> Piece {
    let host = page.host.get_untracked();
    let mode = live(move || {
        if page.playback_state.is_shown() {
            "playback"
        } else {
            "live"
        }
        .into()
    });
    let freshness = live(move || page.freshness.get().name().to_owned());
    let context = Context { page, charts, host };
    on_change(move || history::resolve_selectors(page));
    let statistics = analysis_place(charts, opened).into_piece();
    let content = match kind {
        PageKind::Board => vec![statistics, board_place(context)].into_piece(),
        _ => {
            let linked = linked_charts(context.clone()).into_piece();
            board(&context, &host_board(), statistics, linked)
        }
    };
    view! {
        <main
            class="dashboard"
            id="content"
            tabindex="-1"
            data-freshness=freshness
            data-mode=mode
        >
            {content}
        </main>
    }
    .into_piece()
}

/// The place of a board that people have built, which is loaded lazily.
fn board_place(context: Context) -> Piece {
    let wanted = State::new(false);
    on_change(move || wanted.set(true));
    let toasts = context.page.toasts;
    let fetch = move || fetch_board(context.clone());
    place(toasts, wanted, Box::new(fetch)).into_piece()
}

use super::board::{board, linked_charts};
use super::host_board::host_board;
use super::registry::Context;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change};
use crate::session::PageState;
use crate::session::history;
use crate::widgets::{Charts, Opened, analysis_place};
use leptos::prelude::*;

/// The board of the host that the page shows.
pub(super) fn dashboard(page: PageState, charts: Charts, opened: Opened) -> Piece {
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
    view! {
        <main
            class="dashboard"
            id="content"
            tabindex="-1"
            data-freshness=freshness
            data-mode=mode
        >
            {board(
                &context,
                &host_board(),
                analysis_place(charts, opened).into_piece(),
                linked_charts(context.clone()).into_piece(),
            )}
        </main>
    }
    .into_piece()
}

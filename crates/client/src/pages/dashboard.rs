use super::board::{board, linked_charts};
use super::host_board::host_board;
use super::registry::Context;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change};
use crate::session::PageState;
use crate::session::history::{self, Playback};
use crate::widgets::{
    ChartContext, Charts, Opened, chart_tools, history_buttons, history_places, player_place,
};
use leptos::prelude::*;

/// The board of the host that the page shows.
pub(super) fn dashboard(page: PageState, opened: Opened) -> Piece {
    let host = page.host.get_untracked();
    let charts = Charts::new(ChartContext {
        shown: page.shown,
        host: page.host,
        freshness: page.freshness,
        paused: page.paused,
        held: page.charts_held,
        visible: page.visible,
        theme: page.theme,
        clock: page.clock,
        toasts: page.toasts,
        playback_state: page.playback_state,
        playback: Playback::new(page),
    });
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
    let time_controls = view! {
        {chart_tools(charts, history_buttons(charts, opened))}
        {history_places(charts, opened)}
    };
    on_change(move || history::resolve_selectors(page));
    view! {
        {player_place(charts)}
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
                time_controls.into_piece(),
                linked_charts(context.clone()).into_piece(),
            )}
        </main>
    }
    .into_piece()
}

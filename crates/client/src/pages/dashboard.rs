use super::board::{board, linked_charts};
use super::host_board::host_board;
use super::registry::Context;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::text::{live, on_change};
use crate::session::View;
use crate::session::past::{self, Playback};
use crate::widgets::{
    ChartContext, Charts, Opened, chart_tools, past_buttons, past_places, player_place,
};
use leptos::prelude::*;

/// The board of the host that the page shows.
pub(super) fn dashboard(view: View) -> Piece {
    let host = view.host.get_untracked();
    let charts = Charts::new(ChartContext {
        shown: view.shown,
        host: view.host,
        freshness: view.freshness,
        paused: view.paused,
        visible: view.visible,
        theme: view.theme,
        local_times: view.local_times,
        toasts: view.toasts,
        past: view.past,
        playback: Playback::new(view),
    });
    let opened = Opened::new();
    let when = live(move || if view.past.is_shown() { "past" } else { "now" }.into());
    let freshness = live(move || view.freshness.get().name().to_owned());
    let context = Context { view, charts, host };
    let time_controls = view! {
        {chart_tools(charts, past_buttons(charts, opened))}
        {past_places(charts, opened)}
    };
    on_change(move || past::resolve_selectors(view));
    view! {
        <main
            class="dashboard"
            id="content"
            tabindex="-1"
            data-freshness=freshness
            data-when=when
        >
            {board(
                &context,
                &host_board(),
                time_controls.into_piece(),
                linked_charts(context.clone()).into_piece(),
            )}
        </main>
        {player_place(charts)}
    }
    .into_piece()
}

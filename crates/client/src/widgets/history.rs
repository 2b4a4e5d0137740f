//! Stored data and playback: the controls that are always there, and the panels that are loaded lazily.

mod analysis;
mod player;
mod range;
use super::chart::{ChartContext, Charts, TOOLS};
use crate::kit::browser::{hand_focus, monotonic_ms};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::later::{Build, chunk, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use leptos::prelude::*;
use std::sync::Arc;

/// Playback begins so long ago, in milliseconds.
const BEGIN_MS: f64 = 60_000.0;

/// Which panels are open.
#[derive(Clone, Copy)]
pub(crate) struct Opened {
    range: State<bool>,
    analysis: State<bool>,
}

impl Opened {
    pub(crate) fn new() -> Self {
        Self {
            range: State::new(false),
            analysis: State::new(false),
        }
    }
}

impl Opened {
    /// Closes what was opened last over the page's charts; returns whether there was anything.
    pub(crate) fn close(self) -> bool {
        for panel in [self.range, self.analysis] {
            if panel.get_untracked() {
                panel.set(false);
                hand_focus(TOOLS);
                return true;
            }
        }
        false
    }
}

/// Buttons for what needs a store.
pub(crate) fn history_buttons(charts: Charts, opened: Opened) -> Vec<Piece> {
    let ChartContext {
        shown,
        playback_state,
        playback: player,
        ..
    } = charts.context;
    if playback_state.oldest_ms.is_none() {
        return Vec::new();
    }
    let range = Button {
        pressed: pressed(move || opened.range.get()),
        ..Button::plain("range-toggle", "Choose any time range", "", "Custom range…").small()
    };
    let analyse = Button {
        pressed: pressed(move || opened.analysis.get()),
        ..Button::plain(
            "analysis-toggle",
            "Min, avg and max of the time range",
            "",
            "Statistics",
        )
        .small()
    };
    let playback = Button {
        pressed: pressed(move || playback_state.is_shown()),
        ..Button::plain(
            "playback-toggle",
            "Show another time",
            icon::REWIND,
            "Playback",
        )
        .small()
    };
    let toggle = |state: State<bool>| state.update(|open| *open = !*open);
    let play = move || match playback_state.target.get_untracked() {
        Some(_) => player.back_to_live(),
        None => {
            let now_ms = shown.server_now_ms(monotonic_ms());
            player.go(charts.cursor_ms().unwrap_or(now_ms - BEGIN_MS));
        }
    };
    vec![
        button(range, Box::new(move || toggle(opened.range))).into_piece(),
        button(analyse, Box::new(move || toggle(opened.analysis))).into_piece(),
        button(playback, Box::new(play)).into_piece(),
    ]
}

/// Where the choice of a range and the analysis come.
pub(crate) fn history_places(charts: Charts, opened: Opened) -> impl IntoView {
    view! {
        <div class="panel-place">{panel_place(charts, Panel::Range, opened.range)}</div>
        <div class="panel-place">{panel_place(charts, Panel::Analysis, opened.analysis)}</div>
    }
}

/// Where the player comes while another moment is shown.
pub(crate) fn player_place(charts: Charts) -> impl IntoView {
    panel_place(charts, Panel::Player, charts.context.playback_state.opened)
}

/// A lazily loaded panel.
#[derive(Clone, Copy)]
enum Panel {
    Player,
    Range,
    Analysis,
}

fn panel_place(charts: Charts, panel: Panel, open: State<bool>) -> impl IntoView {
    place(
        charts.context.toasts,
        open,
        Box::new(move || fetch(charts, panel, open)),
    )
}

chunk! {
    history:
    fn fetch(charts: Charts, panel: Panel, open: State<bool>) -> Build {
        Arc::new(move || match panel {
            Panel::Player => player::player(charts).into_piece(),
            Panel::Range => range::range(charts, open).into_piece(),
            Panel::Analysis => analysis::analysis(charts, open).into_piece(),
        })
    }
}

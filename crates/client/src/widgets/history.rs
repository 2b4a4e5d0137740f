//! Stored data and playback: the controls that are always there, and the panels that are loaded lazily.

mod analysis;
mod player;
mod range;
use super::chart::{ChartContext, Charts, TOOLS};
use crate::kit::browser::{StyleSheet, hand_focus, monotonic_ms};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon::{self, icon};
use crate::kit::later::{Build, chunk, place};
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use leptos::prelude::*;
use std::sync::Arc;

/// The button that opens the choice of the time.
const TIME: &str = "time-toggle";

static STYLE: StyleSheet = StyleSheet::new(&[
    "@layer widgets{",
    include_str!("../../../../style/widgets/history-panels.css"),
    "}",
]);

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
    pub(in crate::widgets) fn open_range(self) {
        self.range.set(true);
    }

    pub(in crate::widgets) fn open_statistics(self) {
        self.analysis.set(true);
    }

    /// Closes what was opened last over the page's charts; returns whether there was anything.
    pub(crate) fn close(self) -> bool {
        for (panel, opener) in [(self.range, TIME), (self.analysis, TOOLS)] {
            if panel.get_untracked() {
                panel.set(false);
                hand_focus(opener);
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
    let analyse = Button {
        pressed: pressed(move || opened.analysis.get()),
        ..Button::plain(
            "analysis-toggle",
            "Min, avg and max of the time range",
            icon::STATISTICS,
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
    let play = move || match playback_state.target.get_untracked() {
        Some(_) => player.back_to_live(),
        None => {
            let now_ms = shown.server_now_ms(monotonic_ms());
            player.go(charts.cursor_ms().unwrap_or(now_ms - BEGIN_MS));
        }
    };
    vec![
        button(analyse, Box::new(move || toggle(opened.analysis))).into_piece(),
        button(playback, Box::new(play)).into_piece(),
    ]
}

fn toggle(state: State<bool>) {
    state.update(|open| *open = !*open);
}

/// The choice of the time that charts show: a button that says which, and the panel that it opens.
pub(crate) fn time_choice(charts: Charts, opened: Opened) -> Piece {
    let open = opened.range;
    let range = live(move || charts.range_text());
    view! {
        <div class="time-choice">
            <button
                class="button time-toggle"
                type="button"
                id=TIME
                title="Choose the time range"
                data-testid="time-toggle"
                aria-haspopup="dialog"
                aria-expanded=live(move || open.get().to_string())
                on:click=move |_| toggle(open)
            >
                <span class="clip" {..text_content(range)}></span>
                {icon(icon::OPEN)}
            </button>
            {panel_place(charts, Panel::Range, open)}
        </div>
    }
    .into_piece()
}

/// Where the statistics come.
pub(crate) fn analysis_place(charts: Charts, opened: Opened) -> impl IntoView {
    view! { <div class="panel-place">{panel_place(charts, Panel::Analysis, opened.analysis)}</div> }
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
        STYLE.add();
        Arc::new(move || match panel {
            Panel::Player => player::player(charts).into_piece(),
            Panel::Range => range::range(charts, open).into_piece(),
            Panel::Analysis => analysis::analysis(charts, open).into_piece(),
        })
    }
}

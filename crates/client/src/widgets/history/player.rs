//! The row of playback below the bar.

mod timeline;

use super::{Opened, toggle};
use crate::kit::browser::{self, hand_focus};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::piece::IntoPiece;
use crate::kit::select::{Select, option, select};
use crate::kit::state::State;
use crate::kit::text::live;
use crate::kit::text_content::text_content;
use crate::kit::toasts::Toasts;
use crate::model::Speed;
use crate::session::PlaybackState;
use crate::session::history::Playback;
use crate::widgets::chart::{ChartContext, Charts, TOOLS};
use leptos::prelude::*;
use protocol::Level;
use timeline::timeline;

const SECOND_MS: f64 = 1_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// The controls of playback: steps, speed, the timeline, and the exact time.
pub(super) fn player(charts: Charts, opened: Opened) -> impl IntoView {
    let ChartContext {
        playback_state,
        playback,
        toasts,
        ..
    } = charts.context;
    let trouble = live(move || match playback_state.failing.get() {
        true => "No answer from the server. Retrying…".to_owned(),
        false => String::new(),
    });
    // Where the bar has no room for it.
    let back = Button {
        class: "button player-live player-phone",
        ..Button::plain("player-live-dock", "Back to live", "", "Live")
    };
    let back = button(back, Box::new(move || back_to_live(playback)));
    view! {
        <section class="player" data-testid="player" aria-label="Playback">
            {keys(playback_state, playback)}
            <div class="player-course">
                {timeline(charts)}
                <p class="player-trouble" role="status" {..text_content(trouble)}></p>
            </div>
            {exact(charts)}
            {evidence(opened)}
            {copy(playback, toasts)}
            {back}
        </section>
    }
}

/// Leaves playback; the button that was pressed goes with it.
fn back_to_live(playback: Playback) {
    hand_focus(TOOLS);
    playback.back_to_live();
}

/// The moment that is shown, which may not be the one that is wanted yet.
fn when_text(charts: Charts) -> String {
    let moment = charts.context.playback_state.moment.get();
    let clock = charts.context.clock.get();
    moment.map_or("…".into(), |at_ms| clock.moment(at_ms))
}

fn keys(playback_state: PlaybackState, playback: Playback) -> impl IntoView {
    let step = |by_ms| Box::new(move || playback.step(by_ms));
    let plays = move || playback_state.speed.get() != Speed::Stopped;
    let play = Button {
        icon: live(move || if plays() { icon::PAUSE } else { icon::RESUME }.into()),
        label: live(move || if plays() { "Stop" } else { "Play" }.into()),
        class: "button bare",
        ..Button::plain("player-play", "Play or stop (p)", "", "")
    };
    let mut speeds = Vec::new();
    for (speed, name) in Speed::PLAYING {
        let is_chosen = playback_state.pace.get_untracked() == speed;
        speeds.push(option(name.to_owned(), name.to_owned(), is_chosen));
    }
    let speeds = Select {
        test_id: "player-speed",
        label: "Playback speed",
        options: speeds.into_piece(),
    };
    let choose = move |name: String| {
        let mut speeds = Speed::PLAYING.into_iter();
        if let Some((speed, _)) = speeds.find(|(_, of)| *of == name) {
            playback.play(speed);
        }
    };
    let bare = |test_id, title, path| Button::plain(test_id, title, path, title).bare();
    let far = |test_id, title, path| Button {
        class: "button bare player-extra",
        ..Button::plain(test_id, title, path, title)
    };
    view! {
        <div class="controls chips player-keys" role="group" aria-label="Playback controls">
            {button(far("player-minute-back", "1 min back", icon::REWIND), step(-MINUTE_MS))}
            {button(bare("player-back", "1 s back (,)", icon::LEFT), step(-SECOND_MS))}
            {button(play, Box::new(move || playback.toggle_play()))}
            {button(bare("player-on", "1 s forward (.)", icon::RIGHT), step(SECOND_MS))}
            {button(far("player-minute-on", "1 min forward", icon::FORWARD), step(MINUTE_MS))}
            {select(speeds, Box::new(choose))}
        </div>
    }
}

fn exact(charts: Charts) -> impl IntoView {
    let ChartContext {
        clock,
        playback_state,
        playback,
        ..
    } = charts.context;
    // Each part of it that is typed makes another moment: none is gone to before it is complete.
    let typed = State::<Option<String>>::new(None);
    let value = live(move || {
        clock.track();
        let shown = || playback_state.target.get().map(browser::local_input);
        typed.get().or_else(shown).unwrap_or_default()
    });
    let choose = move || {
        let text = typed.get_untracked();
        typed.set(None);
        if let Some(at_ms) = text.and_then(|text| browser::read_local_input(&text)) {
            playback.play(Speed::Stopped);
            playback.go(at_ms);
        }
    };
    view! {
        <input
            class="field player-extra"
            data-testid="player-at"
            type="datetime-local"
            step="1"
            aria-label="Go to time"
            prop:value=value
            on:input=move |event| typed.set(Some(event_target_value(&event)))
            on:blur=move |_| choose()
            on:keydown=move |event| if event.key() == "Enter" { choose() }
        />
    }
}

/// Opens what was unusual at the moment.
fn evidence(opened: Opened) -> impl IntoView {
    let what = Button {
        pressed: pressed(move || opened.evidence.get()),
        ..Button::plain(
            "evidence-toggle",
            "What was unusual at this time",
            icon::EVIDENCE,
            "What changed",
        )
        .bare()
    };
    button(what, Box::new(move || toggle(opened.evidence)))
}

fn copy(playback: Playback, toasts: Toasts) -> impl IntoView {
    let report = move |copied| {
        let text = match copied {
            true => "Link copied",
            false => "Copy failed; use the address bar",
        };
        toasts.show(Level::Info, text.into(), browser::monotonic_ms());
    };
    let copy = move || playback.copy_link(report);
    let what = Button {
        class: "button bare player-extra",
        ..Button::plain(
            "player-link",
            "Copy a link to this time",
            icon::LINK,
            "Copy link",
        )
    };
    button(what, Box::new(copy))
}

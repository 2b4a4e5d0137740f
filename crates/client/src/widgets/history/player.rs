use crate::kit::browser::{self, hand_focus};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::kit::text_content::text_content;
use crate::kit::toasts::Toasts;
use crate::model::Speed;
use crate::session::PlaybackState;
use crate::session::history::Playback;
use crate::widgets::chart::{ChartContext, Charts, TOOLS};
use leptos::prelude::*;
use protocol::{Level, Timestamp};

/// The slider's places.
const PLACES: f64 = 1_000.0;

const SECOND_MS: f64 = 1_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// The controls of playback.
pub(super) fn player(charts: Charts) -> impl IntoView {
    let ChartContext {
        playback_state,
        playback,
        toasts,
        ..
    } = charts.context;
    let moment = live(move || when_text(playback_state));
    let trouble = live(move || match playback_state.failing.get() {
        true => "No answer from the server. Retrying…".to_owned(),
        false => String::new(),
    });
    view! {
        <section class="player" data-testid="player" aria-label="Playback">
            <p class="player-moment">
                <span class="player-word">"Playback"</span>
                <time data-testid="player-moment" {..text_content(moment)}></time>
            </p>
            <p class="player-trouble" role="status" {..text_content(trouble)}></p>
            {keys(playback_state, playback)}
            {slider(charts)}
            <div class="controls chips player-end">
                {exact(playback_state, playback)}
                {copy(playback, toasts)}
                {button(
                    Button {
                        class: "button player-live",
                        ..Button::plain("player-live", "Back to live (l)", "", "Back to live")
                    },
                    Box::new(move || {
                        hand_focus(TOOLS);
                        playback.back_to_live();
                    }),
                )}
            </div>
        </section>
    }
}

/// The moment that is shown, which may not be the one that is wanted yet.
fn when_text(playback_state: PlaybackState) -> String {
    let Some(at_ms) = playback_state.moment.get() else {
        return "…".into();
    };
    let at = Timestamp::from_unix_ms(at_ms as i64);
    chart::moment(at_ms, browser::offset_minutes(at))
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
    let mut speeds: Vec<Piece> = Vec::new();
    for (speed, name) in Speed::PLAYING {
        let what = Button {
            pressed: pressed(move || playback_state.speed.get() == speed),
            ..Button::plain("player-speed", "Playback speed", "", name).small()
        };
        let choose = move || playback.play(speed);
        speeds.push(button(what, Box::new(choose)).into_piece());
    }
    let bare = |test_id, title, path| Button::plain(test_id, title, path, title).bare();
    view! {
        <div class="controls chips player-keys" role="group" aria-label="Playback controls">
            {button(bare("player-minute-back", "1 min back", icon::REWIND), step(-MINUTE_MS))}
            {button(bare("player-back", "1 s back (,)", icon::LEFT), step(-SECOND_MS))}
            {button(play, Box::new(move || playback.toggle_play()))}
            {button(bare("player-on", "1 s forward (.)", icon::RIGHT), step(SECOND_MS))}
            {button(bare("player-minute-on", "1 min forward", icon::FORWARD), step(MINUTE_MS))}
            {speeds}
        </div>
    }
}

/// Over what the charts show.
fn slider(charts: Charts) -> impl IntoView {
    let ChartContext {
        playback_state,
        playback,
        ..
    } = charts.context;
    let place = live(move || {
        let share = charts.described_window().zip(playback_state.target.get());
        let share = share.map_or(1.0, |(window, at_ms)| window.share(at_ms));
        ((share * PLACES) as i32).to_string()
    });
    let choose = move |value: String| {
        let share = value.parse::<f64>().unwrap_or(PLACES) / PLACES;
        if let Some(window) = charts.described_window() {
            playback.play(Speed::Stopped);
            playback.go(window.at(share));
        }
    };
    view! {
        <input
            class="player-slider"
            data-testid="player-slider"
            type="range"
            min="0"
            max="1000"
            aria-label="Time within the charts"
            aria-valuetext=live(move || when_text(playback_state))
            prop:value=place
            on:input=move |event| choose(event_target_value(&event))
        />
    }
}

fn exact(playback_state: PlaybackState, playback: Playback) -> impl IntoView {
    // Each part of it that is typed makes another moment: none is gone to before it is complete.
    let typed = State::<Option<String>>::new(None);
    let value = live(move || {
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
            hidden=when(move || !playback_state.is_shown())
            prop:value=value
            on:input=move |event| typed.set(Some(event_target_value(&event)))
            on:blur=move |_| choose()
            on:keydown=move |event| if event.key() == "Enter" { choose() }
        />
    }
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
        class: "button player-extra",
        ..Button::plain("player-link", "Copy a link to this time", "", "Copy link")
    };
    button(what, Box::new(copy))
}

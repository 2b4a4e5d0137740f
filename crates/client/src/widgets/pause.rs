use super::chart::TOOLS;
use crate::kit::browser::{hand_focus, monotonic_ms};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::state::State;
use crate::kit::text::{live, when};
use crate::session::PlaybackState;
use crate::session::history::Playback;
use leptos::prelude::*;

/// What the button is made from.
#[derive(Clone, Copy)]
pub(crate) struct Pause {
    pub(crate) paused: State<bool>,
    /// Updates since the pause began.
    pub(crate) held_back: State<u64>,
    pub(crate) playback_state: PlaybackState,
    pub(crate) playback: Playback,
}

/// The button that stops what is shown, or lets it go on. In playback its place has the button that leads back.
pub(super) fn pause(of: Pause) -> impl IntoView {
    let stands = move || of.paused.get();
    let icon = move || match stands() {
        true => icon::RESUME.to_owned(),
        false => icon::PAUSE.to_owned(),
    };
    // While paused, the count of updates shows that data still arrives.
    let label = move || match (of.paused.get(), of.held_back.get()) {
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Resume".to_owned(),
        (true, 1_000..) => "Resume · 999+ new".to_owned(),
        (true, count) => format!("Resume · {count} new"),
    };
    let what = Button {
        icon: live(icon),
        label: live(label),
        pressed: pressed(stands),
        class: "button pause",
        ..Button::plain(
            "pause",
            "Pause the view; data is still collected (p)",
            "",
            "",
        )
    };
    let back_to_live = Button {
        class: "button pause player-live",
        ..Button::plain(
            "player-live",
            "Back to live (l)",
            icon::FORWARD,
            "Back to live",
        )
    };
    let is_playback = move || of.playback_state.is_shown();
    let back = move || {
        hand_focus(TOOLS);
        of.playback.back_to_live();
    };
    view! {
        <span hidden=when(is_playback)>
            {button(what, Box::new(move || of.playback.toggle_pause(monotonic_ms())))}
        </span>
        <span hidden=when(move || !is_playback())>{button(back_to_live, Box::new(back))}</span>
    }
}

use super::clock_time;
use super::streams::{interval, streams};
use crate::kit::browser::monotonic_ms;
use crate::kit::button::{Button, button, pressed};
use crate::kit::fact::fact;
use crate::kit::state::State;
use crate::kit::text::{live, still, when};
use crate::kit::text_content::text_content;
use crate::kit::{format, icon};
use crate::model::{Part, Speed};
use crate::session::connection::{ConnectionHandle, Preferences};
use crate::session::history::Playback;
use crate::session::{Clock, Notifier, PlaybackState, ShownModel};
use leptos::prelude::*;

/// What the toolbar is made from.
#[derive(Clone, Copy)]
pub(crate) struct Toolbar {
    /// The host that the page shows.
    pub(crate) host: State<String>,
    pub(crate) shown: ShownModel,
    pub(crate) updates_per_second: State<u64>,
    pub(crate) paused: State<bool>,
    pub(crate) held_back: State<u64>,
    pub(crate) playback_state: PlaybackState,
    pub(crate) playback: Playback,
    pub(crate) preferences: State<Preferences>,
    pub(crate) connection: ConnectionHandle,
    pub(crate) notifier: Notifier,
    pub(crate) clock: State<Clock>,
}

/// Counters of updates, and the controls of pause, interval, notifications and streams.
pub(crate) fn toolbar(of: Toolbar) -> impl IntoView {
    let updates =
        live(move || format::grouped(of.shown.read(Part::Updates, |model| model.updates)));
    let rate = live(move || format!("{} messages/s", of.updates_per_second.get()));
    let refresh = Button {
        class: "button refresh",
        ..Button::plain("refresh", "Refresh now (r)", icon::REFRESH, "Refresh")
    };
    view! {
        <section class="toolbar" aria-label="Controls">
            <dl class="facts">
                {last_sample(of)} {fact("Messages received", Some("updates"), updates)}
                {fact("Rate", Some("update-rate"), rate)}
            </dl>
            <div class="controls" role="group" aria-label="View">
                {pause_button(of)} {button(refresh, Box::new(move || of.connection.refresh()))}
                {interval(of.connection)} {sound_button(of.notifier)}
                <span hidden=when(move || !of.shown.has_any(Part::Alerts))>{notify_button(of)}</span>
            </div>
            {streams(of.preferences, of.connection, of.shown)}
        </section>
    }
}

fn last_sample(of: Toolbar) -> impl IntoView {
    let at = move || {
        let host = of.host.get();
        of.shown
            .read(Part::Samples, |model| model.newest(&host).map(|it| it.at))
    };
    let text = live(move || match at() {
        Some(at) => clock_time::text(of.clock, at),
        None => format::ABSENT.into(),
    });
    let datetime = live(move || at().map_or(String::new(), |at| at.to_string()));
    view! {
        <div class="fact">
            <dt>"Updated"</dt>
            <dd>
                <time
                    data-testid="last-sample"
                    {..text_content(text)}
                    datetime=datetime
                ></time>
            </dd>
        </div>
    }
}

fn pause_button(of: Toolbar) -> impl IntoView {
    // At another moment the button stops and starts the moments.
    let stands = move || match of.playback_state.is_shown() {
        true => of.playback_state.speed.get() == Speed::Stopped,
        false => of.paused.get(),
    };
    let icon = move || match stands() {
        true => icon::RESUME.to_owned(),
        false => icon::PAUSE.to_owned(),
    };
    // While paused, the count of updates shows that data still arrives.
    let label = move || match (of.paused.get(), of.held_back.get()) {
        _ if of.playback_state.is_shown() => if stands() { "Play" } else { "Stop" }.to_owned(),
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
    button(
        what,
        Box::new(move || of.playback.toggle_pause(monotonic_ms())),
    )
}

fn sound_button(notifier: Notifier) -> impl IntoView {
    let sound = notifier.sound;
    let icon = move || match sound.get() {
        true => icon::SOUND.to_owned(),
        false => icon::MUTED.to_owned(),
    };
    let what = Button {
        icon: live(icon),
        pressed: pressed(move || sound.get()),
        ..Button::plain("sound", "Sound for warnings", "", "Sound").bare()
    };
    button(what, Box::new(move || notifier.toggle_sound()))
}

fn notify_button(of: Toolbar) -> impl IntoView {
    let what = Button {
        pressed: pressed(move || of.notifier.notify.get()),
        icon: still(icon::BELL),
        ..Button::plain("notify", "Notify me about alerts", "", "Notifications").bare()
    };
    let notifier = of.notifier;
    button(what, Box::new(move || notifier.toggle_notify()))
}

use super::actions::set_theme_to;
use super::shortcuts::toggle_keys;
use super::streams::{interval, streams};
use crate::kit::browser::{Theme, Zone, monotonic_ms, server_zone, set_hours, set_zone};
use crate::kit::button::{Button, button, pressed};
use crate::kit::icon;
use crate::kit::piece::{IntoPiece, Piece};
use crate::kit::state::State;
use crate::kit::text::{live, still, when};
use crate::kit::toasts::Toasts;
use crate::model::Part;
use crate::session::connection::{ConnectionHandle, Preferences};
use crate::session::user_preferences::{self, Saver};
use crate::session::{Clock, Notifier, PlaybackState, ShownModel};
use chart::Hours;
use leptos::prelude::*;
use protocol::Stream;
use protocol::account::UserPreferences;

/// The identifier of the menu.
pub(super) const SETTINGS_ID: &str = "settings";

/// What the settings are made from.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) shown: ShownModel,
    pub(crate) preferences: State<Preferences>,
    pub(crate) connection: ConnectionHandle,
    pub(crate) notifier: Notifier,
    pub(crate) theme: State<Theme>,
    pub(crate) keys_on: State<bool>,
    pub(crate) playback_state: PlaybackState,
    /// How times are written.
    pub(crate) clock: State<Clock>,
    pub(crate) toasts: Toasts,
}

/// Applies what a user who is signed in has set up elsewhere, and stores what the user changes here. The theme and the
/// sound were set when the page was loaded.
pub(crate) fn follow_preferences(of: Settings) {
    let Some(stored) = user_preferences::stored() else {
        return;
    };
    if let Some(interval_ms) = stored.interval_ms {
        of.connection.set_interval(Stream::Metrics, interval_ms);
    }
    let saver = Saver::new(of.toasts);
    saver.follow(move || UserPreferences {
        theme: Some(of.theme.get().name().to_owned()),
        ..UserPreferences::default()
    });
    saver.follow(move || UserPreferences {
        interval_ms: Some(of.preferences.get().of(Stream::Metrics).interval_ms),
        ..UserPreferences::default()
    });
    saver.follow(move || UserPreferences {
        sound: Some(of.notifier.sound.get()),
        ..UserPreferences::default()
    });
}

/// The menu of what a viewer may set: theme, times, updates, notifications, streams, keys.
pub(crate) fn settings(of: Settings) -> Piece {
    let refresh = Button::plain("refresh", "Refresh now (r)", icon::REFRESH, "Refresh");
    let keys = Button {
        pressed: pressed(move || of.keys_on.get()),
        ..Button::plain("keys", "Keys act without Ctrl", "", "Shortcuts").small()
    };
    let updates = view! {
        <div class="controls">
            {interval(of.connection, of.preferences)} {button(refresh, Box::new(move || of.connection.refresh()))}
        </div>
    };
    let notifications = view! {
        <div class="controls chips">
            {sound_button(of.notifier)}
            <span hidden=when(move || !of.shown.has_any(Part::Alerts))>
                {notify_button(of.notifier)}
            </span>
            {button(keys, Box::new(move || toggle_keys(of.keys_on)))}
        </div>
    };
    // What arrives is not seen in playback.
    let is_playback = of.playback_state.moment;
    let present_part = |title, content| {
        let part = part(title, content);
        view! { <div hidden=when(move || is_playback.with(Option::is_some))>{part}</div> }
    };
    view! {
        <div
            class="popover settings"
            id=SETTINGS_ID
            popover="auto"
            role="dialog"
            aria-labelledby="settings-title"
            data-testid="settings"
        >
            <h2 id="settings-title">"Settings"</h2>
            {part("Theme", themes(of.theme))}
            {part("Times", times(of.clock, of.shown))}
            {present_part("Update interval", updates.into_piece())}
            {part("Sound, notifications, keys", notifications.into_piece())}
            {present_part("Streams", streams(of.preferences, of.connection, of.shown).into_piece())}
        </div>
    }
    .into_piece()
}

fn part(title: &'static str, content: Piece) -> Piece {
    view! {
        <div class="settings-part">
            <h3>{title}</h3>
            {content}
        </div>
    }
    .into_piece()
}

fn themes(theme: State<Theme>) -> Piece {
    let mut choices: Vec<Piece> = Vec::new();
    for (of, test_id, name) in [
        (Theme::System, "theme-system", "System"),
        (Theme::Light, "theme-light", "Light"),
        (Theme::Dark, "theme-dark", "Dark"),
    ] {
        let choose = move || set_theme_to(theme, of);
        choices.push(choice(
            test_id,
            name,
            move || theme.get() == of,
            Box::new(choose),
        ));
    }
    group("Theme", choices)
}

/// The zone of times, and how hours are counted.
fn times(clock: State<Clock>, shown: ShownModel) -> Piece {
    let rewrite = move || clock.set(Clock::local(shown.server_now_ms(monotonic_ms())));
    let mut zones: Vec<Piece> = Vec::new();
    for (zone, test_id, name) in [
        (Zone::Browser, "zone-browser", "Browser"),
        (Zone::Utc, "zone-utc", "UTC"),
        (Zone::Server, "zone-server", "Server"),
    ] {
        let is_chosen = move || clock.get().chosen_zone() == Some(zone);
        let choose = move || {
            set_zone(zone);
            rewrite();
        };
        let choice = choice(test_id, name, is_chosen, Box::new(choose));
        // Not every server knows its zone.
        let is_absent = move || {
            let is_started = clock.get().chosen_zone().is_some();
            zone == Zone::Server && !(is_started && server_zone().is_some())
        };
        zones.push(view! { <span hidden=when(is_absent)>{choice}</span> }.into_piece());
    }
    let mut hours: Vec<Piece> = Vec::new();
    for (of, test_id, name) in [
        (Hours::TwentyFour, "hours-24", "24 h"),
        (Hours::Twelve, "hours-12", "12 h"),
    ] {
        let is_chosen = move || clock.get().hours() == of;
        let choose = move || {
            set_hours(of);
            rewrite();
        };
        hours.push(choice(test_id, name, is_chosen, Box::new(choose)));
    }
    view! { <div class="controls">{group("Time zone", zones)} {group("Clock", hours)}</div> }
        .into_piece()
}

/// One of several.
fn choice(
    test_id: &'static str,
    name: &'static str,
    is_chosen: impl Fn() -> bool + Send + Sync + 'static,
    choose: Box<dyn Fn() + Send>,
) -> Piece {
    let what = Button {
        pressed: pressed(is_chosen),
        ..Button::plain(test_id, "", "", name).small()
    };
    button(what, choose).into_piece()
}

fn group(label: &'static str, choices: Vec<Piece>) -> Piece {
    view! {
        <div class="controls chips" role="group" aria-label=label>
            {choices}
        </div>
    }
    .into_piece()
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
        ..Button::plain("sound", "Sound for warnings", "", "Sound").small()
    };
    button(what, Box::new(move || notifier.toggle_sound()))
}

fn notify_button(notifier: Notifier) -> impl IntoView {
    let what = Button {
        pressed: pressed(move || notifier.notify.get()),
        icon: still(icon::BELL),
        ..Button::plain("notify", "Notify me about alerts", "", "Notifications").small()
    };
    button(what, Box::new(move || notifier.toggle_notify()))
}

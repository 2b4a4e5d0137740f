use super::actions::{next_theme, toggle_help};
use super::filter_bar::FILTER_ID;
use crate::kit::browser::{focus, monotonic_ms, on_key, recall_switch, remember_switch};
use crate::kit::state::State;
use crate::session::{View, past};

const SECOND_MS: f64 = 1_000.0;

const KEYS_KEY: &str = "watchroom-keys";

/// A key and what it does.
pub(super) struct Shortcut {
    pub(super) key: &'static str,
    act: fn(View),
    pub(super) meaning: &'static str,
}

pub(super) const SHORTCUTS: [Shortcut; 9] = [
    Shortcut {
        key: "p",
        act: |view| past::toggle_pause(view, monotonic_ms()),
        meaning: "Pause or resume the view; in the past, play or stop",
    },
    Shortcut {
        key: "l",
        act: past::back_to_live,
        meaning: "Back to the present",
    },
    Shortcut {
        key: ",",
        act: |view| past::step(view, -SECOND_MS),
        meaning: "In the past, a second back",
    },
    Shortcut {
        key: ".",
        act: |view| past::step(view, SECOND_MS),
        meaning: "In the past, a second on",
    },
    Shortcut {
        key: "r",
        act: |view| view.connection.refresh(),
        meaning: "Ask for a sample now",
    },
    Shortcut {
        key: "c",
        act: |view| view.clear_feed(),
        meaning: "Clear the feed",
    },
    Shortcut {
        key: "t",
        act: |view| next_theme(view.theme),
        meaning: "Change the theme",
    },
    Shortcut {
        key: "/",
        act: |_| focus(FILTER_ID),
        meaning: "Filter the feed",
    },
    Shortcut {
        key: "?",
        act: |view| toggle_help(view.help),
        meaning: "This help",
    },
];

/// Listens for the keys, unless they were switched off here or on an earlier visit.
pub(crate) fn listen_to_keys(view: View, keys_on: State<bool>) {
    keys_on.set(recall_switch(KEYS_KEY).unwrap_or(true));
    on_key(move |pressed| {
        let shortcut = SHORTCUTS.iter().find(|shortcut| shortcut.key == pressed);
        match shortcut {
            Some(shortcut) if keys_on.get_untracked() => {
                (shortcut.act)(view);
                true
            }
            _ => false,
        }
    });
}

pub(super) fn toggle_keys(keys_on: State<bool>) {
    let on = !keys_on.get_untracked();
    keys_on.set(on);
    remember_switch(KEYS_KEY, on);
}

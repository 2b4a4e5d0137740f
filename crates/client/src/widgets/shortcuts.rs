use super::actions::{Palette, next_theme, toggle_help};
use super::filter_bar::FILTER_ID;
use super::history::Opened;
use crate::kit::browser::{
    close_popover, focus, monotonic_ms, on_control_key, on_key, recall_switch, remember_switch,
};
use crate::kit::state::State;
use crate::session::{PageState, history};

const SECOND_MS: f64 = 1_000.0;

const KEYS_KEY: &str = "watchroom-keys";

/// A key and what it does.
pub(super) struct Shortcut {
    pub(super) key: &'static str,
    pub(super) act: fn(PageState),
    pub(super) meaning: &'static str,
}

pub(super) const SHORTCUTS: [Shortcut; 10] = [
    Shortcut {
        key: "p",
        act: |page| history::toggle_pause(page, monotonic_ms()),
        meaning: "Pause or resume the view; in playback, play or stop",
    },
    Shortcut {
        key: "l",
        act: history::back_to_live,
        meaning: "Back to live",
    },
    Shortcut {
        key: ",",
        act: |page| history::step(page, -SECOND_MS),
        meaning: "Playback: 1 s back",
    },
    Shortcut {
        key: ".",
        act: |page| history::step(page, SECOND_MS),
        meaning: "Playback: 1 s forward",
    },
    Shortcut {
        key: "r",
        act: |page| page.connection.refresh(),
        meaning: "Refresh now",
    },
    Shortcut {
        key: "R",
        act: |page| page.rooms.toggle(),
        meaning: "Open or close rooms",
    },
    Shortcut {
        key: "C",
        act: history::clear_feed,
        meaning: "Clear activity",
    },
    Shortcut {
        key: "t",
        act: |page| next_theme(page.theme),
        meaning: "Change the theme",
    },
    Shortcut {
        key: "/",
        act: |_| focus(FILTER_ID),
        meaning: "Filter activity",
    },
    Shortcut {
        key: "?",
        act: |page| toggle_help(page.help),
        meaning: "Show shortcuts",
    },
];

/// A capital letter is typed with Shift.
pub(super) fn shown_key(key: &'static str) -> String {
    match key.chars().all(char::is_uppercase) {
        true => ["Shift ", key].concat(),
        false => key.to_owned(),
    }
}

/// Listens for Escape, which closes what is open, and for the keys, unless they were switched off here or on an earlier visit.
pub(crate) fn listen_to_keys(
    page: PageState,
    keys_on: State<bool>,
    opened: Opened,
    palette: Palette,
) {
    keys_on.set(recall_switch(KEYS_KEY).unwrap_or(true));
    on_control_key("k", move || palette.toggle(false));
    on_key(move |pressed| {
        if pressed == "Escape" && close_popover() {
            return true;
        }
        if pressed == "Escape" {
            let is_playback = page.playback_state.target.with_untracked(Option::is_some);
            let closed = opened.close();
            if !closed {
                history::back_to_live(page);
            }
            return closed || is_playback;
        }
        let shortcut = SHORTCUTS.iter().find(|shortcut| shortcut.key == pressed);
        match shortcut {
            Some(shortcut) if keys_on.get_untracked() => {
                (shortcut.act)(page);
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

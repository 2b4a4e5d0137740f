//! What both a button and a key do.

use crate::kit::browser::{Theme, set_theme, toggle_dialog};
use crate::kit::state::State;

/// The help sheet's identifier.
pub(super) const HELP_ID: &str = "help";

/// Changes to the next theme.
pub(super) fn next_theme(theme: State<Theme>) {
    let next = theme.get_untracked().next();
    set_theme(next);
    theme.set(next);
}

/// Opens the help sheet, or closes it.
pub(super) fn toggle_help(help: State<bool>) {
    if help.get_untracked() {
        toggle_dialog(HELP_ID);
    } else {
        help.set(true);
    }
}

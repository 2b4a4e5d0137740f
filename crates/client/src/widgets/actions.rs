//! What both a button and a key do.

use crate::kit::browser::{set_theme, toggle_dialog};
use crate::session::View;

/// The help sheet's identifier.
pub(super) const HELP_ID: &str = "help";

/// Changes to the next theme.
pub(super) fn next_theme(view: View) {
    let next = view.theme.get_untracked().next();
    set_theme(next);
    view.theme.set(next);
}

/// Opens the help sheet, or closes it.
pub(super) fn toggle_help(view: View) {
    if view.help.get_untracked() {
        toggle_dialog(HELP_ID);
    } else {
        view.help.set(true);
    }
}

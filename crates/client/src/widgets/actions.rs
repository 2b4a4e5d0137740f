//! What both a button and a key do.

use crate::kit::browser::{StyleSheet, Theme, set_theme, toggle_dialog};
use crate::kit::state::State;
use crate::model::Rights;

/// The help sheet's identifier.
pub(super) const HELP_ID: &str = "help";

/// The command palette's.
pub(super) const PALETTE_ID: &str = "palette";

/// The rules of both.
pub(super) static DIALOG_STYLE: StyleSheet = StyleSheet::new(&[
    "@layer widgets{",
    include_str!("../../../../style/widgets/dialog.css"),
    include_str!("../../../../style/widgets/palette.css"),
    "}",
]);

/// Changes to the next theme.
pub(super) fn next_theme(theme: State<Theme>) {
    set_theme_to(theme, theme.get_untracked().next());
}

/// Changes to a theme.
pub(super) fn set_theme_to(theme: State<Theme>, next: Theme) {
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

/// The command palette, as what opens it holds it.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    /// Whether it is open, or about to be.
    pub(super) wanted: State<bool>,
    /// Whether it lists hosts alone.
    pub(super) hosts_only: State<bool>,
    pub(super) rights: Rights,
}

impl Palette {
    pub(crate) fn new(rights: Rights) -> Self {
        Self {
            wanted: State::new(false),
            hosts_only: State::new(false),
            rights,
        }
    }

    /// Opens it, or closes it.
    pub(super) fn toggle(self, hosts_only: bool) {
        if self.wanted.get_untracked() {
            toggle_dialog(PALETTE_ID);
        } else {
            self.hosts_only.set(hosts_only);
            self.wanted.set(true);
        }
    }
}

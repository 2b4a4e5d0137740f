//! What the first view knows of rooms: whether their panel is open. Everything else is loaded once the browser is idle.

use crate::kit::state::State;

/// The test identifier of what opens the panel.
pub(crate) const ROOMS_BUTTON: &str = "rooms-open";

/// The panel beside the page.
#[derive(Clone, Copy)]
pub(crate) struct RoomsPanel {
    pub(crate) open: State<bool>,
    /// Whether the part is needed, which counts what is unread even if the panel is closed.
    pub(crate) wanted: State<bool>,
}

impl RoomsPanel {
    pub(crate) fn new() -> Self {
        Self {
            open: State::new(false),
            wanted: State::new(false),
        }
    }

    /// Opens the panel, or closes it.
    pub(crate) fn toggle(self) {
        self.open.update(|open| *open = !*open);
        self.want();
    }

    /// The part is fetched once, however often it is asked for.
    pub(crate) fn want(self) {
        self.wanted.set_if_changed(true);
    }
}

use leptos::prelude::*;
use protocol::Level;

/// Beyond this the oldest goes.
const TOASTS_MAX: usize = 3;

/// How long one stays, in milliseconds.
const SHOWN_MS: f64 = 8_000.0;

/// Short messages about the page itself, each for a few seconds.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    count: StoredValue<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Toast {
    pub(crate) id: u64,
    pub(crate) level: Level,
    pub(crate) text: String,
    until_ms: f64,
}

impl Toasts {
    pub(super) fn new() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            count: StoredValue::new(0),
        }
    }

    pub(crate) fn shown(&self) -> Vec<Toast> {
        self.shown.get()
    }

    pub(crate) fn show(&self, level: Level, text: String, now_ms: f64) {
        *self.count.write_value() += 1;
        let toast = Toast {
            id: self.count.get_value(),
            level,
            text,
            until_ms: now_ms + SHOWN_MS,
        };
        let mut shown = self.shown.write();
        // The same again is the same, only for longer.
        shown.retain(|old| old.text != toast.text);
        shown.push(toast);
        if shown.len() > TOASTS_MAX {
            shown.remove(0);
        }
    }

    pub(crate) fn dismiss(&self, id: u64) {
        self.shown.write().retain(|toast| toast.id != id);
    }

    /// Lets those go whose time is over.
    pub(super) fn tick(&self, now_ms: f64) {
        let over = |toast: &Toast| toast.until_ms <= now_ms;
        if self.shown.read_untracked().iter().any(over) {
            self.shown.write().retain(|toast| !over(toast));
        }
    }
}

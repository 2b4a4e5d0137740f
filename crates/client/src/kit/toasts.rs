use super::state::State;
use protocol::Level;

/// Beyond this the oldest goes.
const TOASTS_MAX: usize = 3;

/// How long one stays, in milliseconds.
const SHOWN_MS: f64 = 8_000.0;

/// Short messages about the page itself, each for a few seconds.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    said: State<Said>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Toast {
    pub(crate) id: u64,
    pub(crate) level: Level,
    pub(crate) text: String,
    until_ms: f64,
}

#[derive(Default)]
struct Said {
    shown: Vec<Toast>,
    count: u64,
}

impl Toasts {
    pub(crate) fn new() -> Self {
        Self {
            said: State::new(Said::default()),
        }
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        self.said
            .with(|said| said.shown.iter().map(|toast| toast.id).collect())
    }

    pub(crate) fn get(&self, id: u64) -> Option<Toast> {
        self.said
            .with_untracked(|said| said.shown.iter().find(|toast| toast.id == id).cloned())
    }

    /// The text of the newest of a level.
    pub(crate) fn newest(&self, level: Level) -> Option<String> {
        self.said.with(|said| {
            let mut newest_first = said.shown.iter().rev();
            let newest = newest_first.find(|toast| toast.level == level);
            newest.map(|toast| toast.text.clone())
        })
    }

    pub(crate) fn show(&self, level: Level, text: String, now_ms: f64) {
        self.said.update(|said| {
            said.count += 1;
            // The same again is the same, only for longer.
            said.shown.retain(|old| old.text != text);
            said.shown.push(Toast {
                id: said.count,
                level,
                text,
                until_ms: now_ms + SHOWN_MS,
            });
            if said.shown.len() > TOASTS_MAX {
                said.shown.remove(0);
            }
        });
    }

    pub(crate) fn dismiss(&self, id: u64) {
        self.said
            .update(|said| said.shown.retain(|toast| toast.id != id));
    }

    /// Lets those go whose time is over.
    pub(crate) fn tick(&self, now_ms: f64) {
        let over = |toast: &Toast| toast.until_ms <= now_ms;
        if self.said.with_untracked(|said| said.shown.iter().any(over)) {
            self.said
                .update(|said| said.shown.retain(|toast| !over(toast)));
        }
    }
}

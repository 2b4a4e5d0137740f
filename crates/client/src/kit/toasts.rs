use super::state::State;
use protocol::Level;
use std::sync::Arc;

/// Toasts at most; the oldest is dismissed.
const TOASTS_MAX: usize = 3;

/// How long one is shown, in milliseconds.
const SHOWN_MS: f64 = 8_000.0;

/// Short list about the page itself, each for a few seconds.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    list: State<List>,
}

#[derive(Clone)]
pub(crate) struct Toast {
    pub(crate) id: u64,
    pub(crate) level: Level,
    pub(crate) text: String,
    pub(crate) action: Option<Action>,
    until_ms: f64,
}

/// What a toast offers to do.
#[derive(Clone)]
pub(crate) struct Action {
    pub(crate) label: &'static str,
    pub(crate) run: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct List {
    toasts: Vec<Toast>,
    count: u64,
}

impl Toasts {
    pub(crate) fn new() -> Self {
        Self {
            list: State::new(List::default()),
        }
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        self.list
            .with(|list| list.toasts.iter().map(|toast| toast.id).collect())
    }

    pub(crate) fn get(&self, id: u64) -> Option<Toast> {
        self.list
            .with_untracked(|list| list.toasts.iter().find(|toast| toast.id == id).cloned())
    }

    /// The text of the newest of a level.
    pub(crate) fn newest(&self, level: Level) -> Option<String> {
        self.list.with(|list| {
            let mut newest_first = list.toasts.iter().rev();
            let newest = newest_first.find(|toast| toast.level == level);
            newest.map(|toast| toast.text.clone())
        })
    }

    pub(crate) fn show(&self, level: Level, text: String, now_ms: f64) {
        self.offer(level, text, None, now_ms);
    }

    /// The same, with a button.
    pub(crate) fn offer(&self, level: Level, text: String, action: Option<Action>, now_ms: f64) {
        self.list.update(|list| {
            list.count += 1;
            // A toast with the same text is extended.
            list.toasts.retain(|old| old.text != text);
            list.toasts.push(Toast {
                id: list.count,
                level,
                text,
                action,
                until_ms: now_ms + SHOWN_MS,
            });
            if list.toasts.len() > TOASTS_MAX {
                list.toasts.remove(0);
            }
        });
    }

    pub(crate) fn dismiss(&self, id: u64) {
        self.list
            .update(|list| list.toasts.retain(|toast| toast.id != id));
    }

    /// Dismisses the one with a text, if it is shown.
    pub(crate) fn dismiss_text(&self, text: &str) {
        let is_shown = |list: &List| list.toasts.iter().any(|toast| toast.text == text);
        if self.list.with_untracked(is_shown) {
            self.list
                .update(|list| list.toasts.retain(|toast| toast.text != text));
        }
    }

    /// When the next one expires.
    pub(crate) fn next_end_ms(&self) -> Option<f64> {
        self.list.with(|list| {
            let ends = list.toasts.iter().map(|toast| toast.until_ms);
            ends.reduce(f64::min)
        })
    }

    /// Dismisses expired ones.
    pub(crate) fn tick(&self, now_ms: f64) {
        let is_expired = |toast: &Toast| toast.until_ms <= now_ms;
        if self
            .list
            .with_untracked(|list| list.toasts.iter().any(is_expired))
        {
            self.list
                .update(|list| list.toasts.retain(|toast| !is_expired(toast)));
        }
    }
}

use leptos::prelude::window;

const ON: &str = "on";
const OFF: &str = "off";

/// Whether a switch was on at the last visit, if the browser has stored it.
pub(crate) fn recall_switch(name: &str) -> Option<bool> {
    Some(recall(name)? == ON)
}

/// A text that was stored under a name.
pub(crate) fn recall(name: &str) -> Option<String> {
    let storage = window().local_storage().ok()??;
    storage.get_item(name).ok()?
}

/// A text that was stored under a name in this tab. It survives that the page is loaded again.
pub(crate) fn recall_in_tab(name: &str) -> Option<String> {
    let storage = window().session_storage().ok()??;
    storage.get_item(name).ok()?
}

/// Stores a text in this tab, or removes it.
pub(crate) fn remember_in_tab(name: &str, value: Option<&str>) {
    if let Ok(Some(storage)) = window().session_storage() {
        // As below.
        let _ = match value {
            Some(value) => storage.set_item(name, value),
            None => storage.remove_item(name),
        };
    }
}

/// Forgets what this tab has stored.
pub(crate) fn forget_tab() {
    if let Ok(Some(storage)) = window().session_storage() {
        // As below.
        let _ = storage.clear();
    }
}

pub(crate) fn remember_switch(name: &str, is_on: bool) {
    remember(name, if is_on { ON } else { OFF });
}

pub(crate) fn remember(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs the user the memory, nothing else.
        let _ = storage.set_item(name, value);
    }
}

use leptos::prelude::window;

pub(crate) const ON: &str = "on";
pub(crate) const OFF: &str = "off";

/// Whether a switch was on at the last visit, if the browser has stored it.
pub(crate) fn recall_switch(name: &str) -> Option<bool> {
    Some(recall(name)? == ON)
}

/// A text that was stored under a name.
pub(crate) fn recall(name: &str) -> Option<String> {
    let storage = window().local_storage().ok()??;
    storage.get_item(name).ok()?
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

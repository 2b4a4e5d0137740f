use leptos::prelude::window;

const ON: &str = "on";
const OFF: &str = "off";

/// Whether a switch was on at the last visit, if the browser has stored it.
pub(crate) fn recall_switch(name: &str) -> Option<bool> {
    let storage = window().local_storage().ok()??;
    Some(storage.get_item(name).ok()?? == ON)
}

pub(crate) fn remember_switch(name: &str, is_on: bool) {
    remember(name, if is_on { ON } else { OFF });
}

pub(super) fn remember(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs the user the memory, nothing else.
        let _ = storage.set_item(name, value);
    }
}

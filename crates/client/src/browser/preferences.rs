use leptos::prelude::window;

/// What was remembered under this name, where the browser lets the page remember anything.
pub(crate) fn recall(name: &str) -> Option<String> {
    let storage = window().local_storage().ok()??;
    storage.get_item(name).ok()?
}

pub(crate) fn remember(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs the user the memory, nothing else.
        let _ = storage.set_item(name, value);
    }
}

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::Storage;

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

/// A text that was stored under a name in this tab. It survives that the page is loaded again.
pub(crate) fn recall_in_tab(name: &str) -> Option<String> {
    tab()?.get_item(name).ok()?.filter(|text| !text.is_empty())
}

/// Stores a text in this tab; an empty one is none.
pub(crate) fn remember_in_tab(name: &str, value: &str) {
    if let Some(storage) = tab() {
        // As below.
        let _ = storage.set_item(name, value);
    }
}

/// By its name: a function of its own would be a part of each page.
fn tab() -> Option<Storage> {
    let storage = js_sys::Reflect::get(&window(), &"sessionStorage".into()).ok()?;
    storage.is_object().then(|| storage.unchecked_into())
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

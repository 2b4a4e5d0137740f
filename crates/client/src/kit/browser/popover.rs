use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Closes the open popover, which puts the focus where it was opened; returns whether there was one.
pub(crate) fn close_popover() -> bool {
    let Ok(Some(open)) = document().query_selector("[popover]:popover-open") else {
        return false;
    };
    open.unchecked_into::<HtmlElement>().hide_popover().is_ok()
}

/// Opens the popover with this identifier.
pub(crate) fn open_popover(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        // Fails only for a popover that is open.
        let _ = element.unchecked_into::<HtmlElement>().show_popover();
    }
}

use super::listener::on_window;
use leptos::prelude::{StoredValue, document, window};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The attribute of the root element while the page is prepared for paper.
const PRINT_ATTRIBUTE: &str = "data-print";

/// Calls with `true` before the page is laid out for paper, and with `false` when it is back on the
/// screen, until the current owner is cleaned up.
pub(crate) fn on_print(call: impl Fn(bool) + 'static) {
    let call = Rc::new(move |prints: bool| {
        if let Some(root) = document().document_element() {
            // Any attribute with a name like this can be set.
            let _ = root.toggle_attribute_with_force(PRINT_ATTRIBUTE, prints);
        }
        call(prints);
    });
    let after = call.clone();
    let changed = call.clone();
    on_window("beforeprint", move || call(true));
    on_window("afterprint", move || after(false));
    // Tools that only pretend to print send no events.
    let Ok(Some(query)) = window().match_media("print") else {
        return;
    };
    let is_print = query.clone();
    let changed = Closure::<dyn Fn()>::new(move || changed(is_print.matches()));
    query.set_onchange(Some(changed.as_ref().unchecked_ref()));
    StoredValue::new_local((query, changed));
}

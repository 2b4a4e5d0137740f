use leptos::prelude::{StoredValue, document};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Calls when fonts of the page have been loaded, until the current owner is cleaned up.
pub(crate) fn on_font(call: impl Fn() + 'static) {
    let call = Closure::<dyn Fn()>::new(call);
    document()
        .fonts()
        .set_onloadingdone(Some(call.as_ref().unchecked_ref()));
    StoredValue::new_local(call);
}

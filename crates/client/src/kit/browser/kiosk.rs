use js_sys::{Function, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Sets an attribute of the whole document.
pub(crate) fn mark_document(attribute: &str) {
    if let Some(root) = document().document_element() {
        // Any attribute with a name like those of the page can be set.
        let _ = root.set_attribute(attribute, "");
    }
}

/// Asks the browser not to switch the screen off while the page is visible (Screen Wake Lock). By its name, since not every
/// browser has it; one that refuses switches the screen off as ever.
pub(crate) fn keep_screen_on() {
    let lock = Reflect::get(&window().navigator(), &"wakeLock".into());
    let Some(lock) = lock.ok().filter(JsValue::is_object) else {
        return;
    };
    let request = Reflect::get(&lock, &"request".into());
    if let Some(request) = request.ok().and_then(|it| it.dyn_into::<Function>().ok())
        && let Ok(promise) = request.call1(&lock, &"screen".into())
        && let Ok(promise) = promise.dyn_into::<js_sys::Promise>()
    {
        // A refusal is no error.
        let ignore = Closure::once_into_js(|_: JsValue| ());
        let catch: &Function = ignore.unchecked_ref();
        if let Ok(method) = Reflect::get(&promise, &"catch".into())
            && let Ok(method) = method.dyn_into::<Function>()
        {
            // As above.
            let _ = method.call1(&promise, catch);
        }
    }
}

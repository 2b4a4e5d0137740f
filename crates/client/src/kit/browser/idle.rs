use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The wait where the browser does not say when it is idle, in milliseconds.
const WAIT_MS: i32 = 200;

/// Calls once the browser has nothing else to do.
pub(crate) fn when_idle(call: impl FnOnce() + 'static) {
    let call = Closure::once_into_js(call);
    let call = call.unchecked_ref();
    // Safari does not say it (WebKit bug 285049).
    if js_sys::Reflect::has(&window(), &"requestIdleCallback".into()) == Ok(true) {
        let _ = window().request_idle_callback(call);
    } else {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(call, WAIT_MS);
    }
}

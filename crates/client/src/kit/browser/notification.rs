use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// Whether the user lets the page notify. A browser without notifications has denied them.
pub(crate) fn may_notify() -> bool {
    has_notifications() && Notification::permission() == NotificationPermission::Granted
}

/// Asks the user, and calls with the answer; to be called on a click only.
pub(crate) fn ask_to_notify(call: impl FnOnce(bool) + 'static) {
    if !has_notifications() {
        return call(false);
    }
    if let Ok(answer) = Notification::request_permission() {
        let then = Closure::once(move |_: JsValue| call(may_notify()));
        let _ = answer.then(&then);
        then.forget();
    }
}

/// Shows a notification; a later one of the same tag takes its place.
pub(crate) fn notify(title: &str, body: &str, tag: &str) {
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag(tag);
    // Some browsers require a service worker for this; the page itself shows the same.
    let _ = Notification::new_with_options(title, &options);
}

/// Absent on pages that were not loaded over TLS, and on some phones.
fn has_notifications() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &JsValue::from_str("Notification")).unwrap_or(false)
}

use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use web_sys::Event;

/// Calls on each such event of the window, until the current owner is cleaned up.
pub(crate) fn on_window(event: &'static str, call: impl Fn() + 'static) {
    on_window_event(event, move |_| call());
}

/// The same, with the event.
pub(crate) fn on_window_event(event: &'static str, call: impl Fn(Event) + 'static) {
    let handle = window_event_listener_untyped(event, call);
    on_cleanup(move || handle.remove());
}

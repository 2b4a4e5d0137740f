use leptos::prelude::{on_cleanup, window_event_listener_untyped};

/// Calls on each such event of the window, until the current owner is cleaned up.
pub(crate) fn on_window(event: &'static str, call: impl Fn() + 'static) {
    let handle = window_event_listener_untyped(event, move |_| call());
    on_cleanup(move || handle.remove());
}

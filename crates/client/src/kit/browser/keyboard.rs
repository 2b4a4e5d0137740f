use super::listener::on_window_event;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, KeyboardEvent};

/// Where a key is text, or belongs to what is open above the page. A slider takes none that the page has.
const FIELDS: &str = "input:not([type=range]),select,textarea,[contenteditable],dialog";

/// Calls with each key that is pressed alone and is not typed into something, until the current
/// owner is cleaned up. What the call answers with `true` the browser does not act on itself.
pub(crate) fn on_key(call: impl Fn(&str) -> bool + 'static) {
    on_window_event("keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let target = event.target();
        let element = target
            .as_ref()
            .and_then(|target| target.dyn_ref::<Element>());
        let typed = element.is_some_and(|element| matches!(element.closest(FIELDS), Ok(Some(_))));
        if typed
            || event.default_prevented()
            || event.ctrl_key()
            || event.meta_key()
            || event.alt_key()
            || event.repeat()
        {
            return;
        }
        if call(&event.key()) {
            event.prevent_default();
        }
    });
}

/// Calls when a letter is pressed together with Ctrl or Cmd, wherever the focus is, until the current owner is
/// cleaned up. The browser does not act on it.
pub(crate) fn on_control_key(letter: &'static str, call: impl Fn() + 'static) {
    on_window_event("keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let is_alone = !event.alt_key() && !event.shift_key() && !event.repeat();
        let is_control = event.ctrl_key() != event.meta_key();
        if is_alone && is_control && event.key() == letter && !event.default_prevented() {
            event.prevent_default();
            call();
        }
    });
}

/// Puts the focus on the element with this identifier, if there is one.
pub(crate) fn focus(id: &str) {
    focus_with(id, &FocusOptions::new());
}

/// Takes the focus from the field that has it, so that what was typed counts before anything else happens.
pub(crate) fn leave_field() {
    let focused = document().active_element();
    let field = focused.filter(|it| it.matches("input,textarea").unwrap_or_default());
    if let Some(field) = field {
        // It fails for nothing that has the focus.
        let _ = field.unchecked_into::<HtmlElement>().blur();
    }
}

/// Moves the focus there because the focused element is removed. The page does not scroll, and keyboard
/// navigation continues from there, not from the top.
pub(crate) fn hand_focus(id: &str) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    focus_with(id, &options);
}

fn focus_with(id: &str, options: &FocusOptions) {
    if let Some(element) = document().get_element_by_id(id) {
        // What cannot be focused stays unfocused.
        let _ = element
            .unchecked_into::<HtmlElement>()
            .focus_with_options(options);
    }
}

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// How far an element is scrolled down, in pixels; 0 if there is no such element.
pub(crate) fn scroll_top(id: &str) -> i32 {
    let element = document().get_element_by_id(id);
    element.map_or(0, |element| element.scroll_top())
}

pub(crate) fn scroll_to_top(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_scroll_top(0);
    }
}

/// Scrolls a list as far as it takes to show one of its elements; the page stays where it is. The list is what its
/// elements' places are relative to.
pub(crate) fn reveal(list: &Element, id: &str) {
    let Some(element) = document().get_element_by_id(id) else {
        return;
    };
    let element: HtmlElement = element.unchecked_into();
    let (top, bottom) = (
        element.offset_top(),
        element.offset_top() + element.offset_height(),
    );
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}

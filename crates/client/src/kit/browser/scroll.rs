use leptos::prelude::document;

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

use crate::connection::Addresses;
use crate::document::{BASE_PATH_META, SOCKET_URL_META};
use leptos::prelude::{document, window};
use web_sys::Element;

/// Where the server is, by the page's own address and what the server wrote into its head.
pub(crate) fn addresses() -> Addresses {
    let location = window().location();
    Addresses::new(
        meta(SOCKET_URL_META),
        &location.protocol().unwrap_or_default(),
        &location.host().unwrap_or_default(),
        &meta(BASE_PATH_META).unwrap_or_default(),
    )
}

/// A text as part of an address's query.
pub(crate) fn uri_component(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

fn meta(name: &str) -> Option<String> {
    let selector = format!("meta[name={name}]");
    let element = document().query_selector(&selector).ok()??;
    element.get_attribute("content")
}

pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

pub(crate) fn reload() {
    // A page that cannot be reloaded stays as it is.
    let _ = window().location().reload();
}

/// A new element at the end of another.
pub(crate) fn child(parent: &Element, tag: &str, class: &str) -> Option<Element> {
    let element = document().create_element(tag).ok()?;
    element.set_class_name(class);
    parent.append_child(&element).ok()?;
    Some(element)
}

/// The same, with a text.
pub(crate) fn text_child(parent: &Element, tag: &str, class: &str, text: &str) {
    if let Some(element) = child(parent, tag, class) {
        element.set_text_content(Some(text));
    }
}

/// Keeps an element off the page, or puts it back.
pub(crate) fn set_hidden(element: &Element, hidden: bool) {
    // Any attribute with a name like this can be set.
    let _ = element.toggle_attribute_with_force("hidden", hidden);
}

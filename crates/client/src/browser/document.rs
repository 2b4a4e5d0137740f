use crate::connection;
use crate::document::{BASE_PATH_META, SOCKET_URL_META};
use leptos::prelude::{document, window};

/// Where the WebSocket is, by the page's own address and what the server wrote into its head.
pub(crate) fn socket_url() -> String {
    let location = window().location();
    connection::socket_url(
        meta(SOCKET_URL_META).as_deref(),
        &location.protocol().unwrap_or_default(),
        &location.host().unwrap_or_default(),
        &meta(BASE_PATH_META).unwrap_or_default(),
    )
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

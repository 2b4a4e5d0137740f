use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use protocol::Timestamp;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, UrlSearchParams};

/// The `<meta>` that names the path which the site stands under.
pub(crate) const BASE_PATH_META: &str = "watchroom-base";

/// In the page's address: the moment that it shows.
const MOMENT_PARAMETER: &str = "at";

/// The same: the host that it shows.
const HOST_PARAMETER: &str = "host";

/// The same, repeatable: series that it shows beside those of its board.
const SERIES_PARAMETER: &str = "series";

/// The URL of an API request.
pub(crate) fn api_url(request: &str) -> String {
    let base_path = base_path();
    [base_path.trim_end_matches('/'), "/api/v1/", request].concat()
}

/// Whether the page's address is a link to a moment, and to which, in milliseconds since the Unix epoch; `Some(None)`
/// if that cannot be read.
pub(crate) fn linked_moment() -> Option<Option<f64>> {
    let at = parameters()?.get(MOMENT_PARAMETER)?;
    let at = at.parse::<Timestamp>().ok();
    Some(at.map(|at| at.unix_ms() as f64))
}

/// The selectors in the page's address.
pub(crate) fn linked_series() -> Vec<String> {
    let all = parameters().map(|parameters| parameters.get_all(SERIES_PARAMETER));
    let mut selectors = Vec::new();
    for selector in all.into_iter().flatten() {
        selectors.extend(selector.as_string());
    }
    selectors
}

/// Makes the page's address a link to a moment, or to the present.
pub(crate) fn set_moment(at_ms: Option<f64>) {
    let at = at_ms.map(|at_ms| Timestamp::from_unix_ms(at_ms as i64).to_string());
    set_parameter(MOMENT_PARAMETER, at.as_deref());
}

/// Opens the page of another host, which the server renders with the host's values.
pub(crate) fn open_host(host: &str) {
    if let Some(parameters) = parameters() {
        parameters.set(HOST_PARAMETER, host);
        // It fails for addresses that cannot be read only.
        let _ = window()
            .location()
            .set_search(&String::from(parameters.to_string()));
    }
}

fn parameters() -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()
}

fn set_parameter(name: &str, value: Option<&str>) {
    // An address that cannot be changed is no link, and the moment is shown all the same.
    if let (Some(address), Ok(history)) = (address_with(name, value), window().history()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// The page's address with another value of a parameter. The other parameters stay as they are written.
fn address_with(name: &str, value: Option<&str>) -> Option<String> {
    let location = window().location();
    let (mut address, search) = (location.pathname().ok()?, location.search().ok()?);
    let mut before = "?";
    for parameter in search.trim_start_matches('?').split('&') {
        if !parameter.is_empty() && parameter.split('=').next() != Some(name) {
            address.push_str(before);
            address.push_str(parameter);
            before = "&";
        }
    }
    if let Some(value) = value {
        for part in [before, name, "=", value] {
            address.push_str(part);
        }
    }
    Some(address)
}

/// Copies the page's address, and reports whether that succeeded.
pub(crate) fn copy_address(tell: impl FnOnce(bool) + 'static) {
    let address = window().location().href().unwrap_or_default();
    let clipboard = window().navigator().clipboard();
    // Absent where the connection is not secure.
    if clipboard.is_undefined() {
        return tell(false);
    }
    let written = JsFuture::from(clipboard.write_text(&address));
    spawn_local(async move { tell(written.await.is_ok()) });
}

/// A text as part of an address's query.
pub(crate) fn uri_component(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The path that the site stands under.
pub(crate) fn base_path() -> String {
    meta(BASE_PATH_META).unwrap_or_default()
}

/// What the server wrote into the document's head.
pub(crate) fn meta(name: &str) -> Option<String> {
    let selector = format!("meta[name={name}]");
    let element = document().query_selector(&selector).ok()??;
    element.get_attribute("content")
}

/// Sets what the browser's tab shows.
pub(crate) fn set_title(text: &str) {
    document().set_title(text);
}

pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

pub(crate) fn reload() {
    // A page that cannot be reloaded stays as it is.
    let _ = window().location().reload();
}

/// Makes a button look disabled; it still says why when it is pressed.
pub(crate) fn set_disabled(test_id: &str, disabled: bool) {
    let selector = ["[data-testid=", test_id, "]"].concat();
    if let Ok(Some(button)) = document().query_selector(&selector) {
        let disabled = if disabled { "true" } else { "false" };
        // It fails for impossible names only.
        let _ = button.set_attribute("aria-disabled", disabled);
    }
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

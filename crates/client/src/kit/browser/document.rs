use super::keyboard::hand_focus;
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use protocol::Timestamp;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, UrlSearchParams};

/// The `<meta>` that names the path which the site stands under.
pub(crate) const BASE_PATH_META: &str = "watchroom-base";

/// The `<meta>` of pages that nobody is signed in to see.
pub(crate) const PUBLIC_META: &str = "watchroom-public";

/// The `<meta>` with what the user who is signed in has set up.
pub(crate) const PREFERENCES_META: &str = "watchroom-preferences";

/// The `<meta>` with the origins that boards may show images of.
pub(crate) const IMAGES_META: &str = "watchroom-images";

/// In the page's address: the moment that it shows.
const MOMENT_PARAMETER: &str = "at";

/// The same: the host that it shows.
const HOST_PARAMETER: &str = "host";

/// The same, repeatable: series that it shows beside those of its board.
const SERIES_PARAMETER: &str = "series";

/// The same: the time range of its charts.
pub(crate) const RANGE_FROM: &str = "from";
pub(crate) const RANGE_TO: &str = "to";

/// Whether the page's address asks for a time range.
pub(crate) fn has_range() -> bool {
    parameter(RANGE_FROM).is_some()
}

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

/// Changes a parameter of the page's address, or removes it.
pub(crate) fn set_parameter(name: &str, value: Option<&str>) {
    // An address that cannot be changed is no link, and the moment is shown all the same.
    if let (Some(address), Ok(history)) = (address_with(name, value), window().history()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Loads the page anew, with another value of a parameter of its address.
pub(crate) fn open_address_with(name: &str, value: &str) {
    if let Some(address) = address_with(name, Some(value)) {
        // It fails for addresses that cannot be read only.
        let _ = window().location().assign(&address);
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
    copy_text(&window().location().href().unwrap_or_default(), tell);
}

/// Copies a text, and reports whether that succeeded.
pub(crate) fn copy_text(text: &str, tell: impl FnOnce(bool) + 'static) {
    let clipboard = window().navigator().clipboard();
    // Absent where the connection is not secure.
    if clipboard.is_undefined() {
        return tell(false);
    }
    let written = JsFuture::from(clipboard.write_text(text));
    spawn_local(async move { tell(written.await.is_ok()) });
}

/// The query of the page's address, without its question mark.
pub(crate) fn query() -> String {
    let query = window().location().search().unwrap_or_default();
    query.trim_start_matches('?').to_owned()
}

/// A parameter of the page's address.
pub(crate) fn parameter(name: &str) -> Option<String> {
    parameters()?.get(name)
}

/// A parameter of another address, without what follows `#` there.
pub(crate) fn parameter_of(address: &str, name: &str) -> Option<String> {
    let address = address.split('#').next()?;
    let (_, query) = address.split_once('?')?;
    UrlSearchParams::new_with_str(query).ok()?.get(name)
}

/// What follows `#` in the page's address.
pub(crate) fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// The page's path with its query, below the site's path.
pub(crate) fn path() -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let base_path = base_path();
    let below = path.strip_prefix(base_path.trim_end_matches('/'));
    [
        below.unwrap_or(&path),
        &location.search().unwrap_or_default(),
    ]
    .concat()
}

/// The page's origin, such as `https://example.org`.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The origin of another address, relative to the page's; none if it is the page's own. `null` if it has none, as a script.
pub(crate) fn origin_of(address: &str) -> Option<String> {
    let base = window().location().href().unwrap_or_default();
    let of = web_sys::Url::new_with_base(address, &base);
    let of = of.map_or_else(|_| "null".to_owned(), |url| url.origin());
    (of != origin()).then_some(of)
}

/// The URL of a path below the site's.
pub(crate) fn page_url(path: &str) -> String {
    [base_path().trim_end_matches('/'), path].concat()
}

/// The path of the sign-in that leads back to this page.
pub(crate) fn sign_in_path() -> String {
    ["/login?next=", &uri_component(&path())].concat()
}

/// Opens another page of the site.
pub(crate) fn open_page(path: &str) {
    // It fails for addresses that cannot be read only.
    let _ = window().location().assign(&page_url(path));
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

/// Whether nobody is signed in, and the page is what everybody may see.
#[inline]
pub(crate) fn is_public() -> bool {
    meta(PUBLIC_META).is_some()
}

/// Sets what the browser's tab shows.
pub(crate) fn set_title(text: &str) {
    document().set_title(text);
}

/// Whether a panel has space beside the page.
pub(crate) fn is_wide() -> bool {
    let query = window().match_media("(width >= 62rem)");
    matches!(query, Ok(Some(query)) if query.matches())
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
    if let Some(button) = by_test_id(test_id) {
        let disabled = if disabled { "true" } else { "false" };
        // It fails for impossible names only.
        let _ = button.set_attribute("aria-disabled", disabled);
    }
}

/// Sets an attribute of the element with this test identifier, or removes it.
pub(crate) fn set_attribute(test_id: &str, name: &str, value: Option<&str>) {
    if let Some(element) = by_test_id(test_id) {
        // Any attribute with a name like those of the page can be set.
        let _ = match value {
            Some(value) => element.set_attribute(name, value),
            None => element.remove_attribute(name),
        };
    }
}

/// Puts the focus on the element with this test identifier.
pub(crate) fn focus_test_id(test_id: &str) {
    let element = by_test_id(test_id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What cannot be focused stays unfocused.
        let _ = element.focus();
    }
}

fn by_test_id(test_id: &str) -> Option<Element> {
    let selector = ["[data-testid=", test_id, "]"].concat();
    document().query_selector(&selector).ok()?
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

/// A heading that is shown.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// The headings of the second level that are shown within the element with this identifier, in their order.
pub(crate) fn shown_headings(within: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut next = document()
        .get_element_by_id(within)
        .and_then(|root| root.first_element_child());
    while let Some(element) = next {
        if element.tag_name() == "H2" && element.client_height() > 0 {
            shown.push(Shown {
                id: element.id(),
                text: element.text_content().unwrap_or_default(),
            });
        }
        next = element
            .first_element_child()
            .or_else(|| following(element, within));
    }
    shown
}

/// The element that follows one and what is in it, within another.
fn following(mut element: Element, within: &str) -> Option<Element> {
    loop {
        if let Some(next) = element.next_element_sibling() {
            return Some(next);
        }
        element = element.parent_element()?;
        if element.id() == within {
            return None;
        }
    }
}

/// Scrolls to a heading, and has keyboard navigation continue there.
pub(crate) fn show_heading(id: &str) {
    let Some(heading) = document().get_element_by_id(id) else {
        return;
    };
    // Any attribute with a name like this can be set.
    let _ = heading.set_attribute("tabindex", "-1");
    hand_focus(id);
    heading.scroll_into_view();
}

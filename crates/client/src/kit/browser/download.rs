use gloo_timers::callback::Timeout;
use js_sys::Array;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long a file is available to the browser, in milliseconds.
const HELD_MS: u32 = 60_000;

/// Gives the user a file with this text.
pub(crate) fn download_text(name: &str, media_type: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&JsValue::from_str(text));
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        download(name, &blob);
    }
}

/// Downloads a file. A browser that refuses tells the user itself.
pub(crate) fn download(name: &str, blob: &Blob) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else {
        return;
    };
    if let Ok(link) = document().create_element("a") {
        let link: HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // Some browsers take hold of what the URL names only after the click, and maybe not at once.
    Timeout::new(HELD_MS, move || {
        // What cannot be given back is given back with the page.
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}

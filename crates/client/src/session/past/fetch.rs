use crate::kit::browser;
use crate::kit::json::Json;
use js_sys::Promise;
use leptos::prelude::window;
use protocol::Source;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Sends an API request. The error is a sentence for the user.
pub(super) async fn fetch(request: &str) -> Result<Json, String> {
    let (is_ok, text) = get(&browser::api_url(request))
        .await
        .map_err(|_| "the server does not answer".to_owned())?;
    let json = Json::new(&text);
    match is_ok {
        true => Ok(json),
        false => Err(json
            .read()
            .map_or_else(|_| "it failed".into(), |Refused { error }| error)),
    }
}

/// Whether a request succeeded, and the body of its response.
async fn get(url: &str) -> Result<(bool, String), JsValue> {
    let response = JsFuture::from(window().fetch_with_str(url)).await?;
    let response: Response = response.unchecked_into();
    let text: Promise = response.text()?.unchecked_into();
    let text = JsFuture::from(text).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

/// A request about some series.
pub(super) fn for_series(mut request: String, texts: &[&str]) -> String {
    for text in texts {
        if !request.ends_with('?') {
            request.push('&');
        }
        request.push_str("series=");
        request.push_str(&browser::uri_component(text));
    }
    request
}

/// Reads a response.
pub(super) fn read<T: DeserializeOwned>(response: Json) -> Result<T, String> {
    response
        .read()
        .map_err(|_| "the answer cannot be read".to_owned())
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

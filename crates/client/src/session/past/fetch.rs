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

/// The server's answer to a question about the past, or a sentence that says why there is none.
pub(super) async fn fetch(question: &str) -> Result<Json, String> {
    let (is_ok, text) = get(&browser::api_url(question))
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

/// A question about some series.
pub(super) fn question(mut question: String, texts: &[&str]) -> String {
    for text in texts {
        if !question.ends_with('?') {
            question.push('&');
        }
        question.push_str("series=");
        question.push_str(&browser::uri_component(text));
    }
    question
}

/// What an answer says.
pub(super) fn read<T: DeserializeOwned>(answer: Json) -> Result<T, String> {
    answer
        .read()
        .map_err(|_| "the answer cannot be read".to_owned())
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

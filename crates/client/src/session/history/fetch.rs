use crate::kit::browser;
use crate::kit::json::Json;
use gloo_net::http::Request;
use protocol::Source;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Sends an API request. The error is a sentence for the user.
pub(super) async fn fetch(request: &str) -> Result<Json, String> {
    let unreachable = |_| "no answer from the server".to_owned();
    let request = Request::get(&browser::api_url(request));
    let response = request.send().await.map_err(unreachable)?;
    let json = Json::new(&response.text().await.map_err(unreachable)?);
    match response.ok() {
        true => Ok(json),
        false => Err(json
            .read()
            .map_or_else(|_| "it failed".into(), |ErrorResponse { error }| error)),
    }
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
        .map_err(|_| "the response cannot be read".to_owned())
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

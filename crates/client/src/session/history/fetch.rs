use crate::kit::browser;
use crate::kit::json::Json;
use crate::session::api;
use serde::de::DeserializeOwned;

/// Sends an API request. The error is a sentence for the user.
pub(super) async fn fetch(request: &str) -> Result<Json, String> {
    api::get(request).await.map_err(|refusal| refusal.text)
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
    api::read(&response).map_err(|refusal| refusal.text)
}

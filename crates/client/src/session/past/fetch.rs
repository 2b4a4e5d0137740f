use crate::kit::browser;
use crate::kit::json::Json;
use gloo_net::http::Request;
use protocol::Source;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The server's answer to a question about the past, or a sentence that says why there is none.
pub(super) async fn fetch(question: &str) -> Result<Json, String> {
    let unreachable = |_| "the server does not answer".to_owned();
    let request = Request::get(&browser::api_url(question));
    let response = request.send().await.map_err(unreachable)?;
    let json = Json::new(&response.text().await.map_err(unreachable)?);
    match response.ok() {
        true => Ok(json),
        false => Err(json
            .read()
            .map_or_else(|_| "it failed".into(), |Refused { error }| error)),
    }
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

//! Requests to the API of the server.

use crate::kit::browser;
use crate::kit::json::Json;
pub(crate) use gloo_net::http::Method;
use gloo_net::http::{RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use protocol::Source;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Why a request failed, as a sentence for the user.
pub(crate) struct Refusal {
    /// The status of the response; absent if there was none.
    pub(crate) status: Option<u16>,
    pub(crate) text: String,
}

impl Refusal {
    fn unanswered<E>(_: E) -> Self {
        Self {
            status: None,
            text: "no answer from the server".into(),
        }
    }
}

/// Sends a request, with a body in JSON if there is one. A response without a body is read as no value.
pub(crate) async fn send(
    method: Method,
    request: &str,
    body: Option<String>,
) -> Result<Json, Refusal> {
    let builder = RequestBuilder::new(&browser::api_url(request)).method(method);
    let request = match body {
        Some(body) => builder
            .header("content-type", "application/json")
            .body(body),
        None => builder.build(),
    };
    let request = request.map_err(Refusal::unanswered)?;
    let response = request.send().await.map_err(Refusal::unanswered)?;
    let json = Json::new(&response.text().await.map_err(Refusal::unanswered)?);
    match response.ok() {
        true => Ok(json),
        false => Err(refusal(&response, &json)),
    }
}

/// Sends a request for something.
pub(crate) async fn get(request: &str) -> Result<Json, Refusal> {
    send(Method::GET, request, None).await
}

/// Reads a response.
pub(crate) fn read<T: DeserializeOwned>(response: &Json) -> Result<T, Refusal> {
    response.read().map_err(|_| Refusal {
        status: None,
        text: "the response cannot be read".into(),
    })
}

/// A body in JSON.
pub(crate) fn body<T: Serialize>(value: &T) -> Option<String> {
    // Serializing fails only for maps without text keys and for writers that fail.
    serde_json::to_string(value).ok()
}

/// The outcome of some work, or none after a time in milliseconds. The request goes on without it: what it stores is
/// recognised by an id.
pub(crate) async fn within<T>(limit_ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut timeout) = (pin!(work), pin!(TimeoutFuture::new(limit_ms)));
    let first = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timeout.as_mut().poll(context).map(|()| None),
    });
    first.await
}

fn refusal(response: &Response, json: &Json) -> Refusal {
    let text = json
        .read()
        .map_or_else(|_| "it failed".into(), |ErrorResponse { error }| error);
    let wait_s = response.headers().get("retry-after");
    Refusal {
        status: Some(response.status()),
        text: match wait_s {
            Some(seconds) => {
                let text = text.trim_end_matches('.');
                [text, ". Try again in ", &seconds, " s."].concat()
            }
            None => text,
        },
    }
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

//! Requests about boards.

use crate::kit::browser::{recall, uri_component};
use crate::kit::json::Json;
use crate::session::api::{self, Method, Refusal, body};
use crate::session::rooms::NAME_KEY;
use protocol::boards::{BoardDocument, BoardList, BoardVersions, NewBoard};
use serde::de::DeserializeOwned;

/// Reads a response. Boards have members of every shape, for which the page's own reader is too simple.
pub(crate) fn read<T: DeserializeOwned>(response: &Json) -> Result<T, Refusal> {
    serde_json::from_str(&response.text()).map_err(|_| Refusal {
        status: None,
        text: "the response cannot be read".into(),
    })
}

/// Sends a request. Guests say who they are; of users the server knows.
pub(crate) async fn send(
    method: Method,
    request: &str,
    body: Option<String>,
) -> Result<Json, Refusal> {
    let mut request = request.to_owned();
    if let Some(name) = recall(NAME_KEY).filter(|name| !name.is_empty()) {
        request.push(if request.contains('?') { '&' } else { '?' });
        request.push_str("name=");
        request.push_str(&uri_component(&name));
    }
    api::send(method, &request, body).await
}

/// All boards that the user may read.
pub(crate) async fn boards() -> Result<BoardList, Refusal> {
    read(&send(Method::GET, "boards", None).await?)
}

/// A board with its content.
pub(crate) async fn document(id: &str) -> Result<BoardDocument, Refusal> {
    read(&send(Method::GET, &board_path(id), None).await?)
}

/// Creates a board.
pub(crate) async fn create(new: &NewBoard) -> Result<BoardDocument, Refusal> {
    read(&send(Method::POST, "boards", body(new)).await?)
}

/// The earlier versions of a board.
pub(crate) async fn versions(id: &str) -> Result<BoardVersions, Refusal> {
    read(&send(Method::GET, &[&board_path(id), "/versions"].concat(), None).await?)
}

/// The path of a board below the API's.
pub(crate) fn board_path(id: &str) -> String {
    ["boards/", &uri_component(id)].concat()
}

use super::routes::Sender;
use crate::app::App;
use accounts::{Action, authorize};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// `GET /healthz`: the process is alive and answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the store takes messages and the host is sampled; 503 with the reason otherwise. What the database says
/// is only for those who may read.
pub(crate) async fn ready(State(app): State<App>, Sender(principal): Sender) -> Response {
    let Some(trouble) = app.readiness().trouble() else {
        return "ready\n".into_response();
    };
    let text = match authorize(&principal, Action::Read) {
        Ok(()) => trouble.to_string(),
        Err(_) => trouble.without_details(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, text + "\n").into_response()
}

use super::peer_user::PeerUser;
use super::routes::Sender;
use crate::app::App;
use accounts::{Action, authorize};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// `GET /healthz`: the process is alive and answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the store takes messages and the host is sampled; 503 with the reason otherwise. What the database says
/// is only for those who may read, and while login is off not for programs of services.
pub(crate) async fn ready(
    State(app): State<App>,
    Sender(principal): Sender,
    user: Option<Extension<PeerUser>>,
) -> Response {
    let Some(trouble) = app.readiness().trouble() else {
        return "ready\n".into_response();
    };
    let is_login_off = !app.accounts().policy().is_required();
    let is_service = is_login_off && user.is_some_and(|user| user.objection().is_some());
    let text = match authorize(&principal, Action::Read) {
        Ok(()) if !is_service => trouble.to_string(),
        _ => trouble.without_details(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, text + "\n").into_response()
}

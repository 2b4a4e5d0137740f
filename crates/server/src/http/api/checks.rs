use crate::app::App;
use axum::Json;
use axum::extract::State;
use protocol::checks::CheckList;

/// The checks of the configuration, with their newest results
#[utoipa::path(
    get,
    path = "/api/v1/checks",
    responses((status = 200, description = "In the order of the configuration", body = CheckList))
)]
pub(super) async fn checks(State(app): State<App>) -> Json<CheckList> {
    Json(app.checks().list())
}

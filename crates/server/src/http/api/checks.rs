use crate::app::App;
use crate::http::routes::Sender;
use accounts::{Action, authorize};
use axum::Json;
use axum::extract::State;
use protocol::checks::CheckList;

/// The checks of the configuration, with their newest results
///
/// Without signing in, where the dashboard is public, `url` is empty, and `error` is absent.
#[utoipa::path(
    get,
    path = "/api/v1/checks",
    responses((status = 200, description = "In the order of the configuration", body = CheckList))
)]
pub(super) async fn checks(State(app): State<App>, Sender(principal): Sender) -> Json<CheckList> {
    let mut list = app.checks().list();
    if authorize(&principal, Action::Read).is_err() {
        for check in &mut list.checks {
            // They tell how the network behind the server is built.
            check.url.clear();
            check.error = None;
        }
    }
    Json(list)
}

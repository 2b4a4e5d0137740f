use super::answer::{AccountErrors, private};
use super::body::Body;
use super::finished;
use crate::accounts::AccountError;
use crate::app::App;
use crate::http::routes::Sender;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::account::{CreatedToken, NewToken, TokenList};

/// API tokens: one's own, and for admins all
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    responses((status = 200, description = "The newest first", body = TokenList), AccountErrors)
)]
pub(super) async fn tokens(State(app): State<App>, Sender(principal): Sender) -> Response {
    let tokens = app.accounts().tokens(&principal);
    private(Json(TokenList { tokens }).into_response())
}

/// Create an API token
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    request_body = NewToken,
    responses((status = 201, description = "The token, shown this once", body = CreatedToken), AccountErrors)
)]
pub(super) async fn create_token(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(new): Body<NewToken>,
) -> Result<Response, AccountError> {
    let accounts = app.accounts().clone();
    let created = finished(async move { accounts.create_token(&principal, new).await }).await?;
    Ok(private(
        (StatusCode::CREATED, Json(created)).into_response(),
    ))
}

/// Revoke an API token
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    params(("id" = i64, Path, description = "As in the list")),
    responses((status = 204, description = "It is revoked"), AccountErrors)
)]
pub(super) async fn revoke_token(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
) -> Result<StatusCode, AccountError> {
    let id = id.parse().map_err(|_| AccountError::Unknown("token"))?;
    let accounts = app.accounts().clone();
    finished(async move { accounts.revoke_token(&principal, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

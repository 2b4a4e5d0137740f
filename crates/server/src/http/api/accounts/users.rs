use super::answer::{AccountErrors, private};
use super::body::Body;
use super::finished;
use crate::accounts::{AccountError, Actor};
use crate::app::App;
use crate::http::routes::Sender;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::account::{NewUser, UserChange, UserInfo, UserList};

/// All users
#[utoipa::path(
    get,
    path = "/api/v1/users",
    responses((status = 200, description = "By name", body = UserList), AccountErrors)
)]
pub(super) async fn users(State(app): State<App>) -> Response {
    let users = app.accounts().users();
    private(Json(UserList { users }).into_response())
}

/// Create a user; the first one takes the command line or the setup link
#[utoipa::path(
    post,
    path = "/api/v1/users",
    request_body = NewUser,
    responses((status = 201, description = "It is created", body = UserInfo), AccountErrors)
)]
pub(super) async fn create_user(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(new): Body<NewUser>,
) -> Result<Response, AccountError> {
    let accounts = app.accounts().clone();
    let work = async move {
        let actor = Actor::Sender(&principal);
        accounts.create_user(actor, new).await
    };
    let created = finished(work).await?;
    Ok(private(
        (StatusCode::CREATED, Json(created)).into_response(),
    ))
}

/// Change a user's role, password, or whether it needs one-time codes
#[utoipa::path(
    patch,
    path = "/api/v1/users/{name}",
    request_body = UserChange,
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is changed", body = UserInfo), AccountErrors)
)]
pub(super) async fn change_user(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(name): Path<String>,
    Body(change): Body<UserChange>,
) -> Result<Response, AccountError> {
    let accounts = app.accounts().clone();
    let work = async move {
        let actor = Actor::Sender(&principal);
        accounts.change_user(actor, &name, change).await
    };
    let changed = finished(work).await?;
    Ok(private(Json(changed).into_response()))
}

/// Remove a user, with its sessions and tokens
#[utoipa::path(
    delete,
    path = "/api/v1/users/{name}",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is removed"), AccountErrors)
)]
pub(super) async fn remove_user(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(name): Path<String>,
) -> Result<StatusCode, AccountError> {
    let accounts = app.accounts().clone();
    let work = async move {
        let actor = Actor::Sender(&principal);
        accounts.remove_user(actor, &name).await
    };
    finished(work).await?;
    Ok(StatusCode::NO_CONTENT)
}

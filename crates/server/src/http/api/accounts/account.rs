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
use protocol::account::{
    AccountInfo, PasswordChange, PasswordConfirmation, RecoveryCodes, SessionList,
    TotpConfirmation, TotpSecret, UserPreferences,
};

/// Who sends the request, and whether a login is required
#[utoipa::path(
    get,
    path = "/api/v1/account",
    responses((status = 200, description = "The user, if there is one", body = AccountInfo), AccountErrors)
)]
pub(super) async fn account(State(app): State<App>, Sender(principal): Sender) -> Response {
    let user = principal.user();
    let info = AccountInfo {
        login_required: app.accounts().policy().is_required(),
        user: user.and_then(|id| app.accounts().user_info(id)),
    };
    private(Json(info).into_response())
}

/// Replace one's own password; all other sessions end
#[utoipa::path(
    post,
    path = "/api/v1/account/password",
    request_body = PasswordChange,
    responses((status = 204, description = "The password is replaced"), AccountErrors)
)]
pub(super) async fn change_password(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(change): Body<PasswordChange>,
) -> Result<StatusCode, AccountError> {
    let accounts = app.accounts().clone();
    finished(async move { accounts.change_password(&principal, change).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a new secret for one's authenticator; it counts once a code is confirmed
#[utoipa::path(
    post,
    path = "/api/v1/account/totp",
    responses((status = 200, description = "The secret", body = TotpSecret), AccountErrors)
)]
pub(super) async fn new_totp(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<Response, AccountError> {
    let accounts = app.accounts().clone();
    let secret = finished(async move { accounts.new_totp(&principal).await }).await?;
    Ok(private(Json(secret).into_response()))
}

/// Confirm the new secret with its first code
#[utoipa::path(
    post,
    path = "/api/v1/account/totp/confirm",
    request_body = TotpConfirmation,
    responses(
        (status = 200, description = "It counts from now on; recovery codes, shown this once", body = RecoveryCodes),
        AccountErrors,
    )
)]
pub(super) async fn confirm_totp(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(confirmation): Body<TotpConfirmation>,
) -> Result<Response, AccountError> {
    let code = confirmation.code;
    let accounts = app.accounts().clone();
    let codes = finished(async move { accounts.confirm_totp(&principal, &code).await }).await?;
    Ok(private(Json(codes).into_response()))
}

/// Remove one's authenticator
#[utoipa::path(
    post,
    path = "/api/v1/account/totp/remove",
    request_body = PasswordConfirmation,
    responses((status = 204, description = "Codes are no longer asked for"), AccountErrors)
)]
pub(super) async fn remove_totp(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(confirmation): Body<PasswordConfirmation>,
) -> Result<StatusCode, AccountError> {
    let password = confirmation.password;
    let accounts = app.accounts().clone();
    finished(async move { accounts.remove_totp(&principal, password).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own sessions
#[utoipa::path(
    get,
    path = "/api/v1/account/sessions",
    responses((status = 200, description = "The last used first", body = SessionList), AccountErrors)
)]
pub(super) async fn sessions(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<Response, AccountError> {
    let sessions = app.accounts().own_sessions(&principal)?;
    Ok(private(Json(SessionList { sessions }).into_response()))
}

/// End all sessions of oneself but that of the request
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions",
    responses((status = 204, description = "They have ended"), AccountErrors)
)]
pub(super) async fn end_other_sessions(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<StatusCode, AccountError> {
    let accounts = app.accounts().clone();
    finished(async move { accounts.end_other_sessions(&principal).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a session of oneself
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions/{id}",
    params(("id" = i64, Path, description = "As in the list")),
    responses((status = 204, description = "It has ended"), AccountErrors)
)]
pub(super) async fn end_session(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
) -> Result<StatusCode, AccountError> {
    let id = id.parse().map_err(|_| AccountError::Unknown("session"))?;
    let accounts = app.accounts().clone();
    finished(async move { accounts.end_session(&principal, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the user has set up for itself
#[utoipa::path(
    get,
    path = "/api/v1/account/preferences",
    responses((status = 200, description = "The preferences", body = UserPreferences), AccountErrors)
)]
pub(super) async fn preferences(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<Response, AccountError> {
    let preferences = app.accounts().preferences(&principal)?;
    Ok(private(Json(preferences).into_response()))
}

/// Replace what the user has set up for itself
#[utoipa::path(
    put,
    path = "/api/v1/account/preferences",
    request_body = UserPreferences,
    responses((status = 204, description = "They are stored"), AccountErrors)
)]
pub(super) async fn set_preferences(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(preferences): Body<UserPreferences>,
) -> Result<StatusCode, AccountError> {
    let accounts = app.accounts().clone();
    finished(async move { accounts.set_preferences(&principal, &preferences).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

use super::answer::{AccountErrors, private};
use super::body::Body;
use super::{cookie, finished, user_agent};
use crate::accounts::{AccountError, SignedIn, Visitor};
use crate::app::App;
use crate::http::RequestOrigin;
use crate::http::routes::Sender;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::account::{AccessToken, AccountInfo, SetUp, SignIn, SignInResponse, Ticket};

/// Sign in with a name, a password, and a code if the user has one-time codes
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    request_body = SignIn,
    responses(
        (status = 200, description = "The session is in the cookie, or a code is missing", body = SignInResponse),
        AccountErrors,
    )
)]
pub(super) async fn sign_in(
    State(app): State<App>,
    from: RequestOrigin,
    headers: HeaderMap,
    Body(request): Body<SignIn>,
) -> Result<Response, AccountError> {
    let visitor = visitor(&from, &headers);
    let accounts = app.accounts().clone();
    let signed_in = finished(async move { accounts.sign_in(request, &visitor).await }).await?;
    Ok(answer(&app, signed_in, from.is_secure))
}

/// Create the first user with the key of the setup link
#[utoipa::path(
    post,
    path = "/api/v1/auth/setup",
    request_body = SetUp,
    responses(
        (status = 200, description = "The user is created, and its session is in the cookie", body = SignInResponse),
        AccountErrors,
    )
)]
pub(super) async fn set_up(
    State(app): State<App>,
    from: RequestOrigin,
    headers: HeaderMap,
    Body(request): Body<SetUp>,
) -> Result<Response, AccountError> {
    let visitor = visitor(&from, &headers);
    let accounts = app.accounts().clone();
    let signed_in = finished(async move { accounts.set_up(request, &visitor).await }).await?;
    Ok(answer(&app, signed_in, from.is_secure))
}

/// End the session of the request
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    responses((status = 204, description = "The session has ended"), AccountErrors)
)]
pub(super) async fn sign_out(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<Response, AccountError> {
    if let Some(session) = principal.session() {
        let accounts = app.accounts().clone();
        finished(async move { accounts.end_session(&principal, session).await }).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookie::forget(response.headers_mut(), app.accounts().cookie_name());
    Ok(private(response))
}

/// Get a JSON Web Token for a name and a password, for programs
#[utoipa::path(
    post,
    path = "/api/v1/auth/token",
    request_body = SignIn,
    responses(
        (status = 200, description = "A token for 15 minutes", body = AccessToken),
        AccountErrors,
    )
)]
pub(super) async fn access_token(
    State(app): State<App>,
    from: RequestOrigin,
    headers: HeaderMap,
    Body(request): Body<SignIn>,
) -> Result<Response, AccountError> {
    let visitor = visitor(&from, &headers);
    let accounts = app.accounts().clone();
    let token = finished(async move { accounts.access_token(request, &visitor).await }).await?;
    Ok(private(Json(token).into_response()))
}

/// Get a ticket that opens one WebSocket, for browsers of other sites
#[utoipa::path(
    post,
    path = "/api/v1/auth/ticket",
    responses(
        (status = 200, description = "A ticket for 30 seconds", body = Ticket),
        AccountErrors,
    )
)]
pub(super) async fn ticket(State(app): State<App>, Sender(principal): Sender) -> Response {
    let ticket = app.accounts().ticket(principal);
    let ticket = Ticket {
        ticket: ticket.expose().to_owned(),
        expires_in_s: crate::accounts::TICKET_VALID_FOR.as_secs(),
    };
    private(Json(ticket).into_response())
}

fn visitor(from: &RequestOrigin, headers: &HeaderMap) -> Visitor {
    Visitor {
        address: from.address,
        user_agent: user_agent(headers),
    }
}

fn answer(app: &App, signed_in: SignedIn, is_secure: bool) -> Response {
    let SignedIn::Session(secret, user) = signed_in else {
        return private(Json(SignInResponse::CodeRequired).into_response());
    };
    let info = AccountInfo {
        login_required: true,
        user: app.accounts().user_info(user),
    };
    let mut response = Json(SignInResponse::SignedIn(info)).into_response();
    let name = app.accounts().cookie_name();
    // The one of the other scheme would only be in the way.
    let cookies = [
        cookie::set(name, secret.expose(), is_secure),
        cookie::remove(name, !is_secure),
    ];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    private(response)
}

use crate::accounts::AccountError;
use crate::http::routes::refuse;
use crate::metrics::RejectedRequest;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::api::ErrorResponse;
use utoipa::IntoResponses;

/// The error responses of requests about accounts, alerts, rooms and boards.
#[derive(IntoResponses)]
#[expect(
    dead_code,
    reason = "it describes what `AccountError`, `RoomError` and `BoardError` answer with"
)]
pub(in crate::http::api) enum AccountErrors {
    /// The body is no JSON of the right form, or the request has two credentials.
    #[response(status = 400)]
    Malformed(ErrorResponse),
    /// There is no valid credential, or the name, the password or the code is wrong.
    #[response(status = 401)]
    NotSignedIn(ErrorResponse),
    /// The role or the scopes do not allow it, or the sender may not change this.
    #[response(status = 403)]
    Forbidden(ErrorResponse),
    /// There is nothing of this name, or the sender may not see it; or this server stores nothing.
    #[response(status = 404)]
    Unknown(ErrorResponse),
    /// Another method is answered here.
    #[response(status = 405)]
    Method(ErrorResponse),
    /// It does not go together with what there is: a name is taken, or there are too many.
    #[response(status = 409)]
    Conflict(ErrorResponse),
    /// The body has more than 16 KiB, or with the text of a message 64 KiB, or with a board 512 KiB.
    #[response(status = 413)]
    TooLarge(ErrorResponse),
    /// The body is not `application/json`.
    #[response(status = 415)]
    MediaType(ErrorResponse),
    /// A value is not accepted.
    #[response(status = 422)]
    Invalid(ErrorResponse),
    /// Too many sign-ins have failed, or the sender has written too much; `Retry-After` says when the next one is accepted.
    #[response(status = 429)]
    TooSoon(ErrorResponse),
    /// The request's line and headers are too long to be read.
    #[response(status = 431)]
    TooLong,
    /// The store or the server is busy; send it again.
    #[response(status = 503)]
    Unavailable(ErrorResponse),
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = match &self {
            Self::Denied(denied) => return refuse(*denied, None),
            Self::WrongPassword
            | Self::WrongCode
            | Self::WrongSetupKey
            | Self::InvalidCredential(_) => (StatusCode::UNAUTHORIZED, None),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, None),
            Self::NoAccounts | Self::NoAlerts | Self::Unknown(_) => (StatusCode::NOT_FOUND, None),
            Self::Conflict(_) => (StatusCode::CONFLICT, None),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
            Self::TooSoon(wait) => (StatusCode::TOO_MANY_REQUESTS, Some(wait.as_secs() + 1)),
            Self::Busy | Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        };
        let error = self.to_string();
        let mut response = (status, Json(ErrorResponse { error })).into_response();
        if let Self::TooSoon(_) = self {
            response.extensions_mut().insert(RejectedRequest::SignIns);
        }
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A response that no cache may have.
pub(in crate::http::api) fn private(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

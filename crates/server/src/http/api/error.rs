use crate::app::App;
use crate::reading::Archive;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use history::query::QueryError;
use protocol::api::ErrorResponse;
use std::future::Future;
use store::StoreError;
use utoipa::IntoResponses;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    #[error("{0}")]
    Request(String),
    #[error("cannot {0}")]
    Query(QueryError),
    #[error("cannot {0}")]
    NoSeries(QueryError),
    #[error("cannot {0}")]
    Store(#[from] StoreError),
    #[error("this server writes nothing down, so it has no past")]
    NoStore,
    #[error(
        "there is no such set of series; one is removed with the last message that refers to it"
    )]
    NoSet,
    #[error("too many others ask at the same time; ask again in a moment")]
    Busy,
    #[error("this client has yet to receive its earlier responses; ask again once it has")]
    Unread,
    #[error(
        "the newest samples are still read from the journal after the start; ask again in a moment"
    )]
    Starting,
}

/// The error responses of every request.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it describes what `ApiError` answers with")]
pub(super) enum ErrorResponses {
    /// A parameter is missing, unknown, or has a value that is not accepted; or values do not go
    /// together.
    #[response(status = 400)]
    Request(ErrorResponse),
    /// Login is required, and the request has no valid credential.
    #[response(status = 401)]
    NotSignedIn(ErrorResponse),
    /// The scopes of the token do not allow it, or a page of another site sent it.
    #[response(status = 403)]
    Forbidden(ErrorResponse),
    /// This server keeps nothing, or no series is selected; also by a text that is no selector. Or there is no such set.
    #[response(status = 404)]
    Missing(ErrorResponse),
    /// Only GET and HEAD are answered.
    #[response(status = 405)]
    Method(ErrorResponse),
    /// Responses that this client has yet to receive take too much memory.
    #[response(status = 429)]
    Unread(ErrorResponse),
    /// The request's line and headers are too long to be read.
    #[response(status = 431)]
    TooLong,
    /// The store does not answer, the newest samples are still read after a start, or too many others ask at the same time.
    #[response(status = 503)]
    Unavailable(ErrorResponse),
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Store(error) => Self::Store(error),
            error @ (QueryError::UnknownSeries(_) | QueryError::Selector(..)) => {
                Self::NoSeries(error)
            }
            error => Self::Query(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Request(_) | Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::NoStore | Self::NoSeries(_) | Self::NoSet => StatusCode::NOT_FOUND,
            Self::Unread => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) | Self::Busy | Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
        };
        let error = self.to_string();
        let mut response = (status, Json(ErrorResponse { error })).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}

/// Runs the work of a request on the background thread.
pub(super) async fn in_background<T: Send + 'static>(
    archive: &Archive,
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    archive
        .in_background(work)
        .await
        .unwrap_or(Err(ApiError::Busy))
}

/// Waits until series have everything that is stored, so that a response without a sample means that there is none.
pub(super) async fn completed(archive: &Archive) -> Result<(), ApiError> {
    match archive.completed().await {
        true => Ok(()),
        false => Err(ApiError::Starting),
    }
}

/// History, if there is a store.
pub(super) fn archive(app: &App) -> Result<&Archive, ApiError> {
    app.archive().ok_or(ApiError::NoStore)
}

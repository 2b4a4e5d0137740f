use crate::app::App;
use crate::past::Archive;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use history::StoreError;
use history::query::QueryError;
use serde::Serialize;
use std::future::Future;
use utoipa::ToSchema;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Request(String),
    #[error("cannot {0}")]
    Query(QueryError),
    #[error("cannot {0}")]
    Store(#[from] StoreError),
    #[error("this server writes nothing down, so it has no past")]
    NoStore,
    #[error("too many others ask at the same time; ask again in a moment")]
    Busy,
}

/// The answer to a request that has none.
#[derive(Serialize, ToSchema)]
pub(super) struct Refused {
    /// What was wrong, as a sentence.
    error: String,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Store(error) => Self::Store(error),
            error => Self::Query(error),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Request(_) | Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::NoStore => StatusCode::NOT_FOUND,
            Self::Store(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        let error = self.to_string();
        (status, Json(Refused { error })).into_response()
    }
}

/// Answers a question where it is in nobody's way.
pub(super) async fn aside<T: Send + 'static>(
    archive: &Archive,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    archive.aside(work).await.unwrap_or(Err(Failure::Busy))
}

/// The past, if there is one.
pub(super) fn archive(app: &App) -> Result<&Archive, Failure> {
    app.archive().ok_or(Failure::NoStore)
}

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::api::ErrorResponse;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

/// The largest body, unless a route accepts more.
const BODY_BYTES_MAX: usize = 16 << 10;

/// The longest that a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// The JSON body of a request. No error repeats what is in it, since that may be a password.
pub(in crate::http::api) struct Body<T, const BYTES_MAX: usize = BODY_BYTES_MAX>(
    pub(in crate::http::api) T,
);

impl<T: DeserializeOwned, S: Sync, const BYTES_MAX: usize> FromRequest<S> for Body<T, BYTES_MAX> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let text = body_text(request, BYTES_MAX).await?;
        let mut json = serde_json::Deserializer::from_str(&text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            match path.as_str() {
                "." => "the body is no JSON object, or a member is missing".to_owned(),
                path => format!("the member `{path}` of the body is not what is accepted"),
            }
        });
        let value = value.map_err(|why| error(StatusCode::BAD_REQUEST, &why))?;
        match json.end() {
            Ok(()) => Ok(Self(value)),
            Err(_) => Err(error(
                StatusCode::BAD_REQUEST,
                "there is more after the body's JSON",
            )),
        }
    }
}

/// The text of a body, which has to be declared as JSON.
pub(in crate::http::api) async fn body_text(
    request: Request,
    bytes_max: usize,
) -> Result<String, Response> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let why = "send the body as `Content-Type: application/json`";
        return Err(error(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let bytes = timeout(BODY_TIME_MAX, to_bytes(request.into_body(), bytes_max)).await;
    let bytes = match bytes {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let kib = bytes_max >> 10;
            let why = format!("the body has more than {kib} KiB, or ends too early");
            return Err(error(StatusCode::PAYLOAD_TOO_LARGE, &why));
        }
        Err(_) => {
            let why = "the body took more than 10 s to arrive";
            return Err(error(StatusCode::REQUEST_TIMEOUT, why));
        }
    };
    // Members that are ignored count as well (RFC 8259, 8.1).
    String::from_utf8(bytes.into())
        .map_err(|_| error(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
}

fn error(status: StatusCode, why: &str) -> Response {
    let error = why.to_owned();
    (status, Json(ErrorResponse { error })).into_response()
}

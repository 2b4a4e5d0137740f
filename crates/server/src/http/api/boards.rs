//! Boards, and changes to them.

use super::accounts::{AccountErrors, body_text, finished, private};
use super::parameters::{Parameters, Text, Value, YesOrNo};
use crate::app::App;
use crate::boards::{BoardError, Boards, Caller};
use crate::http::routes::{Routes, Sender, refuse};
use crate::shares::Holder;
use accounts::Action;
use axum::Json;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::api::ErrorResponse;
use protocol::boards::{
    BoardDocument, BoardEdit, BoardEdited, BoardList, BoardSharing, BoardVersions, NewBoard,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::net::SocketAddr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, with the action of each.
pub(super) fn routes(described: &mut OpenApiRouter<App>) -> Routes {
    use Action::{EditBoards, ReadBoards};
    Routes::new()
        .described(described, ReadBoards, routes!(boards))
        .described(described, EditBoards, routes!(create_board))
        .described(described, ReadBoards, routes!(board))
        .described(described, EditBoards, routes!(delete_board))
        .described(described, EditBoards, routes!(edit_board))
        .described(described, EditBoards, routes!(share_board))
        .described(described, EditBoards, routes!(restore_board))
        .described(described, ReadBoards, routes!(board_versions))
        .described(described, ReadBoards, routes!(board_version))
}

/// The largest body with a board: 256 KiB as the server writes it, and as much for spaces and escapes.
const BOARD_BODY_BYTES_MAX: usize = 512 << 10;

/// Who sends a request.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SenderParameters {
    /// While login is off: the name of the sender; `Guest` by default
    #[param(inline)]
    name: Option<Text>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteParameters {
    /// While login is off: the name of the sender; `Guest` by default
    #[param(inline)]
    name: Option<Text>,
    /// Whether a board of the trash is deleted with all its versions; otherwise it is put into the trash
    #[param(inline)]
    for_good: Option<Value<YesOrNo>>,
}

impl IntoResponse for BoardError {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = match &self {
            Self::Denied(denied) => return refuse(*denied, None),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, None),
            Self::NoBoards | Self::NoBoard | Self::NoVersion => (StatusCode::NOT_FOUND, None),
            Self::Conflict(_) => (StatusCode::CONFLICT, None),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
            Self::TooFast(wait) => (StatusCode::TOO_MANY_REQUESTS, Some(wait.as_secs() + 1)),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        };
        let error = self.to_string();
        let mut response = (status, Json(ErrorResponse { error })).into_response();
        if let Some(seconds) = retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The boards, and the sender of a request.
pub(super) struct Asked {
    boards: Boards,
    caller: Caller,
}

impl Asked {
    async fn new(parts: &mut Parts, app: &App, name: Option<&str>) -> Result<Self, Response> {
        let Sender(principal) = Sender::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let ConnectInfo(client) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|error| {
                tracing::error!(%error, "A request has no sender.");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            })?;
        let boards = app.boards().ok_or(BoardError::NoBoards);
        let boards = boards.map_err(BoardError::into_response)?.clone();
        let caller = Caller::new(boards.accounts(), principal, client.ip(), name);
        let caller = caller.map_err(BoardError::into_response)?;
        Ok(Self { boards, caller })
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Parameters(SenderParameters { name }) = Parameters::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        Self::new(parts, app, name.as_ref().map(|it| it.0.as_str())).await
    }
}

/// A JSON body about a board. People write such documents: an error says where it is, and what is wrong.
pub(super) struct BoardBody<T>(T);

impl<T: DeserializeOwned> FromRequest<App> for BoardBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let refused = |status: StatusCode, error: String| {
            (status, Json(ErrorResponse { error })).into_response()
        };
        let holder = Holder::of_user(request.extensions());
        let Ok(_permit) = app.ingest_bodies().try_acquire(holder, 1) else {
            let why = "too many requests are arriving; send it again later";
            return Err(refused(StatusCode::SERVICE_UNAVAILABLE, why.to_owned()));
        };
        let text = body_text(request, BOARD_BODY_BYTES_MAX).await?;
        let mut json = serde_json::Deserializer::from_str(&text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.inner();
            match inner.classify() {
                Category::Data if path == "." => {
                    refused(StatusCode::UNPROCESSABLE_ENTITY, inner.to_string())
                }
                Category::Data => {
                    let why = format!("`{path}`: {inner}");
                    refused(StatusCode::UNPROCESSABLE_ENTITY, why)
                }
                Category::Syntax | Category::Eof | Category::Io => {
                    let why = format!("the body is no JSON: {inner}");
                    refused(StatusCode::BAD_REQUEST, why)
                }
            }
        })?;
        match json.end() {
            Ok(()) => Ok(Self(value)),
            Err(_) => {
                let why = "there is more after the body's JSON".to_owned();
                Err(refused(StatusCode::BAD_REQUEST, why))
            }
        }
    }
}

/// The boards that the sender may read
#[utoipa::path(
    get,
    path = "/api/v1/boards",
    params(SenderParameters),
    responses(
        (status = 200, description = "By title, those in the trash last", body = BoardList),
        AccountErrors,
    )
)]
pub(super) async fn boards(Asked { boards, caller }: Asked) -> Response {
    private(Json(boards.list(&caller)).into_response())
}

/// Create a board, or import one
///
/// Sent again with the same `id`, no second board is created.
#[utoipa::path(
    post,
    path = "/api/v1/boards",
    params(SenderParameters),
    request_body = NewBoard,
    responses(
        (status = 200, description = "The board, which had been created before", body = BoardDocument),
        (status = 201, description = "The board", body = BoardDocument),
        AccountErrors,
    )
)]
pub(super) async fn create_board(
    Asked { boards, caller }: Asked,
    BoardBody(new): BoardBody<NewBoard>,
) -> Result<Response, BoardError> {
    let (board, is_new) = finished(async move { boards.create(caller, new).await }).await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok(private((status, Json(board)).into_response()))
}

/// A board, which is also its export
#[utoipa::path(
    get,
    path = "/api/v1/boards/{id}",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    responses((status = 200, description = "The board", body = BoardDocument), AccountErrors)
)]
pub(super) async fn board(
    Asked { boards, caller }: Asked,
    Path(id): Path<String>,
) -> Result<Response, BoardError> {
    Ok(private(
        Json(boards.document(&caller, &id)?).into_response(),
    ))
}

/// Put a board into the trash, or delete one of the trash for good
#[utoipa::path(
    delete,
    path = "/api/v1/boards/{id}",
    params(("id" = String, Path, description = "As in the list"), DeleteParameters),
    responses((status = 204, description = "It is there, or deleted"), AccountErrors)
)]
pub(super) async fn delete_board(
    State(app): State<App>,
    Path(id): Path<String>,
    Parameters(parameters): Parameters<DeleteParameters>,
    mut parts: Parts,
) -> Result<StatusCode, Response> {
    let name = parameters.name.as_ref().map(|it| it.0.as_str());
    let Asked { boards, caller } = Asked::new(&mut parts, &app, name).await?;
    let is_for_good = matches!(parameters.for_good, Some(Value(true)));
    let done = finished(async move {
        match is_for_good {
            true => boards.delete(caller, &id).await,
            false => boards.trash(caller, &id).await,
        }
    });
    done.await.map_err(BoardError::into_response)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change a board
///
/// The response comes once the change is stored. Sent again with the same `id`, it is not made again.
#[utoipa::path(
    post,
    path = "/api/v1/boards/{id}/operations",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = BoardEdit,
    responses((status = 200, description = "It is changed", body = BoardEdited), AccountErrors)
)]
pub(super) async fn edit_board(
    Asked { boards, caller }: Asked,
    Path(id): Path<String>,
    BoardBody(edit): BoardBody<BoardEdit>,
) -> Result<Response, BoardError> {
    let edited = finished(async move { boards.edit(caller, &id, edit).await }).await?;
    Ok(private(Json(edited).into_response()))
}

/// Share a board with everybody, or no more
#[utoipa::path(
    put,
    path = "/api/v1/boards/{id}/sharing",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = BoardSharing,
    responses((status = 204, description = "It is so"), AccountErrors)
)]
pub(super) async fn share_board(
    Asked { boards, caller }: Asked,
    Path(id): Path<String>,
    BoardBody(sharing): BoardBody<BoardSharing>,
) -> Result<StatusCode, BoardError> {
    finished(async move { boards.share(caller, &id, sharing).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a board out of the trash
#[utoipa::path(
    post,
    path = "/api/v1/boards/{id}/restore",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    responses((status = 204, description = "It is there again"), AccountErrors)
)]
pub(super) async fn restore_board(
    Asked { boards, caller }: Asked,
    Path(id): Path<String>,
) -> Result<StatusCode, BoardError> {
    finished(async move { boards.restore(caller, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The earlier versions of a board that are stored
#[utoipa::path(
    get,
    path = "/api/v1/boards/{id}/versions",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    responses((status = 200, description = "The newest first", body = BoardVersions), AccountErrors)
)]
pub(super) async fn board_versions(
    Asked { boards, caller }: Asked,
    Path(id): Path<String>,
) -> Result<Response, BoardError> {
    let versions = boards.versions(&caller, &id).await?;
    Ok(private(Json(versions).into_response()))
}

/// An earlier version of a board
#[utoipa::path(
    get,
    path = "/api/v1/boards/{id}/versions/{version}",
    params(
        ("id" = String, Path, description = "As in the list"),
        ("version" = u64, Path, description = "As in the list of versions"),
        SenderParameters,
    ),
    responses((status = 200, description = "As it was then", body = BoardDocument), AccountErrors)
)]
pub(super) async fn board_version(
    Asked { boards, caller }: Asked,
    Path((id, version)): Path<(String, String)>,
) -> Result<Response, BoardError> {
    // The board comes first, so that nobody learns of one.
    let number = version.parse().unwrap_or(u64::MAX);
    let version = boards.version(&caller, &id, number).await?;
    Ok(private(Json(version).into_response()))
}

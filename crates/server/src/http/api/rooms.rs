//! Rooms, and what is said in them.

use super::accounts::{AccountErrors, Body, finished, private};
use super::parameters::{Number, Parameters, Text, Value};
use crate::app::App;
use crate::http::routes::{Routes, Sender, refuse};
use crate::rooms::{Caller, RoomError, Rooms, WantedPage};
use accounts::{Action, Principal};
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::api::ErrorResponse;
use protocol::rooms::{
    CreatedRoom, MessageChange, NewMember, NewMessage, NewRoom, PeopleList, ReadUpTo, RoomChange,
    RoomList, RoomMute, RoomPage, Said,
};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, with the action of each.
pub(super) fn routes(described: &mut OpenApiRouter<App>) -> Routes {
    use Action::{Read, Say};
    Routes::new()
        .described(described, Read, routes!(rooms))
        .described(described, Say, routes!(create_room))
        .described(described, Say, routes!(change_room))
        .described(described, Read, routes!(messages))
        .described(described, Say, routes!(say))
        .described(described, Say, routes!(edit, delete))
        .described(described, Say, routes!(add_member))
        .described(described, Say, routes!(remove_member))
        .described(described, Say, routes!(read_up_to))
        .described(described, Say, routes!(mute))
        .described(described, Read, routes!(people))
}

/// The largest body with a text: 4,000 characters with every one escaped.
const TEXT_BODY_BYTES_MAX: usize = 64 << 10;

/// Who sends a request.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SenderParameters {
    /// While login is off: the name of the sender
    #[param(inline)]
    name: Option<Text>,
}

type Before = Value<Number<0, { u64::MAX }>>;
type UnixMs = Value<Number<0, { i64::MAX as u64 }>>;
type Limit = Value<Number<1, 200>>;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParameters {
    /// Only messages before this position
    #[param(inline)]
    before: Option<Before>,
    /// Only messages up to this time, in milliseconds since the Unix epoch
    #[param(inline)]
    until_ms: Option<UnixMs>,
    /// How many: at most 200; 50 by default
    #[param(inline)]
    limit: Option<Limit>,
}

impl IntoResponse for RoomError {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = match &self {
            Self::Denied(denied) => return refuse(*denied, None),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, None),
            Self::NoRooms | Self::NoRoom | Self::NoMessage | Self::NoMember => {
                (StatusCode::NOT_FOUND, None)
            }
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

fn service(app: &App) -> Result<&Rooms, RoomError> {
    app.rooms().ok_or(RoomError::NoRooms)
}

/// The rooms, and the sender of a request, who has to have a name.
pub(super) struct Asked {
    rooms: Rooms,
    caller: Caller,
}

impl FromRequestParts<App> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let (principal, client, name) = sender(parts, app).await?;
        let rooms = service(app).map_err(RoomError::into_response)?;
        let caller = rooms.caller(principal, client, name.as_deref());
        let caller = caller.and_then(|caller| {
            caller.ok_or_else(|| {
                RoomError::Invalid("say who you are with `?name=`, since login is off".into())
            })
        });
        Ok(Self {
            rooms: rooms.clone(),
            caller: caller.map_err(RoomError::into_response)?,
        })
    }
}

/// Who sends a request, from where, and with which name.
async fn sender(
    parts: &mut Parts,
    app: &App,
) -> Result<(Principal, IpAddr, Option<String>), Response> {
    let refused = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "A request has no sender.");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    };
    let Sender(principal) = Sender::from_request_parts(parts, app)
        .await
        .map_err(IntoResponse::into_response)?;
    let Parameters(SenderParameters { name }) = Parameters::from_request_parts(parts, app)
        .await
        .map_err(IntoResponse::into_response)?;
    let ConnectInfo(client) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
        .await
        .map_err(|error| refused(&error))?;
    Ok((principal, client.ip(), name.map(|name| name.0)))
}

fn created(is_new: bool) -> StatusCode {
    match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    }
}

/// The rooms that the sender may read
#[utoipa::path(
    get,
    path = "/api/v1/rooms",
    params(SenderParameters),
    responses(
        (status = 200, description = "The one that something was said in last comes first", body = RoomList),
        AccountErrors,
    )
)]
pub(super) async fn rooms(State(app): State<App>, mut parts: Parts) -> Result<Response, Response> {
    let (principal, client, name) = sender(&mut parts, &app).await?;
    let list = service(&app).and_then(|rooms| {
        let caller = rooms.caller(principal.clone(), client, name.as_deref())?;
        Ok(rooms.list(&principal, caller.as_ref()))
    });
    Ok(private(list.map(Json).into_response()))
}

/// Create a room
#[utoipa::path(
    post,
    path = "/api/v1/rooms",
    params(SenderParameters),
    request_body = NewRoom,
    responses(
        (status = 200, description = "The direct conversation of these people, which exists", body = CreatedRoom),
        (status = 201, description = "The room", body = CreatedRoom),
        AccountErrors,
    )
)]
pub(super) async fn create_room(
    Asked { rooms, caller }: Asked,
    Body(new): Body<NewRoom>,
) -> Result<Response, RoomError> {
    let (room, is_new) = finished(async move { rooms.create(caller, new).await }).await?;
    Ok(private((created(is_new), Json(room)).into_response()))
}

/// Rename a room, archive it, or open it again
#[utoipa::path(
    patch,
    path = "/api/v1/rooms/{id}",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = RoomChange,
    responses((status = 204, description = "It is changed"), AccountErrors)
)]
pub(super) async fn change_room(
    Asked { rooms, caller }: Asked,
    Path(id): Path<String>,
    Body(change): Body<RoomChange>,
) -> Result<StatusCode, RoomError> {
    finished(async move { rooms.change(caller, &id, change).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What happened in a room: the newest, or those before a position or a time
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{id}/messages",
    params(("id" = String, Path, description = "As in the list"), PageParameters),
    responses((status = 200, description = "In the order of the log", body = RoomPage), AccountErrors)
)]
pub(super) async fn messages(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Response, RoomError> {
    let wanted = WantedPage {
        before: parameters.before.map(|it| it.0),
        until_ms: parameters
            .until_ms
            .map(|it| i64::try_from(it.0).unwrap_or(i64::MAX)),
        limit: parameters.limit.map(|it| it.0),
    };
    let page = service(&app)?.page(&principal, &id, wanted).await?;
    Ok(private(Json(page).into_response()))
}

/// Say something
///
/// The response comes once it is stored. Sent again with the same `id`, it is not said again.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/messages",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = NewMessage,
    responses(
        (status = 200, description = "It had been said before", body = Said),
        (status = 201, description = "It is said", body = Said),
        AccountErrors,
    )
)]
pub(super) async fn say(
    Asked { rooms, caller }: Asked,
    Path(id): Path<String>,
    Body(new): Body<NewMessage, TEXT_BODY_BYTES_MAX>,
) -> Result<Response, RoomError> {
    let (said, is_new) = finished(async move { rooms.say(caller, &id, new).await }).await?;
    Ok(private((created(is_new), Json(said)).into_response()))
}

/// Replace the text of what the sender said
#[utoipa::path(
    patch,
    path = "/api/v1/rooms/{id}/messages/{seq}",
    params(
        ("id" = String, Path, description = "As in the list"),
        ("seq" = u64, Path, description = "The position of what was said"),
        SenderParameters,
    ),
    request_body = MessageChange,
    responses((status = 204, description = "It is replaced"), AccountErrors)
)]
pub(super) async fn edit(
    Asked { rooms, caller }: Asked,
    Path((id, seq)): Path<(String, String)>,
    Body(change): Body<MessageChange, TEXT_BODY_BYTES_MAX>,
) -> Result<StatusCode, RoomError> {
    let seq = position(&seq)?;
    finished(async move { rooms.edit(caller, &id, seq, change).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete what the sender said, or what others said in a room that it manages
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{id}/messages/{seq}",
    params(
        ("id" = String, Path, description = "As in the list"),
        ("seq" = u64, Path, description = "The position of what was said"),
        SenderParameters,
    ),
    responses((status = 204, description = "It is deleted"), AccountErrors)
)]
pub(super) async fn delete(
    Asked { rooms, caller }: Asked,
    Path((id, seq)): Path<(String, String)>,
) -> Result<StatusCode, RoomError> {
    let seq = position(&seq)?;
    finished(async move { rooms.delete(caller, &id, seq).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add a member to a private room
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{id}/members",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = NewMember,
    responses((status = 204, description = "It is a member"), AccountErrors)
)]
pub(super) async fn add_member(
    Asked { rooms, caller }: Asked,
    Path(id): Path<String>,
    Body(new): Body<NewMember>,
) -> Result<StatusCode, RoomError> {
    finished(async move { rooms.add_member(caller, &id, new).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a member of a private room, or leave it
#[utoipa::path(
    delete,
    path = "/api/v1/rooms/{id}/members/{name}",
    params(
        ("id" = String, Path, description = "As in the list"),
        ("name" = String, Path, description = "The name of the member; one's own to leave"),
        SenderParameters,
    ),
    responses((status = 204, description = "It is no member any more"), AccountErrors)
)]
pub(super) async fn remove_member(
    Asked { rooms, caller }: Asked,
    Path((id, name)): Path<(String, String)>,
) -> Result<StatusCode, RoomError> {
    finished(async move { rooms.remove_member(caller, &id, &name).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Record up to where the sender has read a room
#[utoipa::path(
    put,
    path = "/api/v1/rooms/{id}/read",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = ReadUpTo,
    responses((status = 204, description = "It is recorded"), AccountErrors)
)]
pub(super) async fn read_up_to(
    Asked { rooms, caller }: Asked,
    Path(id): Path<String>,
    Body(read): Body<ReadUpTo>,
) -> Result<StatusCode, RoomError> {
    rooms.read_up_to(&caller, &id, read)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mute a room, or do so no more
///
/// Of guests, their browsers store it.
#[utoipa::path(
    put,
    path = "/api/v1/rooms/{id}/muted",
    params(("id" = String, Path, description = "As in the list"), SenderParameters),
    request_body = RoomMute,
    responses((status = 204, description = "It is recorded"), AccountErrors)
)]
pub(super) async fn mute(
    Asked { rooms, caller }: Asked,
    Path(id): Path<String>,
    Body(mute): Body<RoomMute>,
) -> Result<StatusCode, RoomError> {
    finished(async move { rooms.mute(caller, &id, mute).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom one can mention and add to a room: the users, or while login is off those who are here
#[utoipa::path(
    get,
    path = "/api/v1/people",
    responses((status = 200, description = "By name", body = PeopleList), AccountErrors)
)]
pub(super) async fn people(State(app): State<App>) -> Result<Response, RoomError> {
    Ok(private(Json(service(&app)?.people()).into_response()))
}

fn position(seq: &str) -> Result<u64, RoomError> {
    seq.parse().map_err(|_| RoomError::NoMessage)
}

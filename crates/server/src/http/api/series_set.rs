use super::error::{ApiError, ErrorResponses, archive, in_background};
use super::parameters::{Parameters, Text};
use crate::app::App;
use crate::http::routes::Sender;
use crate::reading::{Archive, Reader};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use protocol::SeriesSet;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SetParameters {
    /// What messages of the stream `samples` call it in `set`
    #[param(inline)]
    id: Text,
}

/// The series that messages of the stream `samples` refer to, which never change
#[utoipa::path(
    get,
    path = "/api/v1/series-set",
    params(SetParameters),
    responses(
        (status = 200, description = "The series, in the order of the values", body = SeriesSet),
        ErrorResponses,
    )
)]
pub(super) async fn series_set(
    State(app): State<App>,
    Sender(principal): Sender,
    Parameters(parameters): Parameters<SetParameters>,
) -> Result<Response, ApiError> {
    let archive = archive(&app)?;
    let reader = Reader::of(&principal);
    in_background(archive, answer(archive.clone(), reader, parameters.id.0)).await
}

async fn answer(archive: Archive, reader: Reader, id: String) -> Result<Response, ApiError> {
    let _permit = archive.permit(reader).await.ok_or(ApiError::Busy)?;
    let row = archive.store().series_set(&id).await?;
    let set = row.and_then(|row| serde_json::from_str::<SeriesSet>(&row.series).ok());
    match set {
        Some(set) => Ok(Json(set).into_response()),
        None => Err(ApiError::NoSet),
    }
}

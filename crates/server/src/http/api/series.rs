use super::csv::{self, Lines};
use super::failure::archive;
use super::{Failure, Format, Parameters};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use history::SeriesName;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Every series there is.
#[derive(Serialize, ToSchema)]
pub(super) struct Catalogue {
    series: Vec<Series>,
}

/// One series.
#[derive(Serialize, ToSchema)]
pub(super) struct Series {
    /// What it is asked for by, such as `cpu{host="local"}`.
    pub(super) series: String,
    /// The host it is about.
    pub(super) host: String,
    /// What is measured.
    pub(super) name: String,
    /// What tells it from its siblings.
    pub(super) labels: BTreeMap<String, String>,
    /// The unit of its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
}

impl Series {
    pub(super) fn new(series: String, name: SeriesName) -> Self {
        Self {
            series,
            host: name.host,
            name: name.name,
            labels: name.labels,
            unit: name.unit,
        }
    }
}

/// Every series there is
#[utoipa::path(
    get,
    path = "/api/v1/series",
    params(("format" = Option<String>, Query, description = "`json` (default) or `csv`")),
    responses(
        (status = 200, body = Catalogue),
        (status = 400, body = super::failure::Refused),
        (status = 404, body = super::failure::Refused, description = "Nothing is written down"),
    )
)]
pub(super) async fn series(State(app): State<App>, uri: Uri) -> Result<Response, Failure> {
    let format = Parameters::of(&uri, &["format"])?.format()?;
    let catalogue = archive(&app)?.series().catalogue().into_iter();
    let mut series: Vec<_> = catalogue
        .map(|(text, name)| Series::new(text, name))
        .collect();
    series.sort_by(|a, b| a.series.cmp(&b.series));
    Ok(match format {
        Format::Json => Json(Catalogue { series }).into_response(),
        Format::Csv => {
            let mut lines = Lines::default();
            lines.add(["series", "host", "name", "unit"]);
            for it in series {
                lines.add([it.series, it.host, it.name, it.unit.unwrap_or_default()]);
            }
            csv::response("series", lines.into_bytes().into())
        }
    })
}

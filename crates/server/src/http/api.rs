//! The API for programs: `/api/v1/…`, as JSON or CSV.
//!
//! The attributes of a handler are its route and its description, and the struct that it takes says which parameters
//! there are: the router and the OpenAPI document are derived from both. Long responses are streamed in pages, and a
//! request holds a permit for the store only while it reads a page. Responses in flight are limited by a memory budget.

mod budget;
mod error;
mod parameters;

mod csv;
mod pause;

mod host_state;

mod at;
mod hosts;
mod journal;
mod query;
mod series;

mod analysis;

mod ingest;

mod document;

use crate::app::App;
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use budget::Budget;
use document::Document;
use std::future::ready;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use ingest::{BODIES_MAX, COMMITS_MAX};

/// The routes below `/api`.
pub(super) fn router() -> Router<App> {
    let (reads, described_reads) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(series::series))
        .routes(routes!(hosts::hosts))
        .routes(routes!(query::query))
        .routes(routes!(analysis::analysis))
        .routes(routes!(journal::journal))
        .routes(routes!(at::at))
        .split_for_parts();
    let (ingest, described_ingest) = OpenApiRouter::new()
        .routes(routes!(ingest::ingest))
        .split_for_parts();
    let document = described_reads.merge_from(described_ingest);
    let page = document::page(&document);
    reads
        .route(
            "/api/openapi.json",
            get(move || ready(Json(document.clone()))),
        )
        .route("/api/docs", get(move || ready(Html(page.clone()))))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(Budget::new(), budget::limit))
        // An answer about what was stored is short, and must not be lost for want of memory.
        .merge(ingest.method_not_allowed_fallback(ingest::method_not_allowed))
}

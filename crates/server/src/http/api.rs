//! The API for programs: `/api/v1/…`, as JSON or CSV.
//!
//! Every handler has a list of its parameters, from which [`Parameters`] parses them and OpenAPI describes
//! them. Long responses are streamed in pages, and a request holds a permit for the store only while it
//! reads a page. Responses in flight are limited by a memory budget.

mod budget;
mod failure;
mod parameters;

mod description;

mod csv;
mod pause;

mod moment;

mod at;
mod hosts;
mod journal;
mod query;
mod series;

mod analysis;

mod ingest;

mod document;

use crate::app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use budget::Budget;
use failure::Failure;
use parameters::{Format, Parameters};

pub(crate) use ingest::{BODIES_MAX, COMMITS_MAX};

/// The routes below `/api`.
pub(super) fn router() -> Router<App> {
    let reads = Router::new()
        .route("/api/v1/series", get(series::series))
        .route("/api/v1/hosts", get(hosts::hosts))
        .route("/api/v1/query", get(query::query))
        .route("/api/v1/analysis", get(analysis::analysis))
        .route("/api/v1/journal", get(journal::journal))
        .route("/api/v1/at", get(at::at))
        .route("/api/openapi.json", get(document::json))
        .route("/api/docs", get(document::page))
        .method_not_allowed_fallback(failure::method_not_allowed)
        .layer(from_fn_with_state(Budget::new(), budget::limit));
    // An answer about what was stored is short, and must not be lost for want of memory.
    let ingest = post(ingest::ingest).fallback(ingest::method_not_allowed);
    reads.route("/api/v1/ingest", ingest)
}

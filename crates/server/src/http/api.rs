//! The API for programs: `/api/v1/…`, as JSON or CSV.
//!
//! The attributes of a handler are its route and its description, and the struct that it takes says which parameters
//! there are: the router and the OpenAPI document are derived from both. Long responses are streamed in pages, and a
//! request holds a permit for the store only while it reads a page. Responses in flight are limited by a memory budget.

mod budget;
mod error;
mod evidence;
mod parameters;

mod csv;
mod pause;

mod host_state;

mod at;
mod hosts;
mod journal;
mod query;
mod series;
mod series_set;

mod analysis;

mod ingest;

mod checks;

mod server;
mod sources;

mod accounts;

mod alerts;

mod rooms;

mod boards;

mod document;

use super::routes::Routes;
use ::accounts::Action;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::Html;
pub(crate) use budget::Budget;
use bytes::Bytes;
use document::Document;
use std::future::ready;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::accounts::forget_session;
pub(super) use document::{SESSION, TOKEN};
pub(crate) use ingest::{BODIES_MAX, COMMITS_MAX, KEYED_COMMITS_MAX};

/// The routes below `/api`, with the action of each. `cookie_name` is the session's, `budget` the memory for responses.
pub(super) fn routes(base_path: &str, cookie_name: &str, budget: Budget) -> Routes {
    let mut described = OpenApiRouter::with_openapi(Document::openapi());
    let reads = Routes::new()
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(series::series),
        )
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(series_set::series_set),
        )
        .described(&mut described, Action::ReadDashboard, routes!(hosts::hosts))
        .described(&mut described, Action::ReadDashboard, routes!(query::query))
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(analysis::analysis),
        )
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(journal::journal),
        )
        .described(&mut described, Action::ReadDashboard, routes!(at::at))
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(evidence::evidence),
        )
        .described(
            &mut described,
            Action::ReadDashboard,
            routes!(checks::checks),
        )
        .described(&mut described, Action::ReadServer, routes!(server::server))
        .described(
            &mut described,
            Action::ReadServer,
            routes!(sources::sources),
        );
    let (router, read_document) = described.split_for_parts();
    let reads = reads.with(router);
    // A short answer must not be lost for want of memory.
    let mut described = OpenApiRouter::new();
    let writes = Routes::new()
        .described(&mut described, Action::Ingest, routes!(ingest::ingest))
        .merge(accounts::routes(&mut described))
        .merge(alerts::routes(&mut described))
        .merge(rooms::routes(&mut described))
        .merge(boards::routes(&mut described))
        .described(
            &mut described,
            Action::ManageServer,
            routes!(server::log_level, server::change_log_level),
        );
    let (router, write_document) = described.split_for_parts();
    let writes = writes.with(router);
    let mut document = read_document.merge_from(write_document);
    document::add_credentials(&mut document, cookie_name);
    // As texts: as a value the document takes more than a megabyte.
    let page = Bytes::from(document::page(&document, base_path));
    let json = serde_json::to_vec(&document::below(&document, base_path));
    let json = Bytes::from(json.expect("a description is JSON"));
    reads
        .get("/api/openapi.json", Action::ReadPublic, move || {
            ready(([(CONTENT_TYPE, "application/json")], json.clone()))
        })
        .get("/api/docs", Action::ReadPublic, move || {
            ready(Html(page.clone()))
        })
        .layered(|router| router.layer(from_fn_with_state(budget, budget::limit)))
        .merge(writes)
}

use super::parameters::Parameter;
use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use std::fmt::Write;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

/// The interface, as its handlers describe it.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Watchroom",
        description = "Stored data. Live data comes over WebSocket and Server-Sent Events; programs report theirs to /api/v1/ingest."
    ),
    components(schemas(protocol::api::Refused)),
    paths(
        super::series::series,
        super::hosts::hosts,
        super::query::query,
        super::analysis::analysis,
        super::journal::journal,
        super::at::at
    )
)]
struct Document;

/// The parameters of each path.
const PARAMETERS: [(&str, &[&Parameter]); 6] = [
    ("/api/v1/series", super::series::PARAMETERS),
    ("/api/v1/hosts", super::hosts::PARAMETERS),
    ("/api/v1/query", super::query::PARAMETERS),
    ("/api/v1/analysis", super::analysis::PARAMETERS),
    ("/api/v1/journal", super::journal::PARAMETERS),
    ("/api/v1/at", super::at::PARAMETERS),
];

fn document() -> OpenApi {
    let mut document = Document::openapi();
    for (path, parameters) in PARAMETERS {
        let item = document.paths.paths.get_mut(path);
        if let Some(get) = item.and_then(|item| item.get.as_mut()) {
            let described = parameters.iter().map(|parameter| parameter.described());
            get.parameters = Some(described.collect());
        }
    }
    document
}

/// `GET /api/openapi.json`.
pub(super) async fn json() -> Response {
    Json(document()).into_response()
}

/// `GET /api/docs`: the same for people, without scripts.
pub(super) async fn page() -> Html<String> {
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Watchroom: the interface for programs</title>\n\
         <h1>The interface for programs</h1>\n\
         <p>As a document: <a href=\"openapi.json\">openapi.json</a>.</p>\n",
    );
    let document = document();
    for (path, parameters) in PARAMETERS {
        let item = document.paths.paths.get(path);
        if let Some(get) = item.and_then(|item| item.get.as_ref()) {
            describe(&mut html, path, get, parameters);
        }
    }
    Html(html)
}

/// Writing to a string cannot fail.
fn describe(html: &mut String, path: &str, get: &Operation, parameters: &[&Parameter]) {
    let _ = writeln!(
        html,
        "<h2><code>GET {path}</code></h2>\n<p>{}.</p>",
        text(get.summary.as_deref().unwrap_or_default())
    );
    html.push_str("<table><thead><tr><th>parameter<th>required<th>accepted<th>what</tr></thead>\n");
    for parameter in parameters {
        let required = match parameter.is_required {
            true => "yes",
            false => "no",
        };
        let (name, what) = (parameter.name, text(parameter.what));
        let accepted = text(parameter.accepted().trim_end_matches(','));
        let _ = writeln!(
            html,
            "<tr><td><code>{name}</code><td>{required}<td>{accepted}<td>{what}</tr>"
        );
    }
    html.push_str("</table>\n");
}

fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

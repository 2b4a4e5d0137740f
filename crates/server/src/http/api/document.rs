use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use std::fmt::Write;
use utoipa::OpenApi;
use utoipa::openapi::Required;
use utoipa::openapi::path::Operation;

/// The interface, as its handlers describe it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Watchroom",
        description = "The past of this host. What is live comes over WebSocket and Server-Sent Events."
    ),
    paths(
        super::series::series,
        super::query::query,
        super::analysis::analysis,
        super::journal::journal,
        super::at::at
    )
)]
struct Document;

/// `GET /api/openapi.json`.
pub(super) async fn json() -> Response {
    Json(Document::openapi()).into_response()
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
    for (path, item) in &Document::openapi().paths.paths {
        if let Some(get) = &item.get {
            describe(&mut html, path, get);
        }
    }
    Html(html)
}

/// Writing to a string cannot fail.
fn describe(html: &mut String, path: &str, get: &Operation) {
    let _ = writeln!(
        html,
        "<h2><code>GET {path}</code></h2>\n<p>{}.</p>",
        text(get.summary.as_deref())
    );
    html.push_str("<table><thead><tr><th>parameter<th>required<th>what</tr></thead>\n");
    for parameter in get.parameters.iter().flatten() {
        let required = match parameter.required {
            Required::True => "yes",
            Required::False => "no",
        };
        let (name, what) = (&parameter.name, text(parameter.description.as_deref()));
        let _ = writeln!(
            html,
            "<tr><td><code>{name}</code><td>{required}<td>{what}</tr>"
        );
    }
    html.push_str("</table>\n");
}

fn text(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    text.replace('&', "&amp;").replace('<', "&lt;")
}

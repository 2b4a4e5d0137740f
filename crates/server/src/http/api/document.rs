//! The description of the API: as an OpenAPI document, and for people.

use std::fmt::Write;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Required, Schema, Server};

/// The name of the security scheme of a browser that is signed in. Its requirements name a role.
pub(crate) const SESSION: &str = "session";

/// The name of the security scheme of programs. Its requirements name a scope.
pub(crate) const TOKEN: &str = "token";

/// What the routes do not describe themselves.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Watchroom",
    description = "Stored data, and ingest. Live data comes over WebSocket and Server-Sent Events."
))]
pub(super) struct Document;

/// Adds the two ways to say who one is.
pub(super) fn add_credentials(document: &mut OpenApi, cookie_name: &str) {
    let session = ApiKeyValue::with_description(
        cookie_name,
        "A session of a user, as `/api/v1/auth/login` begins one. A requirement names the least role.",
    );
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API token, or a JSON Web Token. A requirement names the scope that an API token needs; `admin` is \
             enough everywhere.",
        ))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token));
}

/// The document of a server below a path, which may be empty.
pub(super) fn below(document: &OpenApi, base_path: &str) -> OpenApi {
    let mut document = document.clone();
    if !base_path.is_empty() {
        document.servers = Some(vec![Server::new(base_path)]);
    }
    document
}

/// The document as a page without scripts.
pub(super) fn page(document: &OpenApi, base_path: &str) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Watchroom: the interface for programs</title>\n\
         <h1>The interface for programs</h1>\n\
         <p>As a document: <a href=\"openapi.json\">openapi.json</a>.</p>\n",
    );
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ] {
            if let Some(operation) = operation {
                describe(&mut html, method, &format!("{base_path}{path}"), operation);
            }
        }
    }
    html
}

/// Writing to a string cannot fail.
fn describe(html: &mut String, method: &str, path: &str, operation: &Operation) {
    let summary = text(operation.summary.as_deref().unwrap_or_default());
    let _ = writeln!(
        html,
        "<h2><code>{method} {path}</code></h2>\n<p>{summary}.</p>"
    );
    let description = operation.description.as_deref().unwrap_or_default();
    for paragraph in description.split("\n\n") {
        let _ = writeln!(html, "<p>{}</p>", text(paragraph));
    }
    let Some(parameters) = &operation.parameters else {
        return;
    };
    html.push_str("<table><thead><tr><th>parameter<th>required<th>accepted<th>what</tr></thead>\n");
    for Parameter {
        name,
        required,
        schema,
        description,
        ..
    } in parameters
    {
        let required = match required {
            Required::True => "yes",
            Required::False => "no",
        };
        let accepted = schema.as_ref().and_then(accepted).unwrap_or_default();
        let accepted = text(accepted);
        let what = text(description.as_deref().unwrap_or_default());
        let _ = writeln!(
            html,
            "<tr><td><code>{name}</code><td>{required}<td>{accepted}<td>{what}</tr>"
        );
    }
    html.push_str("</table>\n");
}

/// The description of a value, or of each one of an array.
fn accepted(schema: &RefOr<Schema>) -> Option<&str> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.as_deref(),
        RefOr::T(Schema::AnyOf(any)) => any.description.as_deref(),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => accepted(items),
            ArrayItems::False => None,
        },
        _ => None,
    }
}

fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

use crate::app::App;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::path::PathBuf;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A file of the site, in several content encodings.
struct Embedded {
    /// Relative to the site's root, as in `pkg/watchroom.a1b2.js`.
    path: &'static str,
    bytes: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

/// The built site: embedded, or in a folder during development.
#[derive(Debug, Clone)]
pub(crate) enum Site {
    Embedded,
    Folder(PathBuf),
}

/// How long browsers cache a file. The names of packages and fonts change with their content.
const CACHE_IMMUTABLE: &str = "public, max-age=31536000, immutable";
const CACHE_AN_HOUR: &str = "public, max-age=3600";

/// Where the fonts are.
const FONTS: &str = "fonts/";

impl Site {
    /// The embedded site, or what cargo-leptos built last.
    pub(crate) fn find() -> Self {
        if EMBEDDED.is_empty() {
            let root = std::env::var_os("LEPTOS_SITE_ROOT").unwrap_or("target/site".into());
            Self::Folder(root.into())
        } else {
            Self::Embedded
        }
    }

    /// The name of the package's file with this extension, which contains a hash.
    pub(crate) fn package_name(&self, extension: &str) -> Option<String> {
        let is_it = |name: &str| {
            name.strip_prefix("watchroom")
                .and_then(|rest| rest.strip_suffix(extension))
                .is_some_and(|hash| hash.ends_with('.'))
        };
        match self {
            Self::Embedded => EMBEDDED
                .iter()
                .filter_map(|file| file.path.strip_prefix("pkg/"))
                .find(|name| is_it(name))
                .map(str::to_owned),
            Self::Folder(root) => std::fs::read_dir(root.join("pkg"))
                .ok()?
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .find(|name| is_it(name)),
        }
    }

    fn file(&self, path: &str, accepted: &HeaderMap, cache_control: &'static str) -> Response {
        // Only names of a web build, and no path out of the folder.
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
        if !path.split('/').all(plain) {
            return StatusCode::NOT_FOUND.into_response();
        }
        match self {
            Self::Embedded => match EMBEDDED.iter().find(|file| file.path == path) {
                Some(file) => file.response(accepted, cache_control),
                None => StatusCode::NOT_FOUND.into_response(),
            },
            Self::Folder(root) => match std::fs::read(root.join(path)) {
                Ok(bytes) => {
                    let headers = [
                        (header::CONTENT_TYPE, content_type(path)),
                        (header::CACHE_CONTROL, "no-cache"),
                    ];
                    (headers, bytes).into_response()
                }
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            },
        }
    }
}

impl Embedded {
    fn response(&self, accepted: &HeaderMap, cache_control: &'static str) -> Response {
        let accepts = |encoding: &str| {
            accepted
                .get_all(header::ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .any(|it| {
                    it.split(';')
                        .next()
                        .is_some_and(|name| name.trim() == encoding)
                })
        };
        let (bytes, encoding) = if accepts("br") {
            (self.brotli, Some("br"))
        } else if accepts("gzip") {
            (self.gzip, Some("gzip"))
        } else {
            (self.bytes, None)
        };
        let mut response = Response::new(Body::from(bytes));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(self.path)),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(cache_control),
        );
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `GET /pkg/…`: the scripts, the module and the styles.
pub(crate) async fn package(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    app.site()
        .file(&format!("pkg/{file}"), &headers, CACHE_IMMUTABLE)
}

/// Files at the root, such as `/favicon.svg`; 404 for everything else.
pub(crate) async fn root_file(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let cache_control = match path.starts_with(FONTS) && path.ends_with(".woff2") {
        true => CACHE_IMMUTABLE,
        false => CACHE_AN_HOUR,
    };
    app.site().file(path, &headers, cache_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::digest::{SHA256, digest};
    use std::fs;

    #[test]
    fn the_name_of_a_font_changes_with_its_content() {
        let public = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/");
        let mut fonts = 0;
        for file in fs::read_dir([public, FONTS].concat()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(name) = name.strip_suffix(".woff2") else {
                continue;
            };
            let digest = digest(&SHA256, &fs::read(&path).unwrap());
            let hash = digest.as_ref()[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"));
            let hash: String = hash.collect();
            assert_eq!(name.rsplit('.').next(), Some(&*hash), "{name}");
            let style = fs::read_to_string([public, "../style/font.css"].concat()).unwrap();
            assert!(style.contains(&format!("{name}.woff2")), "{name}");
            fonts += 1;
        }
        assert!(fonts > 0);
    }
}

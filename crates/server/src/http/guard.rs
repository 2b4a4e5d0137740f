use crate::app::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long browsers may cache a preflight; short, so that a changed configuration soon applies.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// The host names and origins that this server accepts.
///
/// A page of another site cannot read from this host unless its own name resolves to this host (DNS
/// rebinding); hence only names are accepted that no other site can have: addresses, `localhost`, and
/// configured ones.
///
/// A page of another site may still send requests and open WebSockets, which have no same-origin policy;
/// hence the `Origin` of every viewer and reader is checked. There is no login yet, so the page of another
/// program on this machine counts as the server's own: that program could connect itself.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>, origins: Vec<String>) -> Self {
        Self { hosts, origins }
    }

    fn allows_host(&self, host: &str) -> bool {
        let Some(name) = name(host) else {
            return false;
        };
        address(&name).is_some()
            || is_localhost(&name)
            || self
                .hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(&name))
    }

    /// Programs send no `Origin`; a browser's must be this server, or configured.
    pub(crate) fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        is_own(origin, host)
            || is_of_this_machine(origin, host)
            || self
                .origins
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

/// Whether the page is this server's.
fn is_own(origin: &str, host: Option<&str>) -> bool {
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    authority
        .zip(host)
        .is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host))
}

/// Whether both the page and this server have a loopback name, whatever their ports and schemes. Behind a
/// proxy the server has another name, and loopback is the visitor's machine.
fn is_of_this_machine(origin: &str, host: Option<&str>) -> bool {
    let authority = origin
        .split_once("://")
        .filter(|(scheme, _)| is_scheme(scheme))
        .map(|(_, authority)| authority);
    authority.is_some_and(is_loopback) && host.is_some_and(is_loopback)
}

/// RFC 3986, 3.1.
fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

/// Whether only this machine can have this name, which may have a port.
fn is_loopback(host: &str) -> bool {
    name(host).is_some_and(|name| {
        is_localhost(&name) || address(&name).is_some_and(|address| address.is_loopback())
    })
}

/// RFC 6761, 6.3: these names cannot be registered, and browsers resolve them to loopback.
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The name or address of a host without its port, in lower case; `None` if it is invalid.
fn name(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    // User information may be an attempt to spoof the host.
    let has_user = host.contains('@');
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    (!has_user && !name.is_empty()).then_some(name)
}

fn address(name: &str) -> Option<IpAddr> {
    let address = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    address.unwrap_or(name).parse().ok()
}

/// Refuses requests of pages that may not read from this server.
pub(crate) async fn check_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.guard().allows_origin(request.headers()) {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN);
    let origin = origin.map(|origin| String::from_utf8_lossy(origin.as_bytes()));
    let shown: String = origin.unwrap_or_default().chars().take(100).collect();
    let text = format!(
        "Pages of the origin {shown:?} may not read from this server. \
         If they should, add the origin to `allowed_origins`.\n"
    );
    (StatusCode::FORBIDDEN, text).into_response()
}

/// Lets pages of allowed origins read responses (CORS), without credentials.
pub(crate) fn share_with_allowed_origins(app: &App) -> CorsLayer {
    let app = app.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |_, request| {
            app.guard().allows_origin(&request.headers)
        }))
        .allow_methods([Method::GET, Method::HEAD])
        // Headers of event clients that need a preflight.
        .allow_headers([
            header::CACHE_CONTROL,
            HeaderName::from_static("last-event-id"),
        ])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Refuses requests under a name that is not this server's.
pub(crate) async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match host {
        Some(host) if app.guard().allows_host(host) => next.run(request).await,
        Some(host) => {
            let shown: String = host.chars().take(100).collect();
            let text = format!(
                "This server does not answer to the name {shown:?}. \
                 If it should, add the name to `allowed_hosts`.\n"
            );
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
        None => (StatusCode::BAD_REQUEST, "The `Host` header is missing.\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn guard() -> Guard {
        Guard::new(
            vec!["watch.example".into()],
            vec!["https://board.example".into()],
        )
    }

    #[test]
    fn only_names_that_no_other_site_can_have_are_accepted() {
        for host in [
            "127.0.0.1:8765",
            "192.0.2.7",
            "[::1]:80",
            "localhost:1",
            "a.localhost",
            "Watch.Example",
        ] {
            assert!(guard().allows_host(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
        ] {
            assert!(!guard().allows_host(host), "{host}");
        }
    }

    fn allows(guard: &Guard, host: &'static str, origin: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        guard.allows_origin(&headers)
    }

    #[test]
    fn a_program_without_origin_is_allowed() {
        assert!(guard().allows_origin(&HeaderMap::new()));
    }

    #[test]
    fn pages_of_this_machine_are_allowed() {
        for host in [
            "localhost:8765",
            "127.0.0.1",
            "[::1]:8765",
            "board.localhost",
        ] {
            for origin in [
                "http://localhost:8765",
                "http://localhost",
                "https://LOCALHOST:3000",
                "http://app.localhost:5173",
                "http://127.0.0.1:1",
                "http://127.8.9.10",
                "http://[::1]:3000",
                "tauri://localhost",
                "https://board.example",
            ] {
                assert!(allows(&guard(), host, origin), "{origin} at {host}");
            }
        }
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        for origin in [
            "http://evil.example",
            "https://board.example:8443",
            "http://board.example",
            "http://localhost.evil.example",
            "http://evillocalhost",
            "http://127.0.0.1.evil.example",
            "http://192.0.2.7:8765",
            "http://0.0.0.0:8765",
            "http://[::2]",
            "http://localhost@evil.example",
            "http://evil.example@localhost",
            "http://evil.example#@localhost",
            "http://evil.example/localhost",
            "chrome-extension://abcdefghijklmnop",
            "http evil://localhost",
            "://localhost",
            "localhost:8765",
            "http://",
            "null",
            "",
        ] {
            assert!(!allows(&guard(), "localhost:8765", origin), "{origin}");
        }
    }

    #[test]
    fn pages_of_a_visitors_machine_are_refused() {
        assert!(allows(&guard(), "watch.example", "https://watch.example"));
        assert!(!allows(&guard(), "watch.example", "http://localhost:3000"));
        assert!(!allows(&guard(), "192.0.2.7:8765", "http://127.0.0.1"));
    }

    #[test]
    fn pages_from_files_must_be_configured() {
        let guard = Guard::new(Vec::new(), vec!["null".into()]);
        assert!(allows(&guard, "localhost:8765", "null"));
        assert!(!allows(&guard, "localhost:8765", "file://"));
    }
}

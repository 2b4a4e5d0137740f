use super::RequestOrigin;
use crate::accounts::LoginPolicy;
use crate::app::App;
use crate::metrics::RejectedRequest;
use accounts::{Credential, Principal};
use axum::extract::{Request, State};
use axum::http::{
    HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts, uri::Authority,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long browsers may cache a preflight, in seconds; short, so that a changed configuration soon applies.
const PREFLIGHT_MAX_AGE_S: u64 = 600;

/// What pages of allowed origins may send. Event clients have headers that need a preflight.
const SHARED_METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD");
const SHARED_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization,cache-control,last-event-id");

const PREFLIGHT_VARIES_BY: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);

/// The host names and origins that this server accepts.
///
/// A page of another site cannot read from this host unless its own name resolves to this host (DNS
/// rebinding); hence only names are accepted that no other site can have: addresses, `localhost`, and
/// configured ones.
///
/// A page of another site may still send requests and open WebSockets, which have no same-origin policy;
/// hence the `Origin` of every viewer and reader is checked. While login is off, the page of another program on
/// this machine counts as the server's own: that program could connect itself.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    allowed: Arc<RwLock<Allowed>>,
    login: LoginPolicy,
}

#[derive(Debug)]
struct Allowed {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>, origins: Vec<String>, login: LoginPolicy) -> Self {
        let allowed = Arc::new(RwLock::new(Allowed { hosts, origins }));
        Self { allowed, login }
    }

    /// Accepts these from now on, instead of those before.
    pub(crate) fn replace(&self, hosts: Vec<String>, origins: Vec<String>) {
        *self.allowed.write().unwrap_or_else(PoisonError::into_inner) = Allowed { hosts, origins };
    }

    fn allowed(&self) -> RwLockReadGuard<'_, Allowed> {
        self.allowed.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a page that sends the visitor's cookie is this server's. Programs send no `Origin`.
    pub(crate) fn is_own_origin(&self, headers: &HeaderMap, sent: &RequestOrigin) -> bool {
        let origin = headers.get(header::ORIGIN).map(HeaderValue::to_str);
        origin.is_none_or(|origin| origin.is_ok_and(|origin| is_own(origin, sent)))
    }

    fn allows_host(&self, host: &str) -> bool {
        let Some(name) = name(host) else {
            return false;
        };
        address(&name).is_some()
            || is_localhost(&name)
            || self
                .allowed()
                .hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(&name))
    }

    /// Programs send no `Origin`; a browser's must be this server, or configured.
    pub(crate) fn allows_origin(&self, headers: &HeaderMap, sent: &RequestOrigin) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        is_own(origin, sent)
            || !self.login.is_required() && is_of_this_machine(origin, &sent.host)
            || self
                .allowed()
                .origins
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

/// Whether a page sent the request that is neither this server's nor of this machine.
pub(super) fn is_foreign_origin(headers: &HeaderMap, sent: &RequestOrigin) -> bool {
    let origin = headers.get(header::ORIGIN).map(HeaderValue::to_str);
    origin.is_some_and(|origin| {
        !origin.is_ok_and(|origin| is_own(origin, sent) || is_of_this_machine(origin, &sent.host))
    })
}

/// Whether the browser says that a page of another origin sent the request, perhaps of the same domain (Fetch Metadata).
/// It says so also where it sends no `Origin`.
pub(super) fn is_of_another_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    sites.any(|site| site == "cross-site" || site == "same-site")
}

/// The same by what browsers say beside `Origin`, or instead of it.
pub(super) fn has_foreign_referer(headers: &HeaderMap, sent: &RequestOrigin) -> bool {
    let referer = headers.get(header::REFERER).map(HeaderValue::to_str);
    referer.is_some_and(|referer| {
        let origin = referer.ok().and_then(origin_of);
        !origin.is_some_and(|it| is_own(it, sent) || is_of_this_machine(it, &sent.host))
    })
}

/// The origin of an address (RFC 3986, 3.2).
fn origin_of(url: &str) -> Option<&str> {
    let authority_at = url.find("://")? + 3;
    let length = url[authority_at..].find(['/', '?', '#']);
    Some(&url[..length.map_or(url.len(), |length| authority_at + length)])
}

/// Whether the page is this server's. A page without TLS is not that of a server with TLS: somebody between the
/// browser and the server can have written it.
fn is_own(origin: &str, sent: &RequestOrigin) -> bool {
    let scheme = if sent.is_secure {
        "https://"
    } else {
        "http://"
    };
    let authority = origin.strip_prefix(scheme);
    authority.is_some_and(|it| !it.is_empty() && it.eq_ignore_ascii_case(&sent.host))
}

/// Whether both the page and this server have a loopback name, whatever their ports and schemes. Behind a
/// proxy the server has another name, and loopback is the visitor's machine.
fn is_of_this_machine(origin: &str, host: &str) -> bool {
    let authority = origin
        .split_once("://")
        .filter(|(scheme, _)| is_scheme(scheme))
        .map(|(_, authority)| authority);
    authority.is_some_and(is_loopback) && is_loopback(host)
}

/// RFC 3986, 3.1.
fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

/// Whether only this machine can have this name, which may have a port.
pub(super) fn is_loopback(host: &str) -> bool {
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
    let sent = RequestOrigin::of(request.extensions());
    match app.guard().allows_origin(request.headers(), &sent) {
        true => next.run(request).await,
        false => refuse_origin(request.headers()),
    }
}

fn refuse_origin(headers: &HeaderMap) -> Response {
    let origin = headers.get(header::ORIGIN);
    let origin = origin.map(|origin| String::from_utf8_lossy(origin.as_bytes()));
    let shown: String = origin.unwrap_or_default().chars().take(100).collect();
    let text = format!(
        "Pages of the origin {shown:?} may not read from this server. \
         If they should, add the origin to `allowed_origins`; \
         if it is this server behind a proxy, add the proxy to `trusted_proxies`.\n"
    );
    let mut response = (StatusCode::FORBIDDEN, text).into_response();
    response.extensions_mut().insert(RejectedRequest::Origin);
    response
}

/// Answers every `OPTIONS`, for all paths alike: a preflight carries no credential, so it must not reveal what there is.
/// An allowed origin may then send what the routes decide about by its credential.
pub(crate) async fn answer_preflight(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    let (headers, sent) = (request.headers(), RequestOrigin::of(request.extensions()));
    let mut response = match app.guard().allows_origin(headers, &sent) {
        true => allow_preflight(headers.get(header::ORIGIN)),
        false => refuse_origin(headers),
    };
    // Where it is absent, axum adds one that lists the methods of the route.
    response.headers_mut().insert(header::ALLOW, SHARED_METHODS);
    response
}

fn allow_preflight(origin: Option<&HeaderValue>) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, PREFLIGHT_VARIES_BY);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, SHARED_METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SHARED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE_S.into());
    }
    response
}

/// Lets pages of allowed origins read responses (CORS), each by its own origin and never with the visitor's cookie.
pub(crate) fn share_with_allowed_origins(app: &App) -> CorsLayer {
    let app = app.clone();
    CorsLayer::new().allow_origin(AllowOrigin::predicate(move |_, request| {
        let sent = RequestOrigin::of(&request.extensions);
        is_shared(request) && app.guard().allows_origin(&request.headers, &sent)
    }))
}

/// Whether a page of another origin may read the response. What comes by a credential that the browser or a proxy adds
/// is the visitor's, and not the page's.
fn is_shared(request: &Parts) -> bool {
    let principal = request.extensions.get::<Principal>();
    match principal.map(|principal| &principal.credential) {
        None | Some(Credential::Proxy { .. }) => false,
        // A JSON Web Token of a session is sent by the page, a cookie by the browser.
        Some(Credential::Session { .. }) => request.headers.contains_key(header::AUTHORIZATION),
        Some(
            Credential::LoginOff
            | Credential::Anonymous
            | Credential::Public
            | Credential::Token { .. }
            | Credential::Jwt { .. },
        ) => true,
    }
}

/// Refuses requests under a name that is not this server's.
pub(crate) async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let RequestOrigin { host, .. } = RequestOrigin::of(request.extensions());
    match host.as_str() {
        "" => (StatusCode::BAD_REQUEST, "The `Host` header is missing.\n").into_response(),
        host if app.guard().allows_host(host) => next.run(request).await,
        host => {
            let shown: String = host.chars().take(100).collect();
            let text = format!(
                "This server does not answer to the name {shown:?}. \
                 If it should, add the name to `allowed_hosts`.\n"
            );
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        guarding("https://board.example", false)
    }

    fn guarding(origin: &str, is_login_required: bool) -> Guard {
        let login = LoginPolicy::new(is_login_required, true);
        Guard::new(vec!["watch.example".into()], vec![origin.into()], login)
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

    fn sent_to(host: &str, is_secure: bool) -> RequestOrigin {
        RequestOrigin {
            address: [192, 0, 2, 1].into(),
            is_secure,
            host: host.into(),
            is_via_proxy: false,
            is_local: true,
        }
    }

    fn allows(guard: &Guard, host: &str, origin: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        guard.allows_origin(&headers, &sent_to(host, false))
    }

    #[test]
    fn a_program_without_origin_is_allowed() {
        assert!(guard().allows_origin(&HeaderMap::new(), &sent_to("localhost", false)));
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
        assert!(allows(&guard(), "watch.example", "http://watch.example"));
        assert!(!allows(&guard(), "watch.example", "http://localhost:3000"));
        assert!(!allows(&guard(), "192.0.2.7:8765", "http://127.0.0.1"));
    }

    #[test]
    fn with_a_login_pages_of_this_machine_are_those_of_others() {
        let guard = guarding("https://board.example", true);
        assert!(!allows(&guard, "localhost:8765", "http://localhost:3000"));
        assert!(allows(&guard, "localhost:8765", "http://localhost:8765"));
        assert!(allows(&guard, "localhost:8765", "https://board.example"));
    }

    #[test]
    fn pages_of_another_scheme_are_refused() {
        let check = |is_secure, origin, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            let sent = sent_to("watch.example", is_secure);
            assert_eq!(guard().allows_origin(&headers, &sent), expected, "{origin}");
        };
        check(true, "https://watch.example", true);
        check(true, "http://watch.example", false);
        check(false, "http://watch.example", true);
        check(false, "https://watch.example", false);
    }

    #[test]
    fn pages_from_files_must_be_configured() {
        let guard = guarding("null", false);
        assert!(allows(&guard, "localhost:8765", "null"));
        assert!(!allows(&guard, "localhost:8765", "file://"));
    }
}

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

use crate::app::App;

/// Which names and origins this server answers to.
///
/// A page of another site cannot read what is on this host unless its own name is made to point
/// here (DNS rebinding); hence only names that nobody else can own are answered: addresses,
/// `localhost`, and those that are configured.
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
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || self
                .hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(&name))
    }

    /// Programs send no `Origin`; a browser's must be the page's own, or configured.
    pub(crate) fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let own = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let authority = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        let is_own = authority
            .zip(own)
            .is_some_and(|(authority, own)| authority.eq_ignore_ascii_case(own));
        is_own
            || self
                .origins
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
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
    fn only_names_that_nobody_else_can_own() {
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

    #[test]
    fn only_the_pages_own_origin() {
        let allows = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("localhost:8765"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            guard().allows_origin(&headers)
        };
        assert!(allows(None));
        assert!(allows(Some("http://localhost:8765")));
        assert!(allows(Some("https://board.example")));
        for foreign in [
            "http://localhost",
            "http://evil.example",
            "null",
            "localhost:8765",
        ] {
            assert!(!allows(Some(foreign)), "{foreign}");
        }
    }
}

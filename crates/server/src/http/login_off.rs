//! What is refused while login is off, because it comes from elsewhere than this machine.

use super::RequestOrigin;
use super::guard::{has_foreign_referer, is_foreign_origin, is_loopback};
use crate::metrics::RejectedRequest;
use axum::extract::Request;
use axum::http::{HeaderName, Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};

/// Headers by which proxies say for whom they send a request.
const FORWARDING: [&str; 7] = [
    "forwarded",
    "x-real-ip",
    "x-original-for",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "via",
];

/// What others of them begin with.
const FORWARDED_PREFIX: &str = "x-forwarded-";

/// Why a request is refused.
pub(super) struct Refusal {
    status: StatusCode,
    text: String,
    reason: RejectedRequest,
    /// What shows that somebody else than this machine reaches the server, if something does.
    pub(super) latches: Option<&'static str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.text + "\n").into_response();
        response.extensions_mut().insert(self.reason);
        response
    }
}

/// Refuses what does not come from this machine.
pub(super) fn check(request: &Request, has_accounts: bool) -> Result<(), Refusal> {
    check_anyway(request).map_err(|refusal| match has_accounts {
        true => refusal,
        // There is no login that could be required.
        false => Refusal {
            latches: None,
            ..refusal
        },
    })
}

fn check_anyway(request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    if request.version() < Version::HTTP_11 {
        let text = "HTTP/1.0 is not spoken here while login is off: it is how a proxy with default settings asks. \
                    Create a user first, with `watchroom user add`.";
        return Err(Refusal {
            status: StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            text: text.into(),
            reason: RejectedRequest::Proxy,
            latches: None,
        });
    }
    let mut names = headers.keys().map(HeaderName::as_str);
    let forwarding =
        names.find(|name| name.starts_with(FORWARDED_PREFIX) || FORWARDING.contains(name));
    if let Some(name) = forwarding {
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            text: format!(
                "The request came through a proxy, as its header `{name}` says, which takes a login. It is required from \
                 now on, unless this server stores nothing; `watchroom user setup-link` prints the link for the first \
                 user."
            ),
            reason: RejectedRequest::Proxy,
            latches: Some("a request came through a proxy"),
        });
    }
    let sent = RequestOrigin::of(request.extensions());
    if !is_loopback(&sent.host) {
        return Err(Refusal {
            status: StatusCode::MISDIRECTED_REQUEST,
            text: "While login is off, this server answers only to `localhost` and loopback addresses. For other \
                   names create a user, and add the name to `allowed_hosts`."
                .into(),
            reason: RejectedRequest::Host,
            latches: None,
        });
    }
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let is_foreign = is_foreign_origin(headers, &sent);
    if is_foreign && site.is_some_and(|site| site == "same-origin") {
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            text: "The page is this server's own, and has another origin than this server: there is a proxy in \
                   between, and a login is required from now on."
                .into(),
            reason: RejectedRequest::Proxy,
            latches: Some("a page came through a proxy"),
        });
    }
    let is_unsafe = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let is_elsewhere = is_foreign
        || has_foreign_referer(headers, &sent)
        || site.is_some_and(|site| site == "cross-site");
    if is_unsafe && is_elsewhere {
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            text: "A page of another site may not send anything to this server.".into(),
            reason: RejectedRequest::Origin,
            latches: None,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    /// The status, and whether login is required from then on.
    fn checked(method: &str, headers: &[(&str, &str)]) -> Option<(u16, bool)> {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let host = headers.iter().find(|(name, _)| *name == "host");
        request.extensions_mut().insert(RequestOrigin {
            address: [127, 0, 0, 1].into(),
            is_secure: false,
            host: host.map(|(_, host)| (*host).to_owned()).unwrap_or_default(),
            is_via_proxy: false,
            is_local: true,
        });
        let refusal = check(&request, true).err()?;
        Some((refusal.status.as_u16(), refusal.latches.is_some()))
    }

    #[test]
    fn this_machine_is_served() {
        for host in [
            "localhost:8765",
            "127.0.0.1:8765",
            "[::1]:8765",
            "a.localhost",
        ] {
            assert_eq!(checked("GET", &[("host", host)]), None, "{host}");
        }
        let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        assert_eq!(checked("POST", &own), None);
        let other_port = [("host", "localhost:1"), ("origin", "http://127.0.0.1:2")];
        assert_eq!(checked("POST", &other_port), None);
    }

    #[test]
    fn proxies_turn_login_on() {
        for name in FORWARDING
            .into_iter()
            .chain(["x-forwarded-for", "x-forwarded-ssl"])
        {
            let headers = [("host", "localhost"), (name, "x")];
            assert_eq!(checked("GET", &headers), Some((403, true)), "{name}");
        }
        let own_page = [
            ("host", "127.0.0.1:8765"),
            ("origin", "https://watch.example"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(checked("GET", &own_page), Some((403, true)));
    }

    #[test]
    fn other_names_and_sites_are_refused() {
        assert_eq!(checked("GET", &[("host", "192.0.2.7")]), Some((421, false)));
        assert_eq!(
            checked("GET", &[("host", "watch.example")]),
            Some((421, false))
        );
        let cross = [("host", "localhost"), ("sec-fetch-site", "cross-site")];
        assert_eq!(checked("POST", &cross), Some((403, false)));
        let foreign = [("host", "localhost"), ("origin", "https://watch.example")];
        assert_eq!(checked("POST", &foreign), Some((403, false)));
        assert_eq!(checked("GET", &cross), None);
        let referer = [
            ("host", "localhost"),
            ("referer", "https://watch.example/a"),
        ];
        assert_eq!(checked("POST", &referer), Some((403, false)));
        assert_eq!(checked("GET", &referer), None, "a link leads here");
        let own = [
            ("host", "localhost:1"),
            ("referer", "http://localhost:1/a?b"),
        ];
        assert_eq!(checked("POST", &own), None);
    }

    #[test]
    fn http_1_0_is_refused() {
        let request = Request::builder().version(Version::HTTP_10).uri("/");
        let refused = check(&request.body(Body::empty()).expect("a request"), true).err();
        assert_eq!(refused.map(|it| it.status.as_u16()), Some(505));
    }
}

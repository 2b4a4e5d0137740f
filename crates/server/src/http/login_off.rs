//! What is refused while login is off, because it comes from elsewhere than this machine.

use super::RequestOrigin;
use super::guard::{has_foreign_referer, is_foreign_origin, is_loopback};
use super::peer_user::PeerUser;
use super::routes::ServiceRoutes;
use crate::app::App;
use crate::metrics::RejectedRequest;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Version};
use axum::middleware::Next;
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

/// The ports of a `Host` without one (RFC 9110, 4.2.1 and 4.2.2).
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// Why a request is refused.
struct Refusal {
    status: StatusCode,
    text: String,
    reason: RejectedRequest,
    /// What shows that somebody else than this machine reaches the server, if something does.
    latches: Option<&'static str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.text + "\n").into_response();
        response.extensions_mut().insert(self.reason);
        response
    }
}

/// Refuses requests that do not come from this machine, as long as login is off. It comes before the check of `Host`:
/// what a proxy has forwarded turns login on under any name.
pub(super) async fn refuse_others(
    State((app, for_services)): State<(App, ServiceRoutes)>,
    request: Request,
    next: Next,
) -> Response {
    let accounts = app.accounts();
    if accounts.policy().is_required() {
        return next.run(request).await;
    }
    let is_for_services = for_services.contain(&request);
    let Err(refusal) = check(&request, accounts.port(), is_for_services) else {
        return next.run(request).await;
    };
    // Without accounts there is no login that could be required.
    let latches = refusal
        .latches
        .filter(|_| accounts.policy().can_be_required());
    if let Some(why) = latches {
        let accounts = accounts.clone();
        // To its end, even if the client disconnects.
        let latching = tokio::spawn(async move { accounts.latch(why).await });
        let _ = latching.await;
    }
    refusal.into_response()
}

/// Whether a request comes from this machine, to a server on this port. Services may use some routes, too.
fn check(request: &Request, own_port: Option<u16>, is_for_services: bool) -> Result<(), Refusal> {
    let headers = request.headers();
    if let Some(name) = forwarding_header(headers) {
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
    let user = request.extensions().get::<PeerUser>();
    let user = user.filter(|user| !(is_for_services && matches!(user, PeerUser::Known(_))));
    if let Some(objection) = user.and_then(|user| user.objection()) {
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            text: objection,
            reason: RejectedRequest::Proxy,
            // A program of this machine may do so for itself.
            latches: None,
        });
    }
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
    let sent = RequestOrigin::of(request.extensions());
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let is_foreign = is_foreign_origin(headers, &sent) || has_foreign_referer(headers, &sent);
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
    // Without a host it is refused for that.
    if !sent.host.is_empty() && !is_own_host(&sent, own_port) {
        return Err(Refusal {
            status: StatusCode::MISDIRECTED_REQUEST,
            text: "While login is off, this server answers only to `localhost` and loopback addresses with its own \
                   port, which a tunnel has to have at both ends. For other names create a user, and add the name to \
                   `allowed_hosts`."
                .into(),
            reason: RejectedRequest::Host,
            latches: None,
        });
    }
    let is_unsafe = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let is_elsewhere = is_foreign || site.is_some_and(|site| site == "cross-site");
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

/// The first header by which a proxy says for whom it sends the request.
fn forwarding_header(headers: &HeaderMap) -> Option<&str> {
    let mut names = headers.keys().map(HeaderName::as_str);
    names.find(|name| name.starts_with(FORWARDED_PREFIX) || FORWARDING.contains(name))
}

/// Whether only this machine can have this name, and it has the server's port.
fn is_own_host(sent: &RequestOrigin, own_port: Option<u16>) -> bool {
    let default = match sent.is_secure {
        true => HTTPS_PORT,
        false => HTTP_PORT,
    };
    let authority: Option<Authority> = sent.host.parse().ok();
    let port = authority.map(|it| it.port_u16().unwrap_or(default));
    is_loopback(&sent.host) && own_port.is_none_or(|own| port == Some(own))
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
        let refusal = check(&request, Some(8765), false).err()?;
        Some((refusal.status.as_u16(), refusal.latches.is_some()))
    }

    #[test]
    fn this_machine_is_served() {
        for host in [
            "localhost:8765",
            "127.0.0.1:8765",
            "[::1]:8765",
            "a.localhost:8765",
        ] {
            assert_eq!(checked("GET", &[("host", host)]), None, "{host}");
        }
        let own = ("host", "localhost:8765");
        for origin in ["http://localhost:8765", "http://127.0.0.1:2"] {
            assert_eq!(
                checked("POST", &[own, ("origin", origin)]),
                None,
                "{origin}"
            );
        }
        let referer = ("referer", "http://localhost:8765/alerts");
        let own_page = [own, referer, ("sec-fetch-site", "same-origin")];
        assert_eq!(checked("GET", &own_page), None);
    }

    #[test]
    fn proxies_turn_login_on() {
        for name in FORWARDING
            .into_iter()
            .chain(["x-forwarded-for", "x-forwarded-ssl"])
        {
            for host in ["localhost:8765", "watch.example"] {
                let headers = [("host", host), (name, "x")];
                assert_eq!(checked("GET", &headers), Some((403, true)), "{host} {name}");
            }
        }
        for (host, page) in [
            ("127.0.0.1:8765", ("origin", "https://watch.example")),
            ("127.0.0.1:8765", ("referer", "https://watch.example/a")),
            ("watch.example", ("referer", "https://watch.example/a")),
        ] {
            let own_page = [("host", host), page, ("sec-fetch-site", "same-origin")];
            assert_eq!(
                checked("GET", &own_page),
                Some((403, true)),
                "{host} {page:?}"
            );
        }
    }

    #[test]
    fn other_names_and_sites_are_refused() {
        for host in [
            "192.0.2.7:8765",
            "watch.example:8765",
            "localhost",
            "127.0.0.1",
            "localhost:80",
            "localhost:8766",
            "localhost:65536",
        ] {
            assert_eq!(
                checked("GET", &[("host", host)]),
                Some((421, false)),
                "{host}"
            );
        }
        let cross = [("host", "localhost:8765"), ("sec-fetch-site", "cross-site")];
        assert_eq!(checked("POST", &cross), Some((403, false)));
        let foreign = [
            ("host", "localhost:8765"),
            ("origin", "https://watch.example"),
        ];
        assert_eq!(checked("POST", &foreign), Some((403, false)));
        assert_eq!(checked("GET", &cross), None);
        let referer = [
            ("host", "localhost:8765"),
            ("referer", "https://watch.example/a"),
        ];
        assert_eq!(checked("POST", &referer), Some((403, false)));
        assert_eq!(checked("GET", &referer), None, "a link leads here");
        let own = [
            ("host", "localhost:8765"),
            ("referer", "http://localhost:8765/a?b"),
        ];
        assert_eq!(checked("POST", &own), None);
    }

    #[test]
    fn http_1_0_is_refused() {
        let request = Request::builder().version(Version::HTTP_10).uri("/");
        let request = request.body(Body::empty()).expect("a request");
        let refused = check(&request, None, false).err();
        assert_eq!(refused.map(|it| it.status.as_u16()), Some(505));
    }

    #[test]
    fn a_connection_of_nobody_on_this_machine_is_refused() {
        let request = Request::builder().header("host", "localhost:8765");
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(PeerUser::Nobody);
        for is_for_services in [false, true] {
            let refused = check(&request, Some(8765), is_for_services).expect_err("refused");
            assert_eq!((refused.status.as_u16(), refused.latches), (403, None));
        }
    }

    #[test]
    fn services_use_only_their_routes() {
        let request = Request::builder().header("host", "localhost:8765");
        let mut request = request.body(Body::empty()).expect("a request");
        // A container's: no server runs as this user.
        request.extensions_mut().insert(PeerUser::Known(100_033));
        assert!(check(&request, Some(8765), true).is_ok());
        let refused = check(&request, Some(8765), false).expect_err("refused");
        assert_eq!((refused.status.as_u16(), refused.latches), (403, None));
    }
}

//! Who sends a request: exactly one credential makes a principal, and nothing else does.

use super::guard::is_of_another_site;
use super::{RequestOrigin, inputs};
use crate::accounts::{AccountError, Accounts, COOKIE_PREFIX};
use crate::app::App;
use crate::metrics::RejectedRequest;
use crate::shares::Holder;
use accounts::{Principal, Secret};
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use protocol::api::ErrorResponse;
use std::time::{Duration, Instant};

/// The WebSocket subprotocols in which browsers send a credential, since they cannot set headers there.
const TOKEN_SUBPROTOCOL: &str = "watchroom.token.";
const TICKET_SUBPROTOCOL: &str = "watchroom.ticket.";

/// Names of parameters in which clients try to send a token.
const TOKEN_PARAMETERS: [&str; 5] = ["token", "access_token", "api_key", "apikey", "jwt"];

/// Why the credential of a request does not count; it is handled as one without.
#[derive(Debug, Clone)]
pub(crate) struct Invalid(pub(crate) String);

/// That a request came with a ticket, which counts only where a WebSocket is.
#[derive(Debug, Clone)]
pub(crate) struct ByTicket;

/// A credential, as it was sent.
enum Sent {
    ApiToken(Secret),
    Jwt(Secret),
    Session(Secret),
    Ticket(Secret),
    /// A trusted proxy names a user.
    Proxy(String),
}

/// The middleware that gives every request its principal.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let accounts = app.accounts();
    if !accounts.policy().is_required() {
        // What does not come from this machine has been refused.
        let principal = accounts.login_off();
        request.extensions_mut().insert(principal);
        return next.run(request).await;
    }
    if let Some(name) = token_parameter(request.uri().query()) {
        let why = format!(
            "`{name}` is in the address, which ends up in logs; send the token as the header \
             `Authorization: Bearer …`, as the WebSocket subprotocol `{TOKEN_SUBPROTOCOL}…`, or exchange it for a \
             ticket at /api/v1/auth/ticket"
        );
        return error(StatusCode::BAD_REQUEST, RejectedRequest::Credentials, why);
    }
    let passwords = match Passwords::of(&request) {
        Ok(passwords) => passwords,
        Err(why) => {
            let status = StatusCode::BAD_REQUEST;
            return error(status, RejectedRequest::Credentials, why.into());
        }
    };
    let from = RequestOrigin::of(request.extensions());
    let proxied = proxied_user(accounts, &from, request.headers());
    let sent = proxied.and_then(|proxied| {
        let by_subprotocol = crate::ws::is_upgrade(&request);
        let cookie = CookieName::of(accounts.cookie_name(), from.is_secure);
        credential(
            request.headers(),
            &cookie,
            by_subprotocol,
            passwords,
            proxied,
        )
    });
    let sent = match sent {
        Ok(sent) => sent,
        Err(why) => {
            let status = StatusCode::BAD_REQUEST;
            return error(status, RejectedRequest::Credentials, why.into());
        }
    };
    if matches!(sent, Some(Sent::Session(_) | Sent::Proxy(_)))
        && !is_of_own_page(&app, &request, &from)
    {
        let why =
            "a page of another site may not do this in the name of the user who is signed in here";
        return error(StatusCode::FORBIDDEN, RejectedRequest::Origin, why.into());
    }
    if matches!(sent, Some(Sent::Ticket(_))) {
        request.extensions_mut().insert(ByTicket);
    }
    let principal = match sent {
        None => Ok(accounts.signed_out()),
        Some(sent) => principal(accounts, sent).await,
    };
    let principal = match principal {
        Ok(principal) => principal,
        // Nothing is known about the credential: nobody has to sign in again.
        Err(error @ (AccountError::Unavailable | AccountError::Busy)) => {
            return error.into_response();
        }
        Err(why) => {
            request.extensions_mut().insert(Invalid(why.to_string()));
            Principal::anonymous()
        }
    };
    request.extensions_mut().insert(principal);
    if let Some(account) = Holder::of_account(request.extensions())
        && let Err(wait) = app.account_rates().take(account, Instant::now())
    {
        return too_many(wait);
    }
    next.run(request).await
}

/// What an account gets that sends more than it may, from however many addresses.
fn too_many(wait: Duration) -> Response {
    let why =
        "there are too many requests of this account (`limits.requests_per_second_per_account`)";
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = error(status, RejectedRequest::RateLimit, why.into());
    let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, seconds.into());
    response
}

/// What programs that report in formats of others send besides a bearer token, and where only they may send it: an API
/// token as the password of any user.
#[derive(Default)]
struct Passwords {
    /// Whether the schemes `Token` and `Basic` are read.
    has_schemes: bool,
    /// The parameter `p` of InfluxDB 1.x.
    parameter: Option<Secret>,
}

/// The parameters of InfluxDB 1.x. A user without a password is no credential.
#[derive(serde::Deserialize)]
struct PasswordParameter {
    p: Option<String>,
}

impl Passwords {
    fn of(request: &Request) -> Result<Self, &'static str> {
        let path = request.uri().path();
        let mut parameter = None;
        if inputs::takes_password_parameter(path) {
            let query = Query::<PasswordParameter>::try_from_uri(request.uri());
            let Query(query) =
                query.map_err(|_| "the parameters cannot be read, or `p` is there twice")?;
            parameter = query.p.filter(|it| !it.is_empty()).map(Secret::new);
        }
        Ok(Self {
            has_schemes: inputs::takes_password(path),
            parameter,
        })
    }

    /// The credential of a header that has none of ours.
    fn of_header(&self, text: &str) -> Option<Secret> {
        let (scheme, rest) = text.split_once(' ').filter(|_| self.has_schemes)?;
        let rest = rest.trim();
        let pair = match scheme {
            _ if scheme.eq_ignore_ascii_case("token") => rest.to_owned(),
            _ if scheme.eq_ignore_ascii_case("basic") => {
                let bytes = BASE64.decode(rest.as_bytes()).ok()?;
                let pair = String::from_utf8(bytes).ok()?;
                pair.contains(':').then_some(pair)?
            }
            _ => return None,
        };
        // `Token user:password` is how 1.8 has it.
        let password = pair.split_once(':').map_or(pair.as_str(), |(_, it)| it);
        (!password.is_empty()).then(|| Secret::new(password.to_owned()))
    }
}

async fn principal(accounts: &Accounts, sent: Sent) -> Result<Principal, AccountError> {
    let (found, why) = match sent {
        Sent::ApiToken(token) => (
            accounts.by_token(&token.digest()),
            "this API token is unknown, has expired, or was revoked",
        ),
        Sent::Session(secret) => {
            // What is in a JSON Web Token is of no use here.
            let is_cookie = secret.expose().starts_with(COOKIE_PREFIX);
            let found = is_cookie.then(|| accounts.by_session(&secret.digest()));
            let why = "this session is unknown, has expired, or was revoked";
            (found.flatten(), why)
        }
        Sent::Ticket(ticket) => (
            accounts.by_ticket(&ticket.digest()),
            "this ticket is unknown, has expired, or was revoked",
        ),
        Sent::Proxy(name) => return accounts.by_proxy(&name).await,
        Sent::Jwt(token) => return accounts.by_jwt(&token).await,
    };
    found.ok_or(AccountError::InvalidCredential(why))
}

/// Whether it may come with the visitor's cookie: a page of another site must neither change anything nor open a
/// WebSocket.
fn is_of_own_page(app: &App, request: &Request, from: &RequestOrigin) -> bool {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    let is_own = || app.guard().is_own_origin(headers, from);
    match is_safe {
        true => !crate::ws::is_upgrade(request) || is_own(),
        false => is_own() && !is_of_another_site(headers),
    }
}

/// The user that a trusted proxy names. From others the header says nothing.
fn proxied_user(
    accounts: &Accounts,
    from: &RequestOrigin,
    headers: &HeaderMap,
) -> Result<Option<Sent>, &'static str> {
    let Some(name) = accounts.proxy_user_header().filter(|_| from.is_via_proxy) else {
        return Ok(None);
    };
    let mut values = headers.get_all(name).into_iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Of several, the proxy has set only one.
    let why = "the proxy has to send the header of the user once, as text, and to remove it from what clients send";
    let user = value.to_str().map_err(|_| why)?.trim();
    if values.next().is_some() || user.contains(',') {
        return Err(why);
    }
    Ok((!user.is_empty()).then(|| Sent::Proxy(user.to_owned())))
}

/// The name of the session's cookie. Over HTTPS only the name with the
/// prefix counts, which neither another site nor an attacker on the network can set (RFC 6265bis, 4.1.3.2).
struct CookieName(String);

impl CookieName {
    fn of(name: &str, is_secure: bool) -> Self {
        Self(match is_secure {
            true => format!("__Host-{name}"),
            false => name.to_owned(),
        })
    }
}

/// The one credential of a request. Browsers add cookies by themselves, also to a WebSocket for which the page names a
/// credential as a subprotocol, which counts then.
fn credential(
    headers: &HeaderMap,
    cookie: &CookieName,
    by_subprotocol: bool,
    passwords: Passwords,
    proxied: Option<Sent>,
) -> Result<Option<Sent>, &'static str> {
    let mut all = Vec::new();
    if by_subprotocol {
        for value in headers.get_all(header::SEC_WEBSOCKET_PROTOCOL) {
            for name in value.to_str().unwrap_or_default().split(',').map(str::trim) {
                if let Some(token) = name.strip_prefix(TOKEN_SUBPROTOCOL) {
                    all.push(bearer_token(token));
                } else if let Some(ticket) = name.strip_prefix(TICKET_SUBPROTOCOL) {
                    all.push(Sent::Ticket(Secret::new(ticket.to_owned())));
                }
            }
        }
    }
    let has_subprotocol = !all.is_empty();
    for value in headers.get_all(header::AUTHORIZATION) {
        let text = value.to_str().ok().map(str::trim);
        let bearer = text.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match bearer {
            Some(token) if !token.is_empty() => all.push(bearer_token(token)),
            // What the proxy has checked itself, and passes on.
            _ if proxied.is_some() => {}
            _ if let Some(password) = text.and_then(|it| passwords.of_header(it)) => {
                all.push(Sent::ApiToken(password));
            }
            _ => return Err("the header `Authorization` has to be `Bearer` and a token"),
        }
    }
    all.extend(passwords.parameter.map(Sent::ApiToken));
    if !has_subprotocol {
        all.extend(proxied);
        let mut secrets = cookies(headers, &cookie.0);
        // Of several, another site may have set one, so none counts.
        if let (Some(secret), None) = (secrets.next(), secrets.next()) {
            all.push(Sent::Session(Secret::new(secret.to_owned())));
        }
    }
    match all.len() {
        0 | 1 => Ok(all.pop()),
        _ => Err("the request has more than one credential; send one of them"),
    }
}

fn bearer_token(token: &str) -> Sent {
    let secret = Secret::new(token.to_owned());
    match token.starts_with(crate::accounts::TOKEN_PREFIX) {
        true => Sent::ApiToken(secret),
        false => Sent::Jwt(secret),
    }
}

/// The values of the cookie with this name (RFC 6265, 5.4).
fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let pairs = values.flat_map(|value| value.to_str().unwrap_or_default().split(';'));
    pairs.filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

fn token_parameter(query: Option<&str>) -> Option<&'static str> {
    let mut keys = query?.split('&').filter_map(|pair| pair.split('=').next());
    keys.find_map(|key| {
        TOKEN_PARAMETERS
            .into_iter()
            .find(|name| key.eq_ignore_ascii_case(name))
    })
}

fn error(status: StatusCode, reason: RejectedRequest, error: String) -> Response {
    let mut response = (status, Json(ErrorResponse { error })).into_response();
    response.extensions_mut().insert(reason);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_str(value).expect(value));
        }
        headers
    }

    /// Which credential it is, and its text, of a WebSocket over HTTP.
    fn kind(
        pairs: &[(header::HeaderName, &str)],
    ) -> Result<Option<(&'static str, String)>, &'static str> {
        kind_over(pairs, false)
    }

    fn kind_over(
        pairs: &[(header::HeaderName, &str)],
        is_secure: bool,
    ) -> Result<Option<(&'static str, String)>, &'static str> {
        let cookie = CookieName::of("watchroom-1234", is_secure);
        let sent = credential(&headers(pairs), &cookie, true, Passwords::default(), None)?;
        Ok(sent.map(|sent| {
            let (kind, secret) = match sent {
                Sent::ApiToken(secret) => ("token", secret),
                Sent::Jwt(secret) => ("jwt", secret),
                Sent::Session(secret) => ("session", secret),
                Sent::Ticket(secret) => ("ticket", secret),
                Sent::Proxy(user) => ("proxy", Secret::new(user)),
            };
            (kind, secret.expose().to_owned())
        }))
    }

    #[test]
    fn a_credential_is_found_wherever_it_may_be() {
        use header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
        for (name, value, expected) in [
            (AUTHORIZATION, "Bearer wr_a", ("token", "wr_a")),
            (AUTHORIZATION, "bearer  a.b.c", ("jwt", "a.b.c")),
            (COOKIE, "x=1; watchroom-1234=ws_a; y=2", ("session", "ws_a")),
            (
                SEC_WEBSOCKET_PROTOCOL,
                "watchroom.v1, watchroom.token.wr_a",
                ("token", "wr_a"),
            ),
            (
                SEC_WEBSOCKET_PROTOCOL,
                "watchroom.ticket.wt_a",
                ("ticket", "wt_a"),
            ),
        ] {
            let expected = Ok(Some((expected.0, expected.1.to_owned())));
            assert_eq!(kind(&[(name, value)]), expected, "{value}");
        }
        for none in ["watchroom-9999=ws_a", "watchroom-1234", ""] {
            assert_eq!(kind(&[(COOKIE, none)]), Ok(None), "{none}");
        }
        let by_page = [
            (SEC_WEBSOCKET_PROTOCOL, "watchroom.ticket.wt_a"),
            (COOKIE, "watchroom-1234=ws_a"),
        ];
        let ticket = Ok(Some(("ticket", "wt_a".to_owned())));
        assert_eq!(kind(&by_page), ticket, "browsers add the cookie");
    }

    #[test]
    fn a_cookie_counts_only_as_its_scheme_sets_it() {
        let found = |cookies: &str, is_secure| {
            let found = kind_over(&[(header::COOKIE, cookies)], is_secure);
            found.expect("no error").map(|(_, secret)| secret)
        };
        let (plain, secure) = ("watchroom-1234=ws_a", "__Host-watchroom-1234=ws_b");
        assert_eq!(found(plain, true), None, "anybody on the way can set it");
        assert_eq!(found(secure, false), None);
        let both = format!("{plain}; {secure}");
        assert_eq!(found(&both, false).as_deref(), Some("ws_a"));
        assert_eq!(found(&both, true).as_deref(), Some("ws_b"));
        assert_eq!(
            found("watchroom-1234=ws_a; watchroom-1234=ws_c", false),
            None
        );
    }

    #[test]
    fn two_credentials_are_an_error() {
        use header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
        for pairs in [
            [
                (AUTHORIZATION, "Bearer wr_a"),
                (AUTHORIZATION, "Bearer wr_b"),
            ],
            [
                (AUTHORIZATION, "Bearer wr_a"),
                (COOKIE, "watchroom-1234=ws_a"),
            ],
            [
                (AUTHORIZATION, "Bearer wr_a"),
                (SEC_WEBSOCKET_PROTOCOL, "watchroom.token.wr_b"),
            ],
        ] {
            assert!(kind(&pairs).is_err(), "{pairs:?}");
        }
        for malformed in ["Bearer", "Bearer ", "Basic YTpi", "wr_a"] {
            assert!(kind(&[(AUTHORIZATION, malformed)]).is_err(), "{malformed}");
        }
    }

    /// The credential of a request to this address, with this header `Authorization`.
    fn sent_to(uri: &str, authorization: &str) -> Result<Option<String>, &'static str> {
        let request = Request::builder().uri(uri).body(axum::body::Body::empty());
        let passwords = Passwords::of(&request.expect("a request"))?;
        let cookie = CookieName::of("watchroom-1234", false);
        let mut sent = HeaderMap::new();
        if !authorization.is_empty() {
            let value = HeaderValue::from_str(authorization).expect(authorization);
            sent.insert(header::AUTHORIZATION, value);
        }
        let found = credential(&sent, &cookie, false, passwords, None)?;
        Ok(found.map(|sent| match sent {
            Sent::ApiToken(secret) => secret.expose().to_owned(),
            _ => "another kind".to_owned(),
        }))
    }

    #[test]
    fn inputs_take_a_token_as_their_programs_send_it() {
        let found = Ok(Some("wr_a".to_owned()));
        for (uri, authorization) in [
            ("/api/v2/write", "Token wr_a"),
            ("/write", "token user:wr_a"),
            // telegraf:wr_a
            ("/write", "Basic dGVsZWdyYWY6d3JfYQ=="),
            ("/api/v1/write", "basic dGVsZWdyYWY6d3JfYQ=="),
            ("/v1/metrics", "Bearer wr_a"),
            ("/write?db=d&u=x&p=wr_a", ""),
            ("/write?u=x", "Token wr_a"),
        ] {
            assert_eq!(sent_to(uri, authorization), found, "{uri} {authorization}");
        }
        assert_eq!(sent_to("/write?u=x", ""), Ok(None));
        assert_eq!(
            sent_to("/api/v2/write?u=x&p=wr_a", ""),
            Ok(None),
            "only in 1.x"
        );
    }

    #[test]
    fn other_routes_take_it_only_as_ever() {
        for (uri, authorization) in [
            ("/api/v1/users", "Basic dGVsZWdyYWY6d3JfYQ=="),
            ("/api/v1/users", "Token wr_a"),
            ("/write", "Basic !"),
            ("/write", "Basic d3JfYQ=="),
            ("/write", "Token "),
            ("/write", "Digest wr_a"),
            ("/write?p=wr_a", "Token wr_b"),
            ("/write?p=wr_a&p=wr_b", ""),
        ] {
            assert!(
                sent_to(uri, authorization).is_err(),
                "{uri} {authorization}"
            );
        }
        assert_eq!(sent_to("/api/v1/users?p=wr_a", ""), Ok(None));
    }

    #[test]
    fn a_token_in_the_address_is_found() {
        assert_eq!(token_parameter(Some("a=1&token=x")), Some("token"));
        assert_eq!(
            token_parameter(Some("Access_Token=x")),
            Some("access_token")
        );
        assert_eq!(token_parameter(Some("streams=metrics")), None);
        assert_eq!(token_parameter(None), None);
    }
}

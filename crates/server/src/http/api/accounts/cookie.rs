use axum::http::{HeaderMap, HeaderValue, header};

/// How long browsers keep the cookie: as long as a session can last.
const MAX_AGE_S: u64 = 30 * 24 * 3_600;

/// The cookie of a session (RFC 6265bis, 4.1.3): over HTTPS its name has a browser accept it only from there, and for
/// this host alone.
pub(super) fn cookie(
    name: &str,
    value: &str,
    is_secure: bool,
    max_age_s: u64,
) -> Option<HeaderValue> {
    let text = match is_secure {
        true => format!(
            "__Host-{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax; Secure"
        ),
        false => format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax"),
    };
    let mut cookie = HeaderValue::from_str(&text).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// The cookie of a new session.
pub(super) fn set(name: &str, secret: &str, is_secure: bool) -> Option<HeaderValue> {
    cookie(name, secret, is_secure, MAX_AGE_S)
}

/// Has browsers forget the cookie.
pub(super) fn remove(name: &str, is_secure: bool) -> Option<HeaderValue> {
    cookie(name, "", is_secure, 0)
}

/// The same of both schemes.
pub(crate) fn forget(headers: &mut HeaderMap, name: &str) {
    let cookies = [false, true].map(|is_secure| remove(name, is_secure));
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
}

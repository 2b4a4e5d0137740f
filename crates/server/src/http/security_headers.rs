use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The policy of responses without one of their own, which are no pages and run nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Features of browsers that no page here uses. Only those that every browser with this header knows: others are
/// warnings in the page's console.
const NO_FEATURES: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), midi=()";

/// Adds security headers to every response of a route.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add_to(response.headers_mut());
    response
}

/// Adds security headers, where a response has none of its own.
pub(super) fn add_to(headers: &mut HeaderMap) {
    let strict: [(HeaderName, &str); 7] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, NOTHING),
        (HeaderName::from_static("permissions-policy"), NO_FEATURES),
        // For browsers that do not know `frame-ancestors`.
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in strict {
        headers
            .entry(name)
            .or_insert_with(|| HeaderValue::from_static(value));
    }
}

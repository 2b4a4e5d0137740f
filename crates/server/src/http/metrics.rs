use crate::app::App;
use crate::metrics::{Exposition, Format, write_host, write_own};
use accounts::{Action, Principal, authorize};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

/// `GET /metrics`: the server's metrics, unless the public asks, and the host's, as Prometheus's text format or OpenMetrics. The response has
/// some KiB, and at most some hundred on a host with as many cores, disks and interfaces as are listed.
pub(crate) fn metrics(app: &App, principal: &Principal, headers: &HeaderMap) -> Response {
    let format = Format::accepted(headers);
    let mut out = Exposition::new(format);
    if authorize(principal, Action::Read).is_ok() {
        write_own(&mut out, app);
    }
    write_host(&mut out, app, &principal.access);
    let headers = [
        (header::CONTENT_TYPE, format.content_type()),
        (header::VARY, "accept"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, out.finish()).into_response()
}

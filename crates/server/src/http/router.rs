use super::{Preset, api, guard, health, page, security_headers, site};
use crate::app::App;
use crate::{sse, ws};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use protocol::Stream;
use std::net::SocketAddr;

/// Every address of the server, on one screen.
pub(crate) fn router(app: &App) -> Router {
    let ws = |preset: &'static [Stream]| {
        get(
            async move |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
                ws::upgrade(state, peer, Preset(preset), request).await
            },
        )
    };
    let events = |preset: &'static [Stream]| {
        get(
            async move |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
                sse::events(state, peer, Preset(preset), request).await
            },
        )
    };
    let router = Router::new();
    #[cfg(feature = "conformance")]
    let router = router.route("/conformance/echo", get(ws::conformance::echo));
    router
        // people
        .route("/", get(page::dashboard))
        .route("/pkg/{*file}", get(site::package))
        // viewers
        .route("/ws", ws(&[]))
        .route("/ws/dashboard", ws(&Stream::ALL))
        .route("/ws/metrics", ws(&[Stream::Metrics, Stream::Processes]))
        .route("/ws/notifications", ws(&[Stream::Events, Stream::Alerts]))
        .route("/api/events", events(&[]))
        .route("/api/events/all", events(&Stream::ALL))
        .route(
            "/api/events/metrics",
            events(&[Stream::Metrics, Stream::Processes]),
        )
        .route(
            "/api/events/alerts",
            events(&[Stream::Events, Stream::Alerts]),
        )
        // programs
        .merge(api::router())
        // machines
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(site::root_file)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .layer(from_fn_with_state(app.clone(), guard::check_host))
        .layer(from_fn(security_headers::add))
        .with_state(app.clone())
}

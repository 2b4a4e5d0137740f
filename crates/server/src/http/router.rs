use super::{Preset, api, guard, health, page, security_headers, site};
use crate::app::App;
use crate::sse;
use crate::ws::{self, Variant};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use protocol::Stream;
use std::net::SocketAddr;

/// The response of these paths to other requests.
const ONLY_WEBSOCKET: &str = "This address is a WebSocket, and nothing else is here: the page is at /, \
                              and docs/protocol.md says what a client says.\n";

/// All routes of the server.
pub(crate) fn router(app: &App) -> Router {
    let ws = |preset: &'static [Stream]| {
        get(
            async move |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
                ws::upgrade(state, peer, Preset(preset), Variant::Plain, request).await
            },
        )
    };
    let page_or_ws = get(
        async |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
            if ws::is_upgrade(&request) {
                ws::upgrade(
                    state,
                    peer,
                    Preset(&Stream::PRESET),
                    Variant::Plain,
                    request,
                )
                .await
            } else {
                page::dashboard(state, request).await
            }
        },
    );
    let enveloped_ws = |preset: &'static [Stream]| {
        get(
            async move |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
                if ws::is_upgrade(&request) {
                    ws::upgrade(state, peer, Preset(preset), Variant::Enveloped, request).await
                } else {
                    (StatusCode::NOT_FOUND, ONLY_WEBSOCKET).into_response()
                }
            },
        )
    };
    let router = Router::new();
    #[cfg(feature = "conformance")]
    let router = router.route("/conformance/echo", get(ws::conformance::echo));
    router
        // people
        .route("/", page_or_ws)
        .route("/pkg/{*file}", get(site::package))
        // viewers
        .route("/ws", ws(&[]))
        .route("/ws/dashboard", ws(&Stream::PRESET))
        .route("/ws/metrics", ws(&[Stream::Metrics, Stream::Processes]))
        .route("/ws/notifications", ws(&[Stream::Events, Stream::Alerts]))
        .route(
            "/dashboard",
            enveloped_ws(&[Stream::Metrics, Stream::Events, Stream::Alerts]),
        )
        .route("/metrics", enveloped_ws(&[Stream::Metrics]))
        .route(
            "/notifications",
            enveloped_ws(&[Stream::Events, Stream::Alerts]),
        )
        .merge(readers(app))
        // machines
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(site::root_file)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(app.clone(), guard::check_host))
        .layer(from_fn(security_headers::add))
        .with_state(app.clone())
}

/// Routes that pages of allowed origins may read (CORS).
fn readers(app: &App) -> Router<App> {
    let events = |preset: &'static [Stream]| {
        get(
            async move |state: State<App>, peer: ConnectInfo<SocketAddr>, request: Request| {
                sse::events(state, peer, Preset(preset), request).await
            },
        )
    };
    Router::new()
        // viewers
        .route("/api/events", events(&[]))
        .route("/api/events/all", events(&Stream::PRESET))
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
        // Before the layers, so that they handle preflights, too.
        .method_not_allowed_fallback(not_allowed)
        .layer(guard::share_with_allowed_origins(app))
        .layer(from_fn_with_state(app.clone(), guard::check_origin))
}

async fn not_allowed() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

use super::authenticate::authenticate;
use super::routes::{DeclaredRoute, Routes, Sender};
use super::{
    Preset, api, guard, health, inputs, login_off, metrics, page, security_headers, site, status,
};
use crate::app::App;
use crate::sse;
use crate::ws::{self, Variant};
use accounts::Action::{Read, ReadDashboard, ReadPublic, ReadServer};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use client::PageKind;
use protocol::Stream;
use std::pin::Pin;

/// The response of these paths to other requests.
const ONLY_WEBSOCKET: &str = "This address is a WebSocket, and nothing else is here: the page is at /, \
                              and docs/protocol.md says what a client says.\n";

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// All routes of the server, and what each declares.
pub(crate) fn router(app: &App) -> (Router, Vec<DeclaredRoute>) {
    let routes = all(app);
    let declared = routes.declared();
    let for_services = routes.for_services();
    let router = routes
        .authorized(app)
        .layer(from_fn_with_state(app.clone(), guard::answer_preflight))
        .layer(from_fn_with_state(app.clone(), authenticate))
        .layer(from_fn_with_state(app.clone(), guard::check_host))
        .layer(from_fn_with_state(
            (app.clone(), for_services),
            login_off::refuse_others,
        ))
        .layer(from_fn(security_headers::add))
        .with_state(app.clone());
    (router, declared)
}

/// Every route, with the action that it takes.
fn all(app: &App) -> Routes {
    let routes = Routes::new();
    #[cfg(debug_assertions)]
    let routes = routes.page("/dev/gallery", Read, page::gallery);
    #[cfg(feature = "conformance")]
    let routes = routes.get("/conformance/echo", ReadPublic, ws::conformance::echo);
    routes
        // people
        .page_or_socket("/", ReadDashboard, page_or_websocket)
        .get("/login", ReadPublic, account(PageKind::Login))
        .get("/setup", ReadPublic, account(PageKind::Setup))
        // Public, since users who have to set up one-time codes may read nothing else before.
        .get("/account", ReadPublic, account(PageKind::Account))
        .page("/users", Read, account(PageKind::Users))
        .page("/alerts", ReadDashboard, account(PageKind::Alerts))
        .page("/checks", ReadDashboard, account(PageKind::Checks))
        .page("/rooms", Read, account(PageKind::Rooms))
        .page("/boards", Read, page::boards)
        .page("/server", ReadServer, account(PageKind::Server))
        .page("/sources", ReadServer, account(PageKind::Sources))
        .get("/pkg/{*file}", ReadPublic, site::package)
        // viewers
        .socket("/ws", ReadDashboard, websocket(&[]))
        .socket("/ws/dashboard", ReadDashboard, websocket(&Stream::PRESET))
        .socket(
            "/ws/metrics",
            ReadDashboard,
            websocket(&[Stream::Metrics, Stream::Processes]),
        )
        .socket(
            "/ws/notifications",
            ReadDashboard,
            websocket(&[Stream::Events, Stream::Alerts]),
        )
        .socket(
            "/dashboard",
            ReadDashboard,
            enveloped(&[Stream::Metrics, Stream::Events, Stream::Alerts]),
        )
        .socket("/metrics", ReadDashboard, metrics_or_websocket)
        .socket(
            "/notifications",
            ReadDashboard,
            enveloped(&[Stream::Events, Stream::Alerts]),
        )
        .merge(readers(app))
        .page("/status", status::action(app), status::page)
        .get("/status.json", status::action(app), status::json)
        .get("/status/badge.svg", status::action(app), status::badge_svg)
        // machines
        .get("/healthz", ReadPublic, health::alive)
        .get("/readyz", ReadPublic, health::ready)
}

/// Routes that pages of allowed origins may read (CORS).
fn readers(app: &App) -> Routes {
    Routes::new()
        // viewers
        .get("/api/events", ReadDashboard, events(&[]))
        .get("/api/events/all", ReadDashboard, events(&Stream::PRESET))
        .get(
            "/api/events/metrics",
            ReadDashboard,
            events(&[Stream::Metrics, Stream::Processes]),
        )
        .get(
            "/api/events/alerts",
            ReadDashboard,
            events(&[Stream::Events, Stream::Alerts]),
        )
        // programs
        .merge(api::routes(
            &app.page().base_path,
            app.accounts().cookie_name(),
            app.response_memory().clone(),
        ))
        .merge(inputs::routes())
        .layered(|router| {
            router
                .layer(guard::share_with_allowed_origins(app))
                .layer(from_fn_with_state(app.clone(), guard::check_origin))
        })
}

async fn page_or_websocket(state: State<App>, sender: Sender, request: Request) -> Response {
    match ws::is_upgrade(&request) {
        true => {
            let preset = Preset(&Stream::PRESET);
            ws::upgrade(state, preset, Variant::Plain, request).await
        }
        false => page::dashboard(state, sender, request).await,
    }
}

/// For a browser that opens a WebSocket a viewer, for everything else what monitoring systems scrape.
async fn metrics_or_websocket(
    State(app): State<App>,
    Sender(principal): Sender,
    request: Request,
) -> Response {
    match ws::is_upgrade(&request) {
        true => {
            let preset = Preset(&[Stream::Metrics]);
            ws::upgrade(State(app), preset, Variant::Enveloped, request).await
        }
        false => metrics::metrics(&app, &principal, request.headers()),
    }
}

fn account(kind: PageKind) -> impl Fn(State<App>, Request) -> Answer + Clone {
    move |State(app), request| Box::pin(page::account(app, request, kind))
}

fn websocket(preset: &'static [Stream]) -> impl Fn(State<App>, Request) -> Answer + Clone {
    move |state, request| {
        let preset = Preset(preset);
        Box::pin(ws::upgrade(state, preset, Variant::Plain, request))
    }
}

fn enveloped(preset: &'static [Stream]) -> impl Fn(State<App>, Request) -> Answer + Clone {
    move |state, request| {
        Box::pin(async move {
            if !ws::is_upgrade(&request) {
                return (StatusCode::NOT_FOUND, ONLY_WEBSOCKET).into_response();
            }
            ws::upgrade(state, Preset(preset), Variant::Enveloped, request).await
        })
    }
}

fn events(preset: &'static [Stream]) -> impl Fn(State<App>, Request) -> Answer + Clone {
    move |state, request| Box::pin(sse::events(state, Preset(preset), request))
}

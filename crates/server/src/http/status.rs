use crate::app::App;
use crate::config::StatusPage;
use crate::status::{STYLE, Shown, badge};
use accounts::Action;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64;
use serde::Deserialize;
use std::sync::{Arc, LazyLock};

const OFF: &str = "The status page is off. It is turned on by the setting `status_page`, and shows the checks that have \
                   `public = true`.\n";

/// The limits of how often a browser asks again, in seconds.
const REFRESH_S_MIN: u32 = 5;
const REFRESH_S_MAX: u32 = 3_600;

/// What is shown runs nothing, loads nothing, and has the style sheet that is in it.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
    let hash = BASE64.encode(digest.as_ref());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// The action of its routes. If it is for everybody, it is as any other page that everybody may see.
pub(super) fn action(app: &App) -> Action {
    match app.status().setting() {
        StatusPage::Public => Action::ReadPublic,
        StatusPage::Off | StatusPage::SignedIn => Action::ReadStatus,
    }
}

async fn shown(app: &App) -> Result<Arc<Shown>, Response> {
    match app.status().setting() {
        StatusPage::Off => Err((StatusCode::NOT_FOUND, OFF).into_response()),
        StatusPage::SignedIn | StatusPage::Public => {
            let pages = app.status();
            Ok(pages
                .current(app.checks(), app.alerts(), app.archive())
                .await)
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PageQuery {
    /// How often the browser asks again, in seconds. Only if its reader wants that (WCAG 2.2.4).
    refresh: Option<u32>,
}

/// `GET /status`: a page that works without a program.
pub(super) async fn page(State(app): State<App>, Query(query): Query<PageQuery>) -> Response {
    match shown(&app).await {
        Ok(shown) => {
            let mut response = answer(&app, "text/html; charset=utf-8", shown.html.clone());
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
            if let Some(seconds) = query.refresh {
                let seconds = seconds.clamp(REFRESH_S_MIN, REFRESH_S_MAX);
                headers.insert(HeaderName::from_static("refresh"), seconds.into());
            }
            response
        }
        Err(refusal) => refusal,
    }
}

/// `GET /status.json`: the same for programs.
pub(super) async fn json(State(app): State<App>) -> Response {
    match shown(&app).await {
        Ok(shown) => answer(&app, "application/json", shown.json.clone()),
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
pub(super) struct BadgeQuery {
    /// The name of a check; without it, the badge is about all.
    check: Option<String>,
}

/// `GET /status/badge.svg`: a picture for other pages, such as a README.
pub(super) async fn badge_svg(State(app): State<App>, Query(query): Query<BadgeQuery>) -> Response {
    let shown = match shown(&app).await {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let Some(svg) = badge(&shown.summary, query.check.as_deref()) else {
        return (StatusCode::NOT_FOUND, "No such check is shown.\n").into_response();
    };
    let mut response = answer(&app, "image/svg+xml", svg.into());
    if app.status().setting() == StatusPage::Public {
        // Pages of other sites may show it.
        add_header(
            response.headers_mut(),
            "cross-origin-resource-policy",
            "cross-origin",
        );
    }
    response
}

fn answer(app: &App, content_type: &'static str, body: Bytes) -> Response {
    let cached = match app.status().setting() {
        StatusPage::Public => "public, max-age=5",
        StatusPage::Off | StatusPage::SignedIn => "private, max-age=5",
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, cached),
    ];
    (headers, body).into_response()
}

fn add_header(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    );
}

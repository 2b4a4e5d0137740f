//! How the server itself is doing.

use super::accounts::{AccountErrors, Body, finished, private};
use crate::accounts::{AccountError, Actor};
use crate::app::App;
use crate::http::routes::Sender;
use crate::log_level::check;
use crate::metrics::process::resident_bytes;
use crate::metrics::{RejectedMessage, RejectedRequest};
use crate::self_monitoring::{Rates, failing, limits};
use crate::viewers::Slow;
use crate::viewers::hub::TransportKind;
use accounts::{Action, authorize};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use protocol::server_info::{
    CountInfo, LogLevelChange, LogLevelInfo, ProcessInfo, RingInfo, ServerInfo, SlowViewer,
    StoreInfo, ViewersInfo,
};
use protocol::{Level, Timestamp};
use std::time::Duration;

/// The longest time for which another level of the log may apply.
const LOG_LEVEL_S_MAX: u32 = 24 * 60 * 60;

/// How the server itself is doing
///
/// Only admins learn who the slowest viewers are, and which targets of notifications fail.
#[utoipa::path(
    get,
    path = "/api/v1/server",
    responses((status = 200, description = "As of now; rates are of the last 10 s", body = ServerInfo), AccountErrors)
)]
pub(super) async fn server(State(app): State<App>, Sender(principal): Sender) -> Response {
    let is_admin = authorize(&principal, Action::ManageServer).is_ok();
    let manages_targets = authorize(&principal, Action::ManageTargets).is_ok();
    let (metrics, monitoring) = (app.hub().metrics(), app.monitoring());
    let rates = monitoring.rates();
    let info = ServerInfo {
        version: crate::VERSION.into(),
        host: app.hub().journal().own().name().to_owned(),
        started_ms: (metrics.started_seconds() * 1e3) as i64,
        now_ms: Timestamp::now().unix_ms(),
        problem: app.readiness().trouble().map(|it| it.to_string()),
        store: store(&app, &rates),
        viewers: viewers(&app, &rates, is_admin),
        ring: ring(&app),
        process: ProcessInfo {
            cpu_percent: rates.cpu_percent,
            memory_bytes: resident_bytes(),
        },
        limits: limits(&app),
        failing: failing(&app, manages_targets),
        rejected_requests: counts(&RejectedRequest::NAMES, &metrics.requests_by_reason()),
        rejected_messages: counts(&RejectedMessage::NAMES, &metrics.messages_by_reason()),
        failed_sign_ins: app.accounts().failed_sign_ins(),
        has_history: monitoring.is_recorded(),
    };
    private(Json(info).into_response())
}

fn store(app: &App, rates: &Rates) -> Option<StoreInfo> {
    let (metrics, monitoring) = (app.hub().metrics(), app.monitoring());
    let archive = app.archive()?;
    let (used_bytes, disk_bytes) = metrics.usage().unzip();
    Some(StoreInfo {
        kind: monitoring.store_kind()?.into(),
        is_available: app.readiness().is_store_available(),
        used_bytes,
        disk_bytes,
        bytes_max: monitoring.store_bytes_max(),
        commit_p50_s: rates.commit_p50_s,
        commit_p99_s: rates.commit_p99_s,
        failed_commits: metrics.failed_commits(),
        uncommitted_messages: metrics.uncommitted(),
        active_series: archive.series().active() as u64,
    })
}

fn viewers(app: &App, rates: &Rates, is_admin: bool) -> ViewersInfo {
    let hub = app.hub();
    let slowest = hub.slowest().into_iter();
    ViewersInfo {
        websocket: hub.count_of(TransportKind::WebSocket) as u64,
        sse: hub.count_of(TransportKind::Events) as u64,
        sse_http2: hub.http2_count() as u64,
        deliveries_per_s: rates.deliveries_per_s,
        bytes_per_s: rates.sent_bytes_per_s,
        gaps: hub.traffic().gaps.iter().sum(),
        slowest: slowest.filter_map(|it| slow(app, &it, is_admin)).collect(),
    }
}

/// A viewer that is behind, unless it is gone.
fn slow(app: &App, of: &Slow, is_admin: bool) -> Option<SlowViewer> {
    let viewer = of.viewer.upgrade().filter(|viewer| !viewer.is_gone())?;
    let behind_ms = i64::try_from(of.behind_ms).unwrap_or(i64::MAX);
    let kind = match viewer.socket() {
        Some(_) => TransportKind::WebSocket,
        None => TransportKind::Events,
    };
    let person = viewer.credential().filter(|_| is_admin);
    let person = person.and_then(|credential| app.accounts().person_of(credential));
    let address = app.hub().viewer_address(viewer.id).filter(|_| is_admin);
    Some(SlowViewer {
        client_id: format!("c-{:x}", viewer.id),
        transport: kind.name().into(),
        behind_messages: of.behind_messages,
        since_ms: Timestamp::now().unix_ms().saturating_sub(behind_ms),
        user: person.map(|person| person.name),
        address: address.map(|address| address.to_string()),
    })
}

fn ring(app: &App) -> RingInfo {
    let (messages, bytes) = app.hub().journal().fill();
    let (messages_max, bytes_max) = app.monitoring().ring_max();
    RingInfo {
        messages: messages as u64,
        messages_max: messages_max as u64,
        bytes: bytes as u64,
        bytes_max: bytes_max as u64,
    }
}

/// Those of which there are any.
fn counts(names: &[&str], counts: &[u64]) -> Vec<CountInfo> {
    let all = names.iter().zip(counts).filter(|(_, count)| **count > 0);
    let all = all.map(|(name, count)| CountInfo {
        reason: (*name).to_owned(),
        count: *count,
    });
    all.collect()
}

/// The level of the log
#[utoipa::path(
    get,
    path = "/api/v1/server/log-level",
    responses((status = 200, description = "What applies", body = LogLevelInfo), AccountErrors)
)]
pub(super) async fn log_level(State(app): State<App>) -> Response {
    private(Json(app.log_level().info()).into_response())
}

/// Change the level of the log, until the next start or for a time
#[utoipa::path(
    put,
    path = "/api/v1/server/log-level",
    request_body = LogLevelChange,
    responses((status = 200, description = "What applies now", body = LogLevelInfo), AccountErrors)
)]
pub(super) async fn change_log_level(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(change): Body<LogLevelChange>,
) -> Result<Response, AccountError> {
    let LogLevelChange { directives, for_s } = change;
    if let Some(directives) = &directives {
        check(directives).map_err(|error| AccountError::Invalid(error.to_string()))?;
    }
    if for_s.is_some_and(|seconds| !(1..=LOG_LEVEL_S_MAX).contains(&seconds)) {
        let why = format!("`for_s` is a number of seconds from 1 to {LOG_LEVEL_S_MAX}");
        return Err(AccountError::Invalid(why));
    }
    if directives.is_none() && for_s.is_some() {
        let why = "`for_s` takes `directives`, which apply for that time";
        return Err(AccountError::Invalid(why.into()));
    }
    let of = app.clone();
    let changed = async move {
        let actor = Actor::Sender(&principal);
        let by = of.accounts().still_may(actor, Action::ManageServer)?;
        let (to, time) = match (&directives, for_s) {
            (None, _) => ("that of the configuration".to_owned(), String::new()),
            (Some(directives), None) => (format!("`{directives}`"), String::new()),
            (Some(directives), Some(seconds)) => {
                (format!("`{directives}`"), format!(" for {seconds} s"))
            }
        };
        let text = format!("{by} changed the level of the log to {to}{time}");
        of.accounts().audit(Level::Info, text).await?;
        tracing::info!(by, to, "The level of the log is changed.");
        match directives {
            None => of.log_level().reset(),
            Some(directives) => {
                let time = for_s.map(|seconds| Duration::from_secs(seconds.into()));
                let now_ms = Timestamp::now().unix_ms();
                of.log_level().change(directives, time, now_ms);
            }
        }
        Ok::<_, AccountError>(())
    };
    finished(changed).await?;
    Ok(private(Json(app.log_level().info()).into_response()))
}

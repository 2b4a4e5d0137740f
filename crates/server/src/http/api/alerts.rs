//! Rules, alerts, acknowledgements and silences.

use super::accounts::{AccountErrors, Body, finished, private};
use super::error::{completed, in_background};
use crate::accounts::AccountError;
use crate::alerts::{Alerts, Author, BacktestError, Notifiers};
use crate::app::App;
use crate::http::api::error::ApiError;
use crate::http::routes::{Routes, Sender};
use crate::reading::Reader;
use accounts::{Action, Principal, authorize};
use alerts::Rule;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::Timestamp;
use protocol::alerting::{
    Acknowledge, AlertList, Backtest, BacktestResponse, NewSilence, NewTarget, RuleDefinition,
    RuleList, Silence, SilenceList, TargetInfo, TargetList, TargetTest,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, with the action of each.
pub(super) fn routes(described: &mut OpenApiRouter<App>) -> Routes {
    use Action::{ManageAlerts, ManageTargets, Read, ReadDashboard};
    Routes::new()
        .described(described, ReadDashboard, routes!(alerts))
        .described(described, ManageAlerts, routes!(acknowledge, unacknowledge))
        .described(described, Read, routes!(silences))
        .described(described, ManageAlerts, routes!(silence))
        .described(described, ManageAlerts, routes!(end_silence))
        .described(described, Read, routes!(rules))
        .described(described, ManageAlerts, routes!(create_rule))
        .described(described, ManageAlerts, routes!(change_rule, remove_rule))
        .described(described, Read, routes!(backtest))
        .described(described, ManageTargets, routes!(targets, create_target))
        .described(described, ManageTargets, routes!(remove_target))
        .described(described, ManageTargets, routes!(test_target))
}

fn service(app: &App) -> Result<Alerts, AccountError> {
    app.alerts().cloned().ok_or(AccountError::NoAlerts)
}

fn author(app: &App, principal: Principal) -> Author {
    Author {
        accounts: app.accounts().clone(),
        principal,
    }
}

/// The alerts that are firing
///
/// Without signing in, where the dashboard is public, nothing of what people did about them.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    responses((status = 200, description = "The gravest first", body = AlertList), AccountErrors)
)]
pub(super) async fn alerts(
    State(app): State<App>,
    Sender(principal): Sender,
) -> Result<Response, AccountError> {
    let mut list = AlertList {
        manages_targets: authorize(&principal, Action::ManageTargets).is_ok(),
        ..service(&app)?.list()
    };
    if authorize(&principal, Action::Read).is_err() {
        for alert in &mut list.alerts {
            (alert.acknowledged, alert.silence) = (None, None);
        }
    }
    Ok(private(Json(list).into_response()))
}

/// Acknowledge an alert
#[utoipa::path(
    put,
    path = "/api/v1/alerts/{id}/acknowledgement",
    params(("id" = String, Path, description = "As in the list")),
    request_body = Acknowledge,
    responses((status = 204, description = "It is acknowledged"), AccountErrors)
)]
pub(super) async fn acknowledge(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
    Body(body): Body<Acknowledge>,
) -> Result<StatusCode, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.acknowledge(author, &id, Some(body.why)).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the acknowledgement of an alert back
#[utoipa::path(
    delete,
    path = "/api/v1/alerts/{id}/acknowledgement",
    params(("id" = String, Path, description = "As in the list")),
    responses((status = 204, description = "It is not acknowledged"), AccountErrors)
)]
pub(super) async fn unacknowledge(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
) -> Result<StatusCode, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.acknowledge(author, &id, None).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The silences that have not ended, and all maintenance windows
#[utoipa::path(
    get,
    path = "/api/v1/silences",
    responses((status = 200, description = "The one that ends first comes first", body = SilenceList), AccountErrors)
)]
pub(super) async fn silences(State(app): State<App>) -> Result<Response, AccountError> {
    Ok(private(Json(service(&app)?.silences()).into_response()))
}

/// Silence alerts: they are evaluated and shown, and nobody is notified
///
/// With `repeat` it is a maintenance window, which opens each week.
#[utoipa::path(
    post,
    path = "/api/v1/silences",
    request_body = NewSilence,
    responses((status = 201, description = "The silence", body = Silence), AccountErrors)
)]
pub(super) async fn silence(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(new): Body<NewSilence>,
) -> Result<Response, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    let silence = finished(async move { alerts.silence(author, new).await }).await?;
    Ok(private(
        (StatusCode::CREATED, Json(silence)).into_response(),
    ))
}

/// End a silence, or remove a maintenance window
#[utoipa::path(
    delete,
    path = "/api/v1/silences/{id}",
    params(("id" = String, Path, description = "As in the list")),
    responses((status = 204, description = "It has ended"), AccountErrors)
)]
pub(super) async fn end_silence(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
) -> Result<StatusCode, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.end_silence(author, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every rule, and its state for each of its series
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    responses((status = 200, description = "By name", body = RuleList), AccountErrors)
)]
pub(super) async fn rules(State(app): State<App>) -> Result<Response, AccountError> {
    Ok(private(Json(service(&app)?.rules()).into_response()))
}

/// Create a rule
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    request_body = RuleDefinition,
    responses((status = 201, description = "It is evaluated"), AccountErrors)
)]
pub(super) async fn create_rule(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(rule): Body<RuleDefinition>,
) -> Result<StatusCode, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.put_rule(author, rule, true).await }).await?;
    Ok(StatusCode::CREATED)
}

/// Change a rule
///
/// One of the default rules is replaced. A rule of a file can only be changed there.
#[utoipa::path(
    put,
    path = "/api/v1/rules/{name}",
    params(("name" = String, Path, description = "Its name")),
    request_body = RuleDefinition,
    responses((status = 204, description = "It is changed"), AccountErrors)
)]
pub(super) async fn change_rule(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(name): Path<String>,
    Body(rule): Body<RuleDefinition>,
) -> Result<StatusCode, AccountError> {
    if rule.name != name {
        let why = "`name`: a rule is not renamed; create another one and remove this one";
        return Err(AccountError::Invalid(why.into()));
    }
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.put_rule(author, rule, false).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a rule; its alerts resolve
#[utoipa::path(
    delete,
    path = "/api/v1/rules/{name}",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is removed"), AccountErrors)
)]
pub(super) async fn remove_rule(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(name): Path<String>,
) -> Result<StatusCode, AccountError> {
    let (alerts, author) = (service(&app)?, author(&app, principal));
    finished(async move { alerts.remove_rule(author, &name).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a rule would have done: the firings over stored samples
#[utoipa::path(
    post,
    path = "/api/v1/rules/backtest",
    request_body = Backtest,
    responses((status = 200, description = "The firings", body = BacktestResponse), AccountErrors)
)]
pub(super) async fn backtest(
    State(app): State<App>,
    Body(body): Body<Backtest>,
) -> Result<Response, AccountError> {
    let alerts = service(&app)?;
    let archive = app.archive().ok_or(AccountError::NoAlerts)?;
    let now_ms = Timestamp::now().unix_ms();
    let rule = Rule::new(body.rule, archive.own());
    let rule = rule.map_err(|error| AccountError::Invalid(error.to_string()))?;
    let to_ms = body.to_ms.unwrap_or(now_ms);
    if body.from_ms >= to_ms {
        let why = "`from_ms`: it is earlier than `to_ms`";
        return Err(AccountError::Invalid(why.into()));
    }
    let own = archive.clone();
    let work = async move {
        completed(&own).await?;
        let _permit = own.permit(Reader::Known).await.ok_or(ApiError::Busy)?;
        Ok(alerts.backtest(rule, body.from_ms, to_ms, now_ms).await)
    };
    let done = in_background(archive, work).await;
    let response: BacktestResponse = match done {
        Ok(Ok(response)) => response,
        Ok(Err(BacktestError::TooMuch(why))) => return Err(AccountError::Invalid(why)),
        Ok(Err(BacktestError::Store(error))) => return Err(error.into()),
        Err(_) => return Err(AccountError::Busy),
    };
    Ok(private(Json(response).into_response()))
}

fn notifiers(app: &App) -> Result<Notifiers, AccountError> {
    app.notifiers().cloned().ok_or(AccountError::NoAlerts)
}

/// The targets of notifications, and what became of them
#[utoipa::path(
    get,
    path = "/api/v1/targets",
    responses((status = 200, description = "By name", body = TargetList), AccountErrors)
)]
pub(super) async fn targets(State(app): State<App>) -> Result<Response, AccountError> {
    Ok(private(Json(notifiers(&app)?.list()).into_response()))
}

/// Create a target of notifications
#[utoipa::path(
    post,
    path = "/api/v1/targets",
    request_body = NewTarget,
    responses((status = 201, description = "The target", body = TargetInfo), AccountErrors)
)]
pub(super) async fn create_target(
    State(app): State<App>,
    Sender(principal): Sender,
    Body(new): Body<NewTarget>,
) -> Result<Response, AccountError> {
    let (notifiers, author) = (notifiers(&app)?, author(&app, principal));
    let target = finished(async move { notifiers.create(author, new).await }).await?;
    Ok(private((StatusCode::CREATED, Json(target)).into_response()))
}

/// Remove a target of notifications
#[utoipa::path(
    delete,
    path = "/api/v1/targets/{id}",
    params(("id" = String, Path, description = "As in the list")),
    responses((status = 204, description = "It is removed"), AccountErrors)
)]
pub(super) async fn remove_target(
    State(app): State<App>,
    Sender(principal): Sender,
    Path(id): Path<String>,
) -> Result<StatusCode, AccountError> {
    let (notifiers, author) = (notifiers(&app)?, author(&app, principal));
    finished(async move { notifiers.remove(author, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test to a target of notifications
#[utoipa::path(
    post,
    path = "/api/v1/targets/{id}/test",
    params(("id" = String, Path, description = "As in the list")),
    responses((status = 200, description = "What became of it", body = TargetTest), AccountErrors)
)]
pub(super) async fn test_target(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, AccountError> {
    let test = notifiers(&app)?.test(&id).await?;
    Ok(private(Json(test).into_response()))
}

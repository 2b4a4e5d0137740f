use crate::app::App;
use protocol::alerting::TargetInfo;
use protocol::checks::CheckState;
use protocol::server_info::FailingInfo;
use std::collections::HashMap;

/// So many are named.
const FAILING_MAX: usize = 100;

/// What does not work at the moment. Only who manages targets of notifications learns which of them fail.
pub(crate) fn failing(app: &App, manages_targets: bool) -> Vec<FailingInfo> {
    let tasks = app.monitoring().panicked().names().into_iter();
    let tasks = tasks.map(|name| FailingInfo {
        kind: "task".into(),
        name: name.into(),
        why: "it has ended by a panic, as the log says; restart Watchroom".into(),
        since_ms: None,
    });
    let checks = app.checks().list().checks.into_iter();
    let checks = checks.filter(|it| it.state == CheckState::Down);
    let checks = checks.map(|check| FailingInfo {
        kind: "check".into(),
        name: check.name,
        why: check.error.unwrap_or_default(),
        since_ms: check.since_ms,
    });
    let scrapes = app.inputs().sources().targets(&HashMap::new()).into_iter();
    let scrapes = scrapes.filter(|it| it.state == CheckState::Down);
    let scrapes = scrapes.map(|target| FailingInfo {
        kind: "scrape".into(),
        name: target.url,
        why: target.error.unwrap_or_default(),
        since_ms: target.since_ms,
    });
    let targets = app.notifiers().map(|it| it.list().targets);
    let targets = targets.unwrap_or_default().into_iter();
    let targets = targets.filter_map(|target| target_failure(target, manages_targets));
    let all = tasks.chain(targets).chain(checks).chain(scrapes);
    all.take(FAILING_MAX).collect()
}

/// Why a target has not accepted the newest notification.
fn target_failure(target: TargetInfo, is_named: bool) -> Option<FailingInfo> {
    let newest = target.failures.first()?;
    if target
        .delivered_ms
        .is_some_and(|at_ms| at_ms >= newest.at_ms)
    {
        return None;
    }
    let delivered_ms = target.delivered_ms.unwrap_or(i64::MIN);
    let since = target.failures.iter().filter(|it| it.at_ms > delivered_ms);
    let since_ms = since.map(|it| it.at_ms).min();
    let (name, why) = match is_named {
        true => (target.name, newest.why.clone()),
        false => (String::new(), "admins see which target and why".into()),
    };
    Some(FailingInfo {
        kind: "notification".into(),
        name,
        why,
        since_ms,
    })
}

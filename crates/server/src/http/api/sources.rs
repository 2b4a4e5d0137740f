use super::accounts::{AccountErrors, private};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use protocol::Timestamp;
use protocol::checks::CheckState;
use protocol::source_info::{LabelInfo, SourceList};

/// Labels of the list.
const LABELS_MAX: usize = 20;

/// Who reports to the server, and what became of it since the start
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    responses((status = 200, description = "Targets, senders and labels", body = SourceList), AccountErrors)
)]
pub(super) async fn sources(State(app): State<App>) -> Response {
    let now_ms = Timestamp::now().unix_ms();
    let sources = app.inputs().sources();
    let series = app.inputs().series_by_source();
    let checks = app.checks().list().checks;
    let down = checks.iter().filter(|it| it.state == CheckState::Down);
    let (senders, senders_cut) = sources.senders(&series, now_ms);
    let (labels, labels_cut) = sources.labels(|| labels(&app));
    let list = SourceList {
        now_ms,
        targets: sources.targets(&series),
        checks_down: down.count() as u64,
        checks: checks.len() as u64,
        senders,
        senders_cut,
        labels,
        labels_cut,
        statsd_listen: app.monitoring().statsd_listen().map(str::to_owned),
    };
    private(Json(list).into_response())
}

/// The labels with the most values, and how many others there are.
fn labels(app: &App) -> (Vec<LabelInfo>, u64) {
    let Some(archive) = app.archive() else {
        return (Vec::new(), 0);
    };
    let (labels, cut) = archive.series().widest_labels(LABELS_MAX);
    let labels = labels.into_iter().map(|it| LabelInfo {
        label: it.label,
        values: it.values as u64,
        series: it.series as u64,
    });
    (labels.collect(), cut as u64)
}

use crate::app::App;
use crate::metrics::process::open_fds;
use protocol::server_info::LimitInfo;

/// What has a limit, the fullest first. What is always full, such as the ring, is not among them.
pub(crate) fn limits(app: &App) -> Vec<LimitInfo> {
    let mut all = Vec::new();
    viewers(&mut all, app);
    requests(&mut all, app);
    store(&mut all, app);
    all.sort_by(|one, other| fullness(other).total_cmp(&fullness(one)));
    all
}

fn fullness(limit: &LimitInfo) -> f64 {
    limit.used as f64 / limit.max.max(1) as f64
}

fn limit(name: &str, (used, max): (usize, usize), beyond: &str, setting: &str) -> LimitInfo {
    LimitInfo {
        name: name.into(),
        used: used as u64,
        max: max as u64,
        unit: String::new(),
        beyond: beyond.into(),
        setting: Some(setting.to_owned()).filter(|it| !it.is_empty()),
    }
}

fn viewers(all: &mut Vec<LimitInfo>, app: &App) {
    let hub = app.hub();
    all.push(limit(
        "Viewers",
        (hub.count(), hub.limits().viewers_max),
        "Further viewers are refused.",
        "limits.viewers",
    ));
    all.push(limit(
        "HTTP connections",
        app.monitoring().connections().fill(),
        "Further connections are closed.",
        "limits.viewers",
    ));
    if let (Some(used), Some(max)) = (open_fds(), crate::open_files::max()) {
        let used = usize::try_from(used).unwrap_or(usize::MAX);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        all.push(limit(
            "Open files",
            (used, max),
            "Nothing more can be opened: neither connections nor files.",
            "",
        ));
    }
}

fn requests(all: &mut Vec<LimitInfo>, app: &App) {
    let bytes = |limit: LimitInfo| LimitInfo {
        unit: "B".into(),
        ..limit
    };
    all.push(bytes(limit(
        "Memory for responses",
        app.response_memory().fill(),
        "Requests to the API are answered with 503.",
        "",
    )));
    const SEND_LATER: &str = "Senders are asked to send it again later.";
    for (name, shares) in [
        ("Arriving bodies, JSON", app.ingest_bodies()),
        ("Requests being stored, JSON", app.ingest_commits()),
        (
            "Requests with a key being stored, JSON",
            app.keyed_commits(),
        ),
        ("Arriving bodies, other formats", app.inputs().bodies()),
        ("Bodies being parsed, other formats", app.inputs().parsed()),
    ] {
        all.push(limit(name, shares.fill(), SEND_LATER, ""));
    }
    all.push(limit(
        "Idempotency keys",
        app.idempotency_keys().fill(),
        "The oldest keys are forgotten.",
        "",
    ));
}

fn store(all: &mut Vec<LimitInfo>, app: &App) {
    let Some(archive) = app.archive() else {
        return;
    };
    let (series, limits) = (archive.series(), archive.series().limits());
    all.push(limit(
        "Active series",
        (series.active(), limits.series_max),
        "Values of new series are rejected; existing series continue.",
        "series_max",
    ));
    all.push(limit(
        "Samples in memory",
        (series.unsealed(), limits.samples_max),
        "Senders wait until samples are stored.",
        "",
    ));
    all.push(limit(
        "Requests that read history",
        archive.readers(),
        "Further ones wait.",
        "",
    ));
    let max = app.monitoring().store_bytes_max();
    if let Some((used_bytes, _)) = app.hub().metrics().usage() {
        all.push(LimitInfo {
            name: "Stored data".into(),
            used: used_bytes,
            max,
            unit: "B".into(),
            beyond: "The oldest data are deleted.".into(),
            setting: Some("retention.store_mib".into()),
        });
    }
}

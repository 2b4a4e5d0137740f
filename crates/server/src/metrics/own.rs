//! What the server says about itself.

use super::cells::RESPONSE_CLASSES;
use super::{Exposition, RejectedMessage, RejectedRequest, process};
use crate::app::App;
use crate::viewers::CloseReason;
use crate::viewers::hub::TransportKind;
use crate::viewers::traffic::RECOVERED;
use protocol::GapReason;

/// All metrics of the server itself, which are as many at any time.
pub(crate) fn write_own(out: &mut Exposition, app: &App) {
    let metrics = app.hub().metrics();
    out.gauge(
        "watchroom_build_info",
        "The version of the server, as a label.",
    )
    .count(&[("version", crate::VERSION)], 1);
    out.gauge(
        "watchroom_ready",
        "Whether the store takes messages and the host is sampled, as /readyz says.",
    )
    .count(&[], u64::from(app.readiness().trouble().is_none()));
    write_viewers(out, app);
    write_log(out, app);
    write_rejected(out, app);
    write_passwords(out, app);
    process::write(out, metrics.started_seconds());
}

fn write_viewers(out: &mut Exposition, app: &App) {
    let (hub, traffic) = (app.hub(), app.hub().traffic());
    let mut viewers = out.gauge("watchroom_viewers", "Connected viewers.");
    for kind in TransportKind::ALL {
        viewers.count(&[("transport", kind.name())], hub.count_of(kind) as u64);
    }
    out.counter(
        "watchroom_viewer_messages_total",
        "Deliveries: messages of the log, each once for each viewer that was sent it.",
    )
    .count(&[], traffic.messages);
    out.counter(
        "watchroom_viewer_bytes_total",
        "Bytes written to viewers, without the heads of responses.",
    )
    .count(&[], traffic.bytes);
    out.gauge(
        "watchroom_viewer_lag_messages",
        "Messages between the slowest viewer and the head of the log, at the last check of each second.",
    )
    .count(&[], traffic.lag_messages);
    out.gauge(
        "watchroom_viewer_lag_seconds",
        "For how long the slowest viewer has not been sent a message of the log, up to ten minutes.",
    )
    .add(&[], traffic.lag_ms as f64 / 1e3);
    out.counter(
        "watchroom_gaps_total",
        "Gaps that were reported to viewers, by reason.",
    )
    .counts(
        "reason",
        &GapReason::ALL.map(GapReason::name),
        &traffic.gaps,
    );
    out.counter(
        "watchroom_resumes_total",
        "Subscriptions that resumed from a position, by whether nothing was lost.",
    )
    .counts(
        "recovered",
        &RECOVERED.map(|it| if it { "true" } else { "false" }),
        &traffic.resumes,
    );
    out.counter(
        "watchroom_viewers_disconnected_total",
        "Viewers that the server disconnected, by reason.",
    )
    .counts(
        "reason",
        &CloseReason::ALL.map(CloseReason::name),
        &hub.metrics().closed_by_reason(),
    );
}

fn write_log(out: &mut Exposition, app: &App) {
    let (metrics, journal) = (app.hub().metrics(), app.hub().journal());
    let (messages, bytes) = journal.fill();
    out.gauge(
        "watchroom_log_head",
        "The position of the newest message of the log.",
    )
    .count(&[], journal.head());
    out.gauge("watchroom_ring_messages", "Messages in memory.")
        .count(&[], messages as u64);
    out.gauge(
        "watchroom_ring_bytes",
        "Bytes of the messages in memory, all encodings counted.",
    )
    .count(&[], bytes as u64);
    let Some(archive) = app.archive() else {
        return;
    };
    out.histogram(
        "watchroom_commit_duration_seconds",
        "Time of a commit to the store, from its start to its success.",
    )
    .observed(&metrics.commits());
    out.counter(
        "watchroom_commit_failures_total",
        "Commits that failed or took longer than a second.",
    )
    .count(&[], metrics.failed_commits());
    out.gauge(
        "watchroom_uncommitted_messages",
        "Messages that were published while the store takes nothing, and are not committed yet.",
    )
    .count(&[], metrics.uncommitted());
    out.gauge("watchroom_active_series", "Series that receive samples.")
        .count(&[], archive.series().active() as u64);
    out.gauge(
        "watchroom_unsealed_samples",
        "Samples in memory that are not encoded as chunks yet.",
    )
    .count(&[], archive.series().unsealed() as u64);
    if let Some((used_bytes, disk_bytes)) = metrics.usage() {
        out.gauge(
            "watchroom_stored_bytes",
            "Bytes that the data in the store take; of PostgreSQL an estimate.",
        )
        .count(&[], used_bytes);
        out.gauge(
            "watchroom_store_size_bytes",
            "Bytes that the store takes on disk.",
        )
        .count(&[], disk_bytes);
    }
}

fn write_passwords(out: &mut Exposition, app: &App) {
    let (hashes, concurrent) = app.accounts().password_hashes();
    out.counter(
        "watchroom_password_hashes_total",
        "Passwords that were hashed, to be checked or stored.",
    )
    .count(&[], hashes);
    out.gauge(
        "watchroom_password_hashes_concurrent_max",
        "Most passwords that were hashed at the same time since the start.",
    )
    .count(&[], concurrent);
}

fn write_rejected(out: &mut Exposition, app: &App) {
    let metrics = app.hub().metrics();
    out.counter(
        "watchroom_http_requests_total",
        "Requests that were answered, by the class of the status.",
    )
    .counts("code", &RESPONSE_CLASSES, &metrics.responses_by_class());
    out.counter(
        "watchroom_rejected_requests_total",
        "Requests that were rejected, by reason.",
    )
    .counts(
        "reason",
        &RejectedRequest::NAMES,
        &metrics.requests_by_reason(),
    );
    out.counter(
        "watchroom_rejected_messages_total",
        "Messages, entries and samples that were rejected, by reason.",
    )
    .counts(
        "reason",
        &RejectedMessage::NAMES,
        &metrics.messages_by_reason(),
    );
}

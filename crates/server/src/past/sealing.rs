use crate::clock;
use history::Past;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether anything can be sealed.
const SEAL_EVERY: Duration = Duration::from_secs(5);

/// Writes windows of series that are full, until `stop`.
pub(super) async fn run(series: Past, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SEAL_EVERY) => {}
            _ = stop.changed() => return,
        }
        seal(&series, clock::wall_time().unix_ms()).await;
    }
}

/// Seals what is due at a moment, and says what went wrong.
pub(super) async fn seal(series: &Past, now_ms: i64) {
    match series.seal(now_ms).await {
        Ok(sealed) if sealed.lost + sealed.damaged > 0 => {
            tracing::warn!(
                lost = sealed.lost,
                damaged = sealed.damaged,
                "Not all samples could be sealed."
            );
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "Series could not be sealed."),
    }
}
